/** How does one operation reach the engine over HTTP, and may it be sent again if it fails? */

export type GraphQLFault = Readonly<{ message: string; extensions?: { code?: string } }>;

/** The engine did not do it. `retryable`: the same again may succeed, and is safe. */
export class AttuneError extends Error {
  override name = "AttuneError";
  constructor(
    message: string,
    readonly code: string,
    readonly retryable: boolean,
  ) {
    super(message);
  }
}

export type Failed = (error: AttuneError) => void;

export const isRetryable = (code: unknown) =>
  ["UNAVAILABLE", "TIMEOUT", "INTERNAL", "UNAUTHENTICATED"].includes(String(code));

export type Post = <Data>(query: string, variables: unknown, leaving?: boolean) => Promise<Data>;

/** By how much this device's clock is ahead of the engine's, as far as the last answer tells. */
export type Clock = { aheadMs: number };

export function poster(url: string, token: () => Promise<string>, request: typeof fetch, clock: Clock): Post {
  return async <Data>(query: string, variables: unknown, leaving = false) => {
    const body = JSON.stringify({ query, variables });
    const authorization = `Bearer ${await token()}`;
    const answer = await request(url, {
      method: "POST",
      // Like sendBeacon this outlives the page; unlike sendBeacon it can say whose page it was.
      keepalive: leaving,
      headers: { authorization, "content-type": "application/json" },
      body,
    }).catch((error: Error) => {
      throw new AttuneError(error.message, "UNREACHABLE", true);
    });
    clock.aheadMs = Date.now() - Date.parse(answer.headers.get("date") ?? "") || 0;
    const { data, errors } = await answer.json().catch(() => ({}));
    if (data && !errors) return data as Data;
    const fault: GraphQLFault = errors?.[0] ?? { message: `The engine answered with status ${answer.status}.` };
    // A proxy may refuse what the engine would not, in words of its own.
    const unsaid = answer.status === 413 ? "PAYLOAD_TOO_LARGE" : "UNREACHABLE";
    const code = fault.extensions?.code ?? unsaid;
    throw new AttuneError(fault.message, code, answer.status >= 500 || isRetryable(code) || code === "UNREACHABLE");
  };
}
