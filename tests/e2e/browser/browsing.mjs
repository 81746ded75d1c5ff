// Who sits before which page? Windows of one Chromium, each page of them observed, signed in as whoever it is.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { assertStrictAndOffline, observe } from "./observation.mjs";

const STEP_TIMEOUT_MS = 30_000;
const DESKTOP = { width: 1280, height: 800 };

/** Acts with `world` of the engine at `origin`; fails if any page asked a stranger or complained. */
export async function browsing(origin, adminToken, act) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    // As good as unplugged: no name but the engine's resolves.
    args: ["--no-sandbox", "--disable-gpu", `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${new URL(origin).hostname}`],
  });
  const observed = [];
  try {
    await act(worldOf(browser, origin, adminToken, observed));
    for (const seen of observed) assertStrictAndOffline(seen, origin);
  } finally {
    await browser.close();
  }
}

function worldOf(browser, origin, adminToken, observed) {
  const ask = (query, variables = {}, token = adminToken) => asked(origin, token, query, variables);
  const world = {
    origin,
    adminToken,
    observed,
    ask,
    async window(options = {}) {
      const context = await browser.newContext({ viewport: DESKTOP, ...options });
      context.setDefaultTimeout(STEP_TIMEOUT_MS);
      return context;
    },
    async page(context) {
      const page = await context.newPage();
      const seen = await observe(page, origin);
      seen.signedIn = true;
      observed.push(seen);
      return page;
    },
    /** The console at a location like `/rules`, signed in as an admin. */
    async console(location = "/overview", options = {}) {
      const page = await world.page(await world.window(options));
      await page.goto(`${origin}/console/#${location}`);
      await page.getByLabel("Token").fill(adminToken);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { level: 1 }).waitFor();
      return page;
    },
    /** The demo of a new visitor, or of whoever else uses this window; its page and the planner in it. */
    async demo(context) {
      const page = await world.page(context ?? (await world.window()));
      await page.goto(`${origin}/demo/`);
      const planner = page.getByRole("article", { name: "Planner on a desktop" });
      await planner.waitFor();
      // Connected: what changes from now on is pushed.
      await page.getByText("the page opened").first().waitFor();
      return { page, planner };
    },
    visitorOf: (page) => page.evaluate(() => localStorage.getItem("attune-demo-visitor")),
    visitorToken: async (visitor) => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ visitor });
      const answer = await fetch(`${origin}/demo/visitor`, { method: "POST", headers, body });
      return (await answer.json()).token;
    },
    rule: (input) => activeRule(ask, input),
    /** One that is running: by a rule known by its key. */
    experiment: (key) => runningExperiment(ask, key),
  };
  return world;
}

async function asked(origin, token, query, variables) {
  const answer = await fetch(`${origin}/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

const CREATE = `mutation($input: RuleInput!) { createRule(input: $input) { rule { id } userErrors { message } } }`;
const ACTIVATE = `mutation($id: ID!) {
  setRuleStatus(id: $id, expectedRevision: 1, status: ACTIVE) { userErrors { message } }
}`;

const IN_FORCE = `{ rules(filter: { status: [ACTIVE] }, first: 100) { edges { node { id revision } } } }`;
const PAUSE = `mutation($id: ID!, $revision: Int!) {
  setRuleStatus(id: $id, expectedRevision: $revision, status: PAUSED) { userErrors { message } }
}`;

/** Each story begins with none of the rules of those before, nor of those that an engine begins with. */
export async function withoutRules(ask) {
  for (const { node } of (await ask(IN_FORCE)).rules.edges) await ask(PAUSE, node);
}

/** A rule in force at the dashboard, known by its key. */
async function activeRule(ask, input) {
  const given = { name: input.key, places: ["dashboard"], condition: { always: true }, adaptations: [], ...input };
  const { createRule } = await ask(CREATE, { input: given });
  assert.deepEqual(createRule.userErrors, []);
  const { setRuleStatus } = await ask(ACTIVATE, { id: createRule.rule.id });
  assert.deepEqual(setRuleStatus.userErrors, []);
  return createRule.rule.id;
}

/** Whether texts of another level bring more. */
export const tryingLevel = (key, level) => ({
  variations: [
    { key: "as_it_is", allocation: 0.5, control: true, adaptations: [] },
    { key, allocation: 0.5, adaptations: [{ setDifficulty: { level } }] },
  ],
  goal: { kind: "CONVERSION", windowDays: 7 },
});

const START = "mutation($id: ID!) { startExperiment(ruleId: $id) { userErrors { message } } }";

async function runningExperiment(ask, key) {
  const id = await activeRule(ask, { key, experiment: tryingLevel("easier", "BEGINNER") });
  const { startExperiment } = await ask(START, { id });
  assert.deepEqual(startExperiment.userErrors, []);
  return id;
}

/** What `planner` shows of the config, once it does. */
export const shows = (planner, part, value) =>
  planner.page().locator(`article[aria-label="Planner on a desktop"][data-${part}="${value}"]`).waitFor();
