// An identity provider as organisations run them: people sign in with a password, on a page of its own, and the console
// gets a token for the engine. `node provider.mjs` prints its issuer, and serves until standard input ends.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider, { interactionPolicy } from "oidc-provider";

const ENGINE = "https://attune.test";
const PASSWORD = "correct horse battery staple";
const PEOPLE = {
  ada: { roles: ["admin"] },
  bob: {},
  eve: { roles: ["admin"], audience: "https://payroll.test" },
};

// No icon: otherwise the browser would ask for one, and complain that there is none.
const TOP = `<!doctype html><html lang="en"><title>Example organisation</title><link rel="icon" href="data:,">`;

const page = (uid, wrong) => `${TOP}<main>
  <h1>Sign in to the example organisation</h1>${wrong ? `<p role="alert">${wrong}</p>` : ""}
  <form method="post" action="/sign-in/${uid}">
    <label>Name <input name="name" autocomplete="username"></label>
    <label>Password <input name="password" type="password" autocomplete="current-password"></label>
    <button name="answer" value="yes">Continue</button> <button name="answer" value="no">Cancel</button>
  </form></main></html>`;

// Pages of our own for signing out, too: those of the package ask a stranger for fonts.
const leaving = (form) => `${TOP}<main>
  <h1>Sign out of the example organisation?</h1>${form}
  <button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button></main></html>`;
const LEFT = `${TOP}<h1>You are signed out</h1></html>`;

const show = (context, html) => {
  context.type = "html";
  context.body = html;
};

const key = { ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }), kid: "one" };

// Its own application: nobody is asked whether they consent, as native clients' users are where nothing else is said.
const prompts = interactionPolicy.base();
prompts.get("consent").checks.remove("native_client_prompt");

const configuration = {
  clients: [
    {
      client_id: "console",
      // A native client, because only those may come back to a loopback address on whichever port (RFC 8252).
      application_type: "native",
      token_endpoint_auth_method: "none",
      redirect_uris: ["http://127.0.0.1/console/"],
    },
  ],
  pkce: { required: () => true },
  jwks: { keys: [{ ...key, use: "sig", alg: "RS256" }] },
  cookies: { keys: ["of these tests only"] },
  claims: { openid: ["sub"], profile: ["name"] },
  ttl: { Session: 600, Grant: 600, Interaction: 600, AccessToken: 600, IdToken: 600 },
  findAccount: (_context, name) => ({ accountId: name, claims: () => ({ sub: name, name }) }),
  loadExistingGrant: async ({ oidc }) => {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope("openid profile");
    grant.addResourceScope(ENGINE, "use");
    await grant.save();
    return grant;
  },
  extraTokenClaims: (_context, { accountId }) => {
    const { roles } = PEOPLE[accountId];
    return roles && { roles };
  },
  interactions: { policy: prompts, url: (_context, { uid }) => `/sign-in/${uid}` },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      logoutSource: (context, form) => show(context, leaving(form)),
      postLogoutSuccessSource: (context) => show(context, LEFT),
    },
    resourceIndicators: {
      defaultResource: () => ENGINE,
      useGrantedResource: () => true,
      getResourceServerInfo: ({ oidc }) => ({
        scope: "use",
        audience: PEOPLE[oidc.entities.Account?.accountId]?.audience ?? ENGINE,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
};

async function formOf(request) {
  let text = "";
  for await (const part of request) text += part;
  return new URLSearchParams(text);
}

/** The page on which people sign in. */
async function signIn(provider, request, response) {
  const uid = request.url.split("/").at(-1);
  const form = request.method === "POST" ? await formOf(request) : null;
  if (form?.get("answer") === "no") {
    const refusal = { error: "access_denied", error_description: "You did not sign in." };
    return provider.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
  }
  if (form && form.get("name") in PEOPLE && form.get("password") === PASSWORD) {
    return provider.interactionFinished(request, response, { login: { accountId: form.get("name") } });
  }
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(page(uid, form && "The name or the password is wrong."));
}

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  const others = provider.callback();
  server.on("request", (request, response) => {
    if (request.url.startsWith("/sign-in/")) signIn(provider, request, response).catch((error) => response.destroy(error));
    else others(request, response);
  });
  console.log(issuer);
});
process.stdin.on("end", () => process.exit(0)).resume();
