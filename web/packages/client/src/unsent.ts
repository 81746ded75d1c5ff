/** What has a user done that the engine does not have yet? It outlives the page, where anything does. */
import type { InteractionInput } from "./generated/operations.js";
import type { Shelf } from "./shelf.js";

/** `key` and `occurredAt` are filled in where they are missing. */
export type Interaction = Omit<InteractionInput, "key" | "occurredAt"> & Partial<InteractionInput>;
export type Refused = (interaction: InteractionInput, reason: string) => void;

/** The engine has it; or does not want it, for a reason; or may want another instead. */
export type Settled = Readonly<{ interaction: InteractionInput; reason?: string; instead?: InteractionInput }>;

export type Unsent = Readonly<{
  all: () => readonly InteractionInput[];
  add: (given: readonly Interaction[]) => void;
  settle: (settled: readonly Settled[]) => void;
  forget: () => void;
}>;

/** So many are sent together. */
export const BATCH = 500;
/** When so many wait, the engine has been away for long: the oldest are given up, but those of the first batch. */
const MOST_UNSENT = 2_000;

export function unsentOf(shelf: Shelf, page: string, refused: Refused): Unsent {
  const own = `unsent:${page}`;
  let unsent = adopted(shelf, own);
  let isKept = true;
  const keep = () => {
    isKept = true;
    shelf.set(own, unsent.length ? unsent : undefined);
  };
  /** Once for all that is done at once. */
  const keepSoon = () => {
    if (isKept) queueMicrotask(() => isKept || keep());
    isKept = false;
  };
  const settle = (settled: readonly Settled[]) => {
    const known = new Map(settled.map(({ interaction, instead }) => [interaction, instead]));
    unsent = unsent.flatMap((one) => (known.has(one) ? (known.get(one) ?? []) : one));
    keepSoon();
    for (const { interaction, reason } of settled) if (reason !== undefined) refused(interaction, reason);
  };
  return {
    all: () => unsent,
    settle,
    add(given) {
      const now = localInstant(new Date());
      for (const one of given) {
        const whole = { ...one, key: one.key ?? madeUp(), occurredAt: one.occurredAt ?? now };
        try {
          // As it is now, whatever becomes of it.
          unsent.push(JSON.parse(JSON.stringify(whole)));
        } catch (error) {
          refused(whole, String(error));
        }
      }
      // The first batch may be under way, or have arrived.
      const tooMany = unsent.slice(BATCH, BATCH - MOST_UNSENT);
      if (tooMany.length) settle(tooMany.map(because("Too many interactions wait.")));
      keepSoon();
    },
    forget() {
      unsent = [];
      keep();
    },
  };
}

export const because = (reason: string) => (interaction: InteractionInput) => ({ interaction, reason });

/** A key that nobody else makes up; browsers make no UUIDs on pages without TLS. */
export const madeUp = (): string =>
  crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");

/** The same, as a clock would have said that is so much behind this one. */
export const earlier = (interaction: InteractionInput, ms: number): InteractionInput => ({
  ...interaction,
  occurredAt: localInstant(new Date(Date.parse(interaction.occurredAt) - ms)),
});

/** With the offset from UTC, by which the engine knows what time of day it was for the user. */
export function localInstant(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, "0");
  const offset = `${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
  return new Date(at.getTime() + minutes * 60_000).toISOString().replace("Z", offset);
}

/** What earlier pages left unsent. If one of them still lives both send it, and the engine counts it once. */
function adopted(shelf: Shelf, own: string): InteractionInput[] {
  const names = shelf.names().filter((name) => name.startsWith("unsent:"));
  const left = names.flatMap((name) => (shelf.get(name) as InteractionInput[] | null) ?? []);
  for (const name of names) shelf.set(name, undefined);
  if (left.length) shelf.set(own, left);
  return left;
}
