// Do the console's pages work for those who manage, and for those who only look? `node console_pages.mjs URL ADMIN_TOKEN
// ANALYST_TOKEN SEGMENT` visits every page, makes SEGMENT with the builder, opens GraphiQL with the session's token, and
// looks that nobody sees what they may not do, and that every page fits a phone.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { assertStrictAndOffline, observe } from "./observation.mjs";

const [url, adminToken, analystToken, segment] = process.argv.slice(2);
assert.ok(url && adminToken && analystToken && segment, "usage: node console_pages.mjs URL ADMIN ANALYST SEGMENT");
const { origin, hostname } = new URL(url);
const stepTimeoutMs = 20_000;
const phone = { width: 390, height: 800 };
const browserFlags = ["--no-sandbox", "--disable-gpu", `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${hostname}`];
const somebody = "per cent % and / slash";
const headings = {
  overview: "Overview",
  people: "People",
  rules: "Rules",
  segments: "Segments",
  experiments: "Experiments",
  catalogue: "Catalogue",
  models: "Models",
  "audit-log": "Audit log",
};

async function signIn(page, token) {
  await page.goto(url);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
}

/** On a phone the links wait behind a button. */
async function goTo(page, name) {
  const opener = page.getByRole("button", { name: "Pages" });
  if (await opener.isVisible()) await opener.press("Enter");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();
}

async function visitEveryPage(page) {
  for (const [path, heading] of Object.entries(headings)) {
    await goTo(page, heading);
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    assert.ok(page.url().includes(`#/${path}`), "the address tells the page");
    await page.getByText(/^Loading /).waitFor({ state: "detached" });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= page.viewportSize().width, `${heading} is ${width} pixels wide`);
    if (path === "rules") await seeWholeRules(page);
  }
}

async function seeWholeRules(page) {
  await page.getByRole("row").first().waitFor();
  const cut = await page
    .getByRole("row")
    .evaluateAll((rows) => rows.filter((row) => row.scrollHeight > row.clientHeight).map((row) => row.textContent));
  assert.deepEqual(cut, [], "rules are as high as what they say");
}

async function makeASegment(page) {
  await page.getByRole("link", { name: "Segments" }).click();
  await page.getByRole("link", { name: "New segment" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Come often");
  await page.getByRole("textbox", { name: "Key" }).fill(segment);
  await page.getByRole("spinbutton", { name: "Amount" }).fill("8");
  await page.getByRole("button", { name: "Save the segment" }).click();
  await page.getByRole("heading", { name: "Come often", level: 1 }).waitFor();
  await page.getByRole("tab", { name: "Who is in it" }).press("ArrowRight");
  await page.getByRole("button", { name: "Delete the segment …" }).waitFor();
}

async function readTheAuditLog(page) {
  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByLabel("Changed by").fill("managing-admin");
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByText(`segment ${segment}`).first().click();
  await page.getByRole("cell", { name: "Come often" }).first().waitFor();
}

async function openGraphiql(context, page) {
  const [opened] = await Promise.all([
    context.waitForEvent("page"),
    page.getByRole("link", { name: "GraphiQL" }).click(),
  ]);
  opened.setDefaultTimeout(stepTimeoutMs);
  await opened.getByRole("status").filter({ hasText: "Signed in as managing-admin" }).waitFor();
  await opened.locator(".graphiql-spinner").waitFor({ state: "detached" });
  await opened.getByRole("button", { name: "Show Ready queries" }).click();
  await opened.getByRole("button", { name: "All rules" }).click();
  await opened.getByRole("tab", { name: "AllRules" }).waitFor();
  await opened.getByRole("button", { name: /^Execute query/ }).click();
  await opened.locator(".result-window .CodeMirror-code", { hasText: '"totalCount"' }).waitFor();
  for (const one of [page, opened]) await assertTokenKeptInMemoryOnly(context, one);
}

async function assertTokenKeptInMemoryOnly(context, page) {
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  const signature = adminToken.split(".")[2];
  for (const text of [stored, JSON.stringify(await context.storageState()), page.url()]) {
    assert.ok(!text.includes(signature), "the token is kept somewhere");
  }
}

async function seeNothingToChange(page) {
  for (const [name, offers] of Object.entries({
    Rules: ["New rule"],
    Segments: ["New segment"],
    Catalogue: ["Save the catalogue", "Add one"],
  })) {
    await goTo(page, name);
    await page.getByRole("heading", { name, level: 1 }).waitFor();
    await page.getByText(/^Loading /).waitFor({ state: "detached" });
    for (const offer of offers) assert.equal(await page.getByText(offer).count(), 0, `an analyst is offered: ${offer}`);
  }
}

/** Addresses lead to what is not offered, too; there it says why nothing can be saved. */
async function tryOutOnly(page) {
  await page.goto(`${url}#/rules/new`);
  await page.getByText("Only admins save rules").waitFor();
  assert.equal(await page.getByRole("button", { name: /^Save/ }).count(), 0, "an analyst is offered to save a rule");
  await page.goto(`${url}#/segments/new`);
  await page.getByText("Only admins make segments.").waitFor();
}

/** Analysts may ask for it, but not follow it. */
async function readWhatOthersSee(page) {
  await page.goto(`${url}#/people/${encodeURIComponent(somebody)}`);
  await page.getByRole("heading", { name: somebody, level: 1 }).waitFor();
  await page.getByRole("tab", { name: "What they see, and why" }).click();
  await page.getByText("as it was when you looked").waitFor();
  await page.getByRole("button", { name: "Look again" }).click();
  await page.getByText(/^Loading /).waitFor({ state: "detached" });
  assert.deepEqual(await page.getByRole("alert").allTextContents(), [], "an analyst is refused something");
}

async function inAWindow(browser, viewport, act) {
  const context = await browser.newContext({ viewport });
  context.setDefaultTimeout(stepTimeoutMs);
  const page = await context.newPage();
  const seen = await observe(page, origin);
  seen.signedIn = true;
  await act(page, context);
  assertStrictAndOffline(seen, origin);
  await context.close();
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: browserFlags,
});
try {
  await inAWindow(browser, { width: 1280, height: 800 }, async (page, context) => {
    await signIn(page, adminToken);
    await visitEveryPage(page);
    await makeASegment(page);
    await readTheAuditLog(page);
    await openGraphiql(context, page);
  });
  await inAWindow(browser, phone, async (page) => {
    await signIn(page, analystToken);
    await visitEveryPage(page);
    await seeNothingToChange(page);
    await tryOutOnly(page);
    await readWhatOthersSee(page);
  });
  console.log("Console: every page visited, a segment made, GraphiQL opened signed in, nothing offered to analysts");
} finally {
  await browser.close();
}
