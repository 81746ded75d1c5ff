// Does GraphiQL work for a person? `node graphiql.mjs URL TOKEN ADMIN_TOKEN OUT.png` signs in on the page of a running
// engine, runs the first example and the live one, and as the admin previews a rule and makes it; pictures the page in
// light (OUT.png), dark (OUT-dark.png) and with the rule (OUT-rule.png).
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { assertStrictAndOffline, observe } from "./observation.mjs";

const [url, token, adminToken, picture] = process.argv.slice(2);
assert.ok(url && token && adminToken && picture, "usage: node graphiql.mjs URL TOKEN ADMIN_TOKEN OUT.png");
const { origin, hostname } = new URL(url);
const stepTimeoutMs = 20_000;
const browserFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // As good as unplugged: no name but the engine's resolves.
  `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${hostname}`,
];

/** The answer pane's data once it shows `field`; a subscription overwrites the pane with every event. */
async function answered(page, field) {
  await page.locator(".result-window .CodeMirror-code", { hasText: new RegExp(`"(${field}|errors)"`) }).waitFor();
  const { data, errors } = JSON.parse(
    await page.evaluate(() => document.querySelector(".result-window .CodeMirror").CodeMirror.getValue()),
  );
  assert.equal(errors, undefined, `refused: ${JSON.stringify(errors)}`);
  return data;
}

async function signIn(page, token) {
  await page.getByLabel("Token").fill("not-a-token");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").filter({ hasText: "three parts" }).waitFor();
  const schemaFetched = page.waitForResponse(
    async (response) => response.ok() && "authorization" in (await response.request().allHeaders()),
  );
  await page.getByLabel("Token").fill(`Bearer ${token}\n`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("status").filter({ hasText: "Signed in as" }).waitFor();
  const sent = await (await schemaFetched).request().allHeaders();
  assert.equal(sent.authorization, `Bearer ${token}`, "the schema is fetched again with the token");
  await page.locator(".graphiql-spinner").waitFor({ state: "detached" });
}

async function runFirstExample(page) {
  await page.getByRole("button", { name: /^Execute query/ }).click();
  const { viewer } = await answered(page, "revision");
  assert.ok(viewer.id && viewer.config.revision && viewer.config.theme.mode, "the config is answered");
}

async function followLiveExample(page) {
  await page.getByRole("tab", { name: "LiveConfig" }).click();
  await page.getByRole("button", { name: /^Execute query/ }).click();
  const { configUpdated } = await answered(page, "configUpdated");
  assert.ok(configUpdated.config.revision, "the first event carries the current config");
}

/** Every dialog and pane once: each of them writes styles, which the policy must not block. */
async function openEverything(page) {
  for (const pane of ["Show Documentation Explorer", "Show History", "Show GraphiQL Explorer"]) {
    await page.getByRole("button", { name: pane }).click();
  }
  await page.getByRole("button", { name: "Hide GraphiQL Explorer" }).click();
  for (const dialog of ["Open short keys dialog", "Open settings dialog"]) {
    await page.getByRole("button", { name: dialog }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
}

async function assertTokenKeptInMemoryOnly(context, page) {
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  const signature = token.split(".")[2];
  for (const [place, text] of Object.entries({ stored, state: JSON.stringify(await context.storageState()), url: page.url() })) {
    assert.ok(!text.includes(signature), `the token is in the browser's ${place}`);
  }
  assert.equal(await page.getByLabel("Token").inputValue(), "", "the field forgets the token");
}

async function signOutEndsTheSubscription(page) {
  await page.getByRole("button", { name: /^Stop query/ }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: /^Execute query/ }).waitFor();
  await page.getByRole("status").filter({ hasText: "Not signed in" }).waitFor();
}

async function sayExpired(page) {
  const claims = Buffer.from(JSON.stringify({ sub: "somebody", exp: 1 })).toString("base64url");
  await page.getByLabel("Token").fill(`e30.${claims}.e30`);
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "expired" }).waitFor();
}

/** Of several operations in a tab, GraphiQL asks which one to run, as soon as it has read them. */
async function run(page, operation) {
  await page.locator('.graphiql-execute-button[aria-haspopup="menu"]').click();
  await page.getByRole("menuitem", { name: operation }).click();
}

/** An admin, in a window of their own. */
async function makeARule(context) {
  const page = await context.newPage();
  const seen = await observe(page, origin);
  await page.goto(url);
  await signIn(page, adminToken);
  seen.signedIn = true;
  await page.getByRole("tab", { name: "PreviewRule" }).click();
  await run(page, "PreviewRule");
  const { previewRule } = await answered(page, "previewRule");
  assert.deepEqual(previewRule.userErrors, [], "the example can be saved");
  await run(page, "CreateRule");
  const { createRule } = await answered(page, "createRule");
  assert.equal(createRule.rule.conditionText, "at least 3 sessions in the last 7 days and on desktop");
  await page.screenshot({ path: picture.replace(/(\.png)?$/, "-rule.png") });
  assertStrictAndOffline(seen, origin);
}

async function visit(context) {
  context.setDefaultTimeout(stepTimeoutMs);
  const page = context.pages()[0] ?? (await context.newPage());
  const seen = await observe(page, origin);
  await page.goto(url);
  await signIn(page, token);
  seen.signedIn = true;
  await runFirstExample(page);
  await page.screenshot({ path: picture });
  await page.emulateMedia({ colorScheme: "dark" });
  await followLiveExample(page);
  await page.screenshot({ path: picture.replace(/(\.png)?$/, "-dark.png") });
  await openEverything(page);
  await assertTokenKeptInMemoryOnly(context, page);
  seen.signedIn = false;
  await signOutEndsTheSubscription(page);
  await sayExpired(page);
  assertStrictAndOffline(seen, origin);
}

const profile = await mkdtemp(join(tmpdir(), "attune-browser-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: browserFlags,
  viewport: { width: 1280, height: 800 },
  colorScheme: "light",
});
try {
  await visit(context);
  await makeARule(context);
  console.log("GraphiQL: signed in, queried, followed a subscription, made a rule, stayed offline and within its policy");
} finally {
  await context.close();
  await rm(profile, { recursive: true, force: true });
}
