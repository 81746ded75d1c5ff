/** Whom does a pasted token speak for, and until when? For display only: the engine alone verifies the signature. */

const DECORATIONS = /^(?:authorization:\s*)?(?:bearer\s+)?/i;
const MOST_CHARACTERS = 8_192;

export type Session = Readonly<{ token: string; user: string; roles: readonly string[]; expiresAt: Date | null }>;

/** Throws an Error whose message says what is wrong with the token (RFC 7519). */
export function readToken(pasted: string): Session {
  const token = pasted.trim().replace(DECORATIONS, "");
  if (token.length > MOST_CHARACTERS) throw new Error(`a token has at most ${MOST_CHARACTERS} characters`);
  const [, middle, signature] = token.split(".");
  if (middle === undefined || signature === undefined) throw new Error("a token has three parts separated by dots");
  const claims = readClaims(middle);
  if (typeof claims.sub !== "string" || claims.sub === "") throw new Error("the token names no user (claim “sub”)");
  return { token, user: claims.sub, roles: readRoles(claims.roles), expiresAt: readExpiry(claims.exp) };
}

function readClaims(part: string): Record<string, unknown> {
  let claims: unknown;
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    claims = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Error("its middle part is not base64url-encoded JSON; was it cut short?");
  }
  if (claims === null || typeof claims !== "object") throw new Error("its claims are not a JSON object");
  return claims as Record<string, unknown>;
}

function readRoles(roles: unknown): string[] {
  if (Array.isArray(roles)) return roles.filter((role) => typeof role === "string");
  return typeof roles === "string" ? [roles] : [];
}

function readExpiry(seconds: unknown): Date | null {
  if (seconds === undefined) return null;
  const expiresAt = new Date(typeof seconds === "number" ? seconds * 1000 : Number.NaN);
  if (Number.isNaN(expiresAt.getTime())) throw new Error("its expiry (claim “exp”) is no time");
  return expiresAt;
}
