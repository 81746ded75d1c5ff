/** Which days are looked at? Figures are kept by days in UTC. */
import type { PeriodInput } from "./generated/graphql";

const DAY_MS = 86_400_000;

/** So many days, today among them. */
export function lastDays(days: number, now = Date.now()): PeriodInput {
  const until = Math.ceil(now / DAY_MS) * DAY_MS;
  return { from: new Date(until - days * DAY_MS).toISOString(), until: new Date(until).toISOString() };
}

type OfADay = Readonly<{ day: Date }>;

/** The days that are over, and the one that is not: what happens in a day is known when it is over. */
export function byEnd<Day extends OfADay>(
  days: readonly Day[],
  now = Date.now(),
): Readonly<{ over: Day[]; soFar: Day[] }> {
  const isOver = ({ day }: Day) => day.getTime() + DAY_MS <= now;
  return { over: days.filter(isOver), soFar: days.filter((day) => !isOver(day)) };
}
