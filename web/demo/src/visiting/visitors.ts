/** Who tries the demo? An id that this browser makes up and keeps; the engine gives a token for it while developing. */
import { readToken, type Session } from "@attune/interface";

const KEPT_AS = "attune-demo-visitor";

export function visitorId(storage: Storage = localStorage): string {
  const kept = storage.getItem(KEPT_AS);
  if (kept) return kept;
  const made = `demo-${crypto.randomUUID()}`;
  storage.setItem(KEPT_AS, made);
  return made;
}

/** Whoever comes next in this browser is somebody else. */
export function forgetVisitor(storage: Storage = localStorage): void {
  storage.removeItem(KEPT_AS);
}

/** Gives the same token until it is about to expire. Rejects where the engine gives none: then the page asks for one. */
export function visitorTokens(visitor: string): () => Promise<string> {
  let known: Promise<Session> | undefined;
  return async () => {
    if (known && isAboutToExpire(await known)) known = undefined;
    known ??= asked(visitor).catch((error) => {
      known = undefined;
      throw error;
    });
    return (await known).token;
  };
}

const MARGIN_MS = 60_000;

const isAboutToExpire = ({ expiresAt }: Session) => expiresAt !== null && expiresAt.getTime() < Date.now() + MARGIN_MS;

async function asked(visitor: string): Promise<Session> {
  const answer = await fetch(new URL("visitor", document.baseURI), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ visitor }),
  });
  if (!answer.ok) throw new Error(`The engine gives no tokens to visitors (status ${answer.status}).`);
  const { token } = (await answer.json()) as { token: string };
  return readToken(token);
}
