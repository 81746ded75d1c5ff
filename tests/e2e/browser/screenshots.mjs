// What does every page look like? `node screenshots.mjs ORIGIN ADMIN_TOKEN FOLDER [NAMES]` pictures each of them - light,
// dark, and as wide as a phone - from an engine with simulated users, and says how soon the first ones can be used. With
// NAMES (`people,demo`) only the pages whose names contain one of them.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { browsing } from "./browsing.mjs";

const [origin, adminToken, folder, names = ""] = process.argv.slice(2);
assert.ok(origin && adminToken && folder, "usage: node screenshots.mjs ORIGIN ADMIN_TOKEN FOLDER [NAMES]");

const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  phone: { colorScheme: "light", viewport: { width: 390, height: 844 } },
};
const ROUNDS = 3;
const INTERACTIVE_BAR_MS = 1500;
const LOOK_AGAIN_MS = 150;

const wanted = (name) => names.split(",").some((part) => name.includes(part));

const TO_LOOK_AT = `{
  users(first: 100) { edges { node { id profile { segments { segment { key } } } insights { churn { level } } } } }
  tried: rules(filter: { experiment: RUNNING }, first: 1) { edges { node { id name } } }
  rules(filter: { status: [ACTIVE] }, first: 20) { edges { node { id name experiment { status } } } }
  segment(key: "simulated") { key name }
}`;

/** Of those there are, whoever has most to show. */
async function toLookAt(ask) {
  const { users, tried, rules, segment } = await ask(TO_LOOK_AT);
  const much = ({ profile, insights }) => (profile?.segments.length ?? 0) + (insights?.churn ? 10 : 0);
  const [person] = users.edges.map(({ node }) => node).toSorted((one, other) => much(other) - much(one));
  const rule = rules.edges.map(({ node }) => node).find(({ experiment }) => !experiment);
  return { person, rule, segment, experiment: tried.edges[0].node };
}

function consolePages({ person, rule, segment, experiment }) {
  const tab = (name) => (page) => page.getByRole("tab", { name }).click();
  const explained = async (page) => {
    await tab("What they see, and why")(page);
    await page.getByRole("button", { name: "Why?" }).first().click();
  };
  return [
    { name: "overview", at: "overview", heading: "Overview" },
    { name: "people", at: "people", heading: "People" },
    { name: "person-profile", at: `people/${person.id}`, heading: person.id },
    { name: "person-why", at: `people/${person.id}`, heading: person.id, act: explained },
    { name: "person-interactions", at: `people/${person.id}`, heading: person.id, act: tab("What they do") },
    { name: "rules", at: "rules", heading: "Rules" },
    { name: "rule", at: `rules/${rule.id}`, heading: rule.name },
    { name: "rule-history", at: `rules/${rule.id}`, heading: rule.name, act: tab("History") },
    { name: "rule-new", at: "rules/new", heading: "New rule" },
    { name: "rules-exchange", at: "rules/exchange", heading: "Import and export" },
    { name: "segments", at: "segments", heading: "Segments" },
    { name: "segment", at: `segments/of/${segment.key}`, heading: segment.name },
    { name: "segment-new", at: "segments/new", heading: "New segment" },
    { name: "experiments", at: "experiments", heading: "Experiments" },
    { name: "experiment", at: `experiments/${experiment.id}`, heading: experiment.name },
    { name: "catalogue", at: "catalogue", heading: "Catalogue" },
    { name: "models", at: "models", heading: "Models" },
    { name: "audit-log", at: "audit-log", heading: "Audit log" },
  ].filter(({ name }) => wanted(name));
}

/** Everything is there, and nothing grows any more. */
async function still(page) {
  const measured = () =>
    page.evaluate(() => ({
      loading: document.querySelectorAll('[data-kind="loading"]').length,
      size: `${document.querySelectorAll("*").length} ${document.documentElement.scrollHeight}`,
    }));
  let before = await measured();
  for (;;) {
    await page.waitForTimeout(LOOK_AGAIN_MS);
    const now = await measured();
    if (now.loading === 0 && now.size === before.size) return;
    before = now;
  }
}

