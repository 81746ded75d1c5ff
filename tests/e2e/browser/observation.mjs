// What did the page do that a strict, offline page never does? Everything it asked for and every complaint it caused.
import assert from "node:assert/strict";

/** Records what `page` requests and complains about; `signedIn` and `alsoAllowed` are set by the caller. */
export async function observe(page, origin) {
  const seen = { addresses: [], complaints: [], signedIn: false, alsoAllowed: [] };
  const complain = (text) => seen.complaints.push(text);
  page.on("request", (request) => seen.addresses.push(request.url()));
  page.on("websocket", (socket) => seen.addresses.push(socket.url()));
  page.on("pageerror", (error) => complain(`uncaught: ${error.message}`));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // The page itself took it back, because it asks anew.
    if (reason !== "net::ERR_ABORTED") complain(`failed: ${request.url()} ${reason}`);
  });
  page.on("console", (message) => {
    // Without a token the engine may refuse even the schema, which the browser reports as a failed resource.
    const refusal = !seen.signedIn && message.location().url === `${origin}/graphql`;
    if (["error", "warning"].includes(message.type()) && !refusal) complain(`console: ${message.text()}`);
  });
  await page.exposeFunction("reportViolation", (text) => complain(`content security policy: ${text}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (violation) =>
      globalThis.reportViolation(`${violation.effectiveDirective} ${violation.blockedURI} ${violation.sample}`),
    );
  });
  return seen;
}

/** Fails if anything left `origin` and what else is allowed, or any complaint was heard. */
export function assertStrictAndOffline(seen, origin) {
  const allowed = seen.alsoAllowed.map((one) => `${one}/`);
  const ours = [`${origin}/`, `${origin.replace(/^http/, "ws")}/`, "data:", "blob:", ...allowed];
  const strangers = seen.addresses.filter((address) => !ours.some((start) => address.startsWith(start)));
  assert.deepEqual(strangers, [], "requests left the origin");
  assert.deepEqual(seen.complaints, [], "the browser complained");
}
