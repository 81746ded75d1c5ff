// Whom does a pasted token speak for, and until when? For display only: the engine alone verifies the signature.

const prefix = /^(?:authorization:\s*)?(?:bearer\s+)?/i;
const tokenLengthMax = 8_192;

/** A pasted text without the decorations that people copy along with a token. */
export const bareToken = (pasted) => pasted.trim().replace(prefix, "");

/**
 * The claims shown to the reader (RFC 7519): `{ user, roles, expiresAt }`, `expiresAt` a Date or null.
 * Throws an Error whose message says what is wrong with the token.
 */
export function readToken(token) {
  if (token.length > tokenLengthMax) throw new Error(`a token has at most ${tokenLengthMax} characters`);
  const parts = token.split(".");
  if (parts.length !== 3) throw new Error("a token has three parts separated by dots");
  const claims = decodeClaims(parts[1]);
  if (typeof claims.sub !== "string" || claims.sub === "") throw new Error("the token names no user (claim “sub”)");
  return { user: claims.sub, roles: readRoles(claims.roles), expiresAt: readExpiry(claims.exp) };
}

function decodeClaims(part) {
  let claims;
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    claims = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Error("its middle part is not base64url-encoded JSON; was it cut short?");
  }
  if (claims === null || typeof claims !== "object") throw new Error("its claims are not a JSON object");
  return claims;
}

function readRoles(roles) {
  if (Array.isArray(roles)) return roles.filter((role) => typeof role === "string");
  return typeof roles === "string" ? [roles] : [];
}

function readExpiry(seconds) {
  if (seconds === undefined) return null;
  const expiresAt = new Date(seconds * 1000);
  if (typeof seconds !== "number" || Number.isNaN(expiresAt.getTime())) throw new Error("its expiry (claim “exp”) is no time");
  return expiresAt;
}