async function picture(page, name, look, options = { fullPage: true }) {
  await still(page);
  const { wide, window } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, window: innerWidth }));
  if (wide > window) console.log(`${name} is ${wide} pixels wide on a ${look} page of ${window}`);
  await page.screenshot({ path: join(folder, `${name}-${look}.png`), animations: "disabled", ...options });
}

async function picturesOfConsole(world, look, pages) {
  const page = await world.page(await world.window(LOOKS[look]));
  await page.goto(`${origin}/console/`);
  await page.getByLabel("Token").waitFor();
  if (wanted("sign-in")) await picture(page, "sign-in", look);
  await signIn(page);
  for (const { name, at, heading, act } of pages) {
    // By way of another page: one that is there already would keep its tab.
    await page.evaluate(() => location.assign("#/audit-log"));
    await page.getByRole("heading", { name: "Audit log", level: 1 }).waitFor();
    await page.evaluate((where) => location.assign(`#/${where}`), at);
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    await act?.(page);
    await picture(page, name, look);
  }
  if (wanted("graphiql")) await pictureOfGraphiql(page, look);
  await page.context().close();
}

async function signIn(page) {
  await page.getByLabel("Token").fill(adminToken);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
}

async function pictureOfGraphiql(page, look) {
  const opening = page.context().waitForEvent("page");
  const opener = page.getByRole("button", { name: "Pages" });
  if (await opener.isVisible()) await opener.click();
  await page.getByRole("link", { name: "GraphiQL" }).click();
  const opened = await opening;
  await opened.getByRole("status").filter({ hasText: "Signed in as" }).waitFor();
  await opened.locator(".graphiql-spinner").waitFor({ state: "detached" });
  await opened.getByRole("button", { name: /^Execute query/ }).click();
  await opened.locator(".result-window .CodeMirror-code", { hasText: '"data"' }).waitFor();
  await picture(opened, "graphiql", look, {});
}

/** The planner after somebody has worked on the board and finished three tasks, alone and with a phone beside it. */
async function picturesOfDemo(world, look) {
  const { page, planner } = await world.demo(await world.window(LOOKS[look]));
  // Its name goes on where something on it is new.
  const go = (name) => planner.getByRole("navigation").getByRole("button", { name: new RegExp(`^${name}`) }).click();
  const move = (to) => planner.getByRole("button", { name: new RegExp(`^Move .* to ${to}`) }).first().click();
  await go("Board");
  for (const to of ["Done", "Done", "Doing", "Done", "Doing"]) await move(to);
  for (const title of ["Call the printer", "Order chairs"]) {
    await planner.getByRole("textbox", { name: "New task" }).fill(title);
    await planner.getByRole("button", { name: "Add", exact: true }).click();
  }
  await page.locator('article[data-density="compact"]').waitFor();
  await go("Dashboard");
  await page.getByText(/^Revision \d+: [1-9]\d* interactions/).waitFor();
  await picture(page, "demo", look);
  await page.getByText("A phone beside it").click();
  await page.getByRole("article", { name: "Planner on a phone" }).waitFor();
  await picture(page, "demo-with-phone", look);
  await page.context().close();
}

/** As somebody who was never here: nothing is cached. Milliseconds until a token can be pasted, and until one can work. */
async function interactive(world) {
  const page = await world.page(await world.window());
  const begun = performance.now();
  await page.goto(`${origin}/console/`);
  await page.getByLabel("Token").fill(adminToken);
  const pasted = performance.now();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
  await page.getByText(/^Loading /).first().waitFor({ state: "detached" });
  const worked = performance.now();
  await page.context().close();
  return { "the sign-in page": pasted - begun, "the overview, signing in": worked - pasted };
}

async function tellInteractive(world) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await interactive(world));
  for (const what of Object.keys(rounds[0])) {
    const times = rounds.map((round) => Math.round(round[what])).join(", ");
    console.log(`${what}: usable after ${times} ms (the bar is ${INTERACTIVE_BAR_MS} ms)`);
  }
}

await mkdir(folder, { recursive: true });
await browsing(origin, adminToken, async (world) => {
  await tellInteractive(world);
  const pages = consolePages(await toLookAt(world.ask));
  for (const look of Object.keys(LOOKS)) {
    await picturesOfConsole(world, look, pages);
    if (wanted("demo")) await picturesOfDemo(world, look);
  }
});
console.log(`The pictures are in ${folder}`);
