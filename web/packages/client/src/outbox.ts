/** How does what a user does reach the engine, whatever happens to the page, the network or the engine? */
import type { AttuneError, Clock, Failed, Post } from "./endpoint.js";
import { type InteractionInput, TrackDocument, type TrackMutation } from "./generated/operations.js";
import { BATCH, because, earlier, type Interaction, type Settled, type Unsent } from "./unsent.js";

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
/** What may be sent while a page is left is limited to 64 KiB, and to so many characters that they fit in any script. */
const BATCH_LEAVING = 50;
const CHARACTERS_LEAVING = 20_000;
/** A clock that is less ahead is not what makes something lie in the future. */
const LEAST_AHEAD_MS = 60_000;
/** What of a batch the engine refuses as a whole, although only one interaction may be to blame. */
const TO_BE_DIVIDED = ["PAYLOAD_TOO_LARGE", "BAD_USER_INPUT"];

export function outbox(post: Post, unsent: Unsent, clock: Readonly<Clock>, failed: Failed): Outbox {
  let most = BATCH;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> | undefined;
  let closed = false;

  const later = () => {
    const pause = Math.min(PAUSE_MS * 2 ** failures, MOST_PAUSE_MS);
    // Spread out, so that pages which lost the engine together do not return together.
    if (unsent.all().length && !closed)
      timer ??= setTimeout(() => void flush(), failures ? pause * (0.5 + Math.random()) : pause);
  };

  /** Is there reason to go on? */
  const sendBatch = async (leaving: boolean) => {
    const batch = leaving ? fitting(unsent.all()) : unsent.all().slice(0, most);
    try {
      const { trackInteractions } = await post<TrackMutation>(TrackDocument, { input: batch }, leaving);
      unsent.settle(judged(batch, trackInteractions.userErrors, clock.aheadMs));
    } catch (error) {
      const fault = error as AttuneError;
      if (fault.retryable) {
        failures += 1;
        failed(fault);
        return false;
      }
      if (batch.length > 1 && TO_BE_DIVIDED.includes(fault.code)) {
        most = Math.ceil(batch.length / 2);
        return true;
      }
      unsent.settle(batch.map(because(fault.message)));
    }
    most = BATCH;
    failures = 0;
    return true;
  };

  const sendAll = async (leaving: boolean) => {
    while (unsent.all().length && (await sendBatch(leaving)) && !leaving);
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
      unsent.add(interactions);
      later();
    },
    flush,
    forget() {
      unsent.forget();
      return sending;
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function fitting(unsent: readonly InteractionInput[]): InteractionInput[] {
  let room = CHARACTERS_LEAVING;
  return unsent.slice(0, BATCH_LEAVING).filter((one, number) => {
    room -= JSON.stringify(one).length;
    return room > 0 || !number;
  });
}

type Errors = TrackMutation["trackInteractions"]["userErrors"];

/** Which interactions need not be sent again? All are stored or none: without those refused, the others will be. */
function judged(batch: InteractionInput[], errors: Errors, aheadMs: number): Settled[] {
  const [first] = errors;
  if (!first) return batch.map((interaction) => ({ interaction }));
  const wrong = errors.flatMap(({ path, message, code }): Settled[] => {
    const interaction = batch[Number(path[1])];
    if (!interaction) return [];
    const isAhead =
      code === "IN_THE_FUTURE" && aheadMs > LEAST_AHEAD_MS && new Date(interaction.occurredAt) <= new Date();
    return isAhead ? [{ interaction, instead: earlier(interaction, aheadMs) }] : [{ interaction, reason: message }];
  });
  return wrong.length ? wrong : batch.map(because(first.message));
}
