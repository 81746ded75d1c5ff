/**
 * How does somebody sign in at their organisation's identity provider? By an authorization code with PKCE (RFC 7636).
 * What proves that the answer is ours lies in the storage of this tab until it comes back; the token never does.
 */

const KEPT_AS = "attune-sign-in";
const VERIFIER_BYTES = 32;

export type Provider = Readonly<{
  authorizationEndpoint: string;
  /** Where the provider ends its own session, if it says so. */
  endSessionEndpoint?: string | null;
  clientId: string;
}>;
type Begun = Readonly<{ verifier: string; state: string; hash: string }>;

/** Where to sign in, if anywhere; rejects with what is wrong with the provider. */
export async function offeredProvider(): Promise<Provider | null> {
  const told = await asked(new Request(address()));
  return "authorizationEndpoint" in told ? (told as Provider) : null;
}

/** Leaves the page. */
export async function leaveToSignIn({ authorizationEndpoint, clientId }: Provider): Promise<void> {
  const begun: Begun = { verifier: random(), state: random(), hash: location.hash };
  sessionStorage.setItem(KEPT_AS, JSON.stringify(begun));
  const destination = new URL(authorizationEndpoint);
  const parameters = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: here(),
    scope: "openid profile",
    state: begun.state,
    code_challenge: await challengeOf(begun.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(parameters)) destination.searchParams.set(name, value);
  location.assign(destination);
}

/** The token of who has just come back from signing in; null for everybody else. Rejects where that failed. */
export async function tokenOnReturn(): Promise<string | null> {
  const told = new URLSearchParams(location.search);
  const begun = JSON.parse(sessionStorage.getItem(KEPT_AS) ?? "null") as Begun | null;
  if (!begun || !(told.has("code") || told.has("error"))) return null;
  sessionStorage.removeItem(KEPT_AS);
  // The code is of no use twice, and no address that holds it stays in the history.
  history.replaceState(null, "", here() + begun.hash);
  const code = told.get("code");
  if (!code || told.get("state") !== begun.state)
    throw new Error(told.get("error_description") ?? "Signing in was not completed.");
  const sent = { code, verifier: begun.verifier, redirectUri: here() };
  const headers = { "content-type": "application/json" };
  const { token } = await asked(new Request(address(), { method: "POST", headers, body: JSON.stringify(sent) }));
  return String(token);
}

async function asked(request: Request): Promise<Record<string, unknown>> {
  const answer = await fetch(request);
  const told = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  if (!answer.ok) throw new Error(String(told.error ?? `The engine answered with status ${answer.status}.`));
  return told;
}

const address = () => new URL("sign-in", document.baseURI);
const here = () => location.origin + location.pathname;

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const random = () => base64url(crypto.getRandomValues(new Uint8Array(VERIFIER_BYTES)));

/** RFC 7636, section 4.2. */
export async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}
