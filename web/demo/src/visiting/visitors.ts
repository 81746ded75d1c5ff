/** Who tries the demo? An id that this browser makes up and keeps; the engine gives a token for it while developing. */
import { readToken, type Session } from "@attune/interface";

const KEPT_AS = "attune-demo-visitor";

export function visitorId(storage: () => Storage = browsers): string {
  const made = madeUp();
  try {
    const kept = storage().getItem(KEPT_AS);
    if (kept) return kept;
    storage().setItem(KEPT_AS, made);
  } catch {
    // A page may be forbidden to keep anything: then the next one is somebody else's.
  }
  return made;
}

const browsers = () => localStorage;

/** Not `crypto.randomUUID`, which is not there without TLS, as on a phone that looks at a computer beside it. */
const madeUp = () =>
  `demo-${[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

/** Whoever comes next in this browser is somebody else. */
export function forgetVisitor(storage: () => Storage = browsers): void {
  try {
    storage().removeItem(KEPT_AS);
  } catch {
    // Then nothing was kept.
  }
}

/** This engine gives no tokens to visitors: they have to bring one. */
export class NoTokens extends Error {}

export type Tokens = Readonly<{ token: () => Promise<string>; renew: () => void }>;

/**
 * Gives the same token until it is about to expire, or is to be renewed because the engine does not take it any more.
 * Rejects with `NoTokens` where the engine gives none.
 */
export function visitorTokens(visitor: string): Tokens {
  let known: Promise<Session> | undefined;
  const renew = () => {
    known = undefined;
  };
  const token = async () => {
    if (known && isAboutToExpire(await known)) renew();
    known ??= asked(visitor).catch((error) => {
      renew();
      throw error;
    });
    return (await known).token;
  };
  return { token, renew };
}

const MARGIN_MS = 60_000;

const isAboutToExpire = ({ expiresAt }: Session) => expiresAt !== null && expiresAt.getTime() < Date.now() + MARGIN_MS;

async function asked(visitor: string): Promise<Session> {
  const answer = await fetch(new URL("visitor", document.baseURI), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ visitor }),
  });
  if (answer.status >= 500 || answer.status === 429)
    throw new Error(`The engine answered with status ${answer.status}.`);
  if (!answer.ok) throw new NoTokens();
  const { token } = (await answer.json()) as { token: string };
  return readToken(token);
}
