/** How does what a user does reach the engine, whatever happens to the page, the network or the engine? */
import { AttuneError, type Post } from "./endpoint.js";
import { type InteractionInput, TrackDocument, type TrackMutation } from "./generated/operations.js";
import type { Shelf } from "./shelf.js";

/** `key` and `occurredAt` are filled in where they are missing. */
export type Interaction = Omit<InteractionInput, "key" | "occurredAt"> & Partial<InteractionInput>;
export type Refused = (interaction: InteractionInput, reason: string) => void;

export type Outbox = Readonly<{
  add: (...interactions: Interaction[]) => void;
  /** Resolves when nothing is left that could be sent now. */
  flush: (leaving?: boolean) => Promise<void>;
  /** Sends nothing of it any more. Resolves when nothing is under way. */
  forget: () => Promise<void> | undefined;
  close: () => void;
}>;

const PAUSE_MS = 1_000;
const MOST_PAUSE_MS = 60_000;
const BATCH = 500;
/** What may be sent while a page is left is limited to 64 KiB; an interaction is rarely larger than this. */
const BATCH_LEAVING = 50;
/** When so many wait, the engine has been away for long: the oldest are given up, but those of the first batch. */
const MOST_UNSENT = 2_000;

type Parts = Readonly<{ post: Post; shelf: Shelf; refused: Refused; page: string }>;

export function outbox({ post, shelf, refused, page }: Parts): Outbox {
  const own = `unsent:${page}`;
  let unsent = adopted(shelf, own);
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> | undefined;
  let closed = false;

  const keep = () => shelf.set(own, unsent.length ? unsent : undefined);
  const later = () => {
    const pause = Math.min(PAUSE_MS * 2 ** failures, MOST_PAUSE_MS);
    // Spread out, so that pages which lost the engine together do not return together.
    if (unsent.length && !closed)
      timer ??= setTimeout(() => void flush(), failures ? pause * (0.5 + Math.random()) : pause);
  };

  const settle = (settled: readonly Settled[]) => {
    const gone = new Set(settled.map(({ interaction }) => interaction));
    unsent = unsent.filter((one) => !gone.has(one));
    keep();
    for (const { interaction, reason } of settled) if (reason !== undefined) refused(interaction, reason);
  };

  /** Did the engine judge them? */
  const sendBatch = async (leaving: boolean) => {
    const batch = unsent.slice(0, leaving ? BATCH_LEAVING : BATCH);
    try {
      const { trackInteractions } = await post<TrackMutation>(TrackDocument, { input: batch }, leaving);
      settle(judged(batch, trackInteractions.userErrors));
    } catch (error) {
      if (!(error instanceof AttuneError) || error.retryable) {
        failures += 1;
        return false;
      }
      settle(batch.map(because(error.message)));
    }
    failures = 0;
    return true;
  };

  const sendAll = async (leaving: boolean) => {
    while (unsent.length && (await sendBatch(leaving)) && !leaving);
  };

  const flush = (leaving = false): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    // The page may come back, as it was: then what is left goes on.
    if (leaving) return sendAll(true).finally(later);
    sending ??= sendAll(false).finally(() => {
      sending = undefined;
      later();
    });
    return sending;
  };

  later();
  return {
    add(...interactions) {
      const now = localInstant(new Date());
      for (const one of interactions) unsent.push({ key: crypto.randomUUID(), occurredAt: now, ...one });
      // The first batch may be under way, or have arrived.
      settle(unsent.slice(BATCH, BATCH - MOST_UNSENT).map(because("Too many interactions wait.")));
      later();
    },
    flush,
    forget() {
      unsent = [];
      keep();
      return sending;
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

type Settled = Readonly<{ interaction: InteractionInput; reason?: string }>;

const because = (reason: string) => (interaction: InteractionInput) => ({ interaction, reason });

/** Which interactions need not be sent again? All are stored or none: without those refused, the others will be. */
function judged(batch: InteractionInput[], errors: TrackMutation["trackInteractions"]["userErrors"]): Settled[] {
  const [first] = errors;
  if (!first) return batch.map((interaction) => ({ interaction }));
  const wrong = errors.flatMap(({ path, message }) => {
    const interaction = batch[Number(path[1])];
    return interaction ? [{ interaction, reason: message }] : [];
  });
  return wrong.length ? wrong : batch.map(because(first.message));
}

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
