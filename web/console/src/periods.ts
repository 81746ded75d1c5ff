/** Which days are looked at? Figures are kept by days in UTC. */
import type { PeriodInput } from "./generated/graphql";

const DAY_MS = 86_400_000;

/** So many days, today among them. */
export function lastDays(days: number, now = Date.now()): PeriodInput {
  const until = Math.ceil(now / DAY_MS) * DAY_MS;
  return { from: new Date(until - days * DAY_MS).toISOString(), until: new Date(until).toISOString() };
}
