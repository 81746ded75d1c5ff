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

export const isRetryable = (code: unknown) =>
  ["UNAVAILABLE", "TIMEOUT", "INTERNAL", "UNAUTHENTICATED"].includes(String(code));

export type Post = <Data>(query: string, variables: unknown, leaving?: boolean) => Promise<Data>;

export function poster(url: string, token: () => Promise<string>, request: typeof fetch): Post {
  return async <Data>(query: string, variables: unknown, leaving = false) => {
    const authorization = `Bearer ${await token()}`;
    const answer = await request(url, {
      method: "POST",
      // Like sendBeacon this outlives the page; unlike sendBeacon it can say whose page it was.
      keepalive: leaving,
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    }).catch((error: Error) => {
      throw new AttuneError(error.message, "UNREACHABLE", true);
    });
    const { data, errors } = await answer.json().catch(() => ({}));
    if (data && !errors) return data as Data;
    const fault: GraphQLFault = errors?.[0] ?? { message: `The engine answered with status ${answer.status}.` };
    const code = fault.extensions?.code ?? "UNREACHABLE";
    throw new AttuneError(fault.message, code, answer.status >= 500 || isRetryable(code) || !errors);
  };
}
