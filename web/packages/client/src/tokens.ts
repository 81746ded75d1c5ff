/** Who speaks for a page? Whomever its first token names, for as long as it is open. */
import { AttuneError } from "./endpoint.js";

export type Token = string | (() => string | Promise<string>);
export type Tokens = Readonly<{ next: () => Promise<string>; close: () => void }>;

/** Asked for once at a time: a session renewed twice at once may be lost. Rejects with a retryable `AttuneError`. */
export function tokens(token: Token): Tokens {
  let asked: Promise<string> | undefined;
  let user: string | undefined;
  let closed = false;
  const granted = async () => {
    const given = await (typeof token === "string" ? token : token());
    user ??= subject(given);
    // Whatever waited for it was done by who was here before.
    if (closed || user !== subject(given)) throw "this client is closed, or the token names another user";
    return given;
  };
  return {
    next() {
      asked ??= granted()
        .catch((error) => {
          throw new AttuneError(String(error), "UNAUTHENTICATED", true);
        })
        .finally(() => {
          asked = undefined;
        });
      return asked;
    },
    close() {
      closed = true;
    },
  };
}

/** Whom a token names, for keeping users of one browser apart; the engine alone verifies it. */
export function subject(token: string): string {
  try {
    return JSON.parse(atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"))).sub;
  } catch {
    return "";
  }
}
