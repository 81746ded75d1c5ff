// Can everybody use every page, and what opens on it: light and dark, on a desktop and on a phone?
import assert from "node:assert/strict";
import { PHONE, problemsOf, WIDE } from "../accessibility.mjs";

const LOOKS = [
  { colorScheme: "light", viewport: WIDE },
  { colorScheme: "dark", viewport: WIDE },
  { colorScheme: "light", viewport: PHONE },
  { colorScheme: "dark", viewport: PHONE },
];
/** As many pages at once. */
const PAGES = 3;
const LISTS = ["overview", "people", "rules", "rules/exchange", "segments", "segments/new", "experiments", "catalogue", "models"];
const SEGMENT = { key: "busy-lately", name: "Busy lately", condition: { activity: { measure: "SESSIONS_30D", range: { gte: 0 } } } };
const CONDITION = {
  all: [
    { any: [{ device: ["DESKTOP"] }, { not: { place: ["dashboard"] } }] },
    { segment: { in: [SEGMENT.key], confidence: 0.5 } },
    { did: { kind: "CLICK", target: "board", times: { gte: 1 }, days: 30 } },
    { localTime: { weekdays: ["MONDAY"], from: "08:00", until: "18:00" } },
    { traits: { plan: "team", seats: { $gte: 5 } } },
  ],
};
const SAVE = "mutation($input: SegmentInput!) { saveSegment(input: $input) { userErrors { message } } }";

export default async function everyView(world) {
  const { page: demo, ...shown } = await prepared(world);
  const waiting = viewsOf(shown);
  const problems = [];
  const look = async () => {
    const page = await world.console("/models", { bypassCSP: true });
    for (let view = waiting.shift(); view; view = waiting.shift()) {
      await opened(page, view.at);
      await view.act?.(page);
      await loaded(page);
      problems.push(...(await seen(page, [view.at, view.what].join(" "))));
    }
  };
  problems.push(...(await menuSeen(world)));
  await Promise.all([...Array.from({ length: PAGES }, look), seen(demo, "demo").then((found) => problems.push(...found))]);
  assert.deepEqual(problems, []);
}

/** What a phone's bar opens: by keyboard, and Escape leads back to the button. */
async function menuSeen(world) {
  const page = await world.console("/rules", { bypassCSP: true, viewport: PHONE });
  const opener = page.getByRole("button", { name: "Pages" });
  const last = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Audit log" });
  await opener.press("Enter");
  await last.waitFor();
  const problems = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    problems.push(...(await problemsOf(page, `opened pages ${colorScheme}`)));
  }
  await last.press("Escape");
  await last.waitFor({ state: "hidden" });
  assert.ok(await opener.evaluate((button) => button === document.activeElement), "the focus is back on the button");
  return problems;
}

/** Something to show on each page. */
async function prepared(world) {
  const [{ saveSegment }, tried] = await Promise.all([
    world.ask(SAVE, { input: SEGMENT }),
    world.experiment("seen-experiment"),
  ]);
  assert.deepEqual(saveSegment.userErrors, []);
  const rule = await world.rule({ key: "seen-rule", condition: CONDITION, adaptations: [{ setTheme: { mode: "DARK" } }] });
  await world.rule({ key: "seen-dark", adaptations: [{ setTheme: { mode: "DARK" } }] });
  const { page, planner } = await world.demo(await world.window({ bypassCSP: true }));
  await planner.getByRole("button", { name: "Board", exact: true }).click();
  await page.getByText(/^Revision /).waitFor();
  const person = await world.visitorOf(page);
  return { page, rule, tried, person };
}

function viewsOf({ rule, tried, person }) {
  const tab = (name) => (page) => page.getByRole("tab", { name }).click();
  const built = async (page) => {
    await page.getByLabel("Condition", { exact: true }).selectOption({ label: "All of …" });
    await page.getByRole("button", { name: /^Add “and/ }).click();
    await page.getByLabel("Condition 2", { exact: true }).selectOption({ label: "In a segment" });
  };
  const explained = async (page) => {
    await tab("What they see, and why")(page);
    await page.getByLabel("Place", { exact: true }).selectOption("dashboard");
    await page.getByRole("button", { name: "Why?" }).first().click();
    await page.getByRole("region", { name: /^Why / }).getByRole("listitem").first().waitFor();
  };
  const deletionAsked = async (page) => {
    await tab("What makes it")(page);
    await page.getByRole("button", { name: "Delete the segment …" }).click();
    await page.getByRole("button", { name: "Delete it" }).waitFor();
  };
  const differences = async (page) => {
    await page.locator("summary").first().click();
    await page.getByRole("table").first().waitFor();
  };
  return [
    ...LISTS.map((at) => ({ at })),
    { at: "audit-log", act: differences, what: "an entry opened" },
    { at: `rules/${rule}` },
    { at: `rules/${rule}`, act: tab("History"), what: "history" },
    { at: "rules/new", act: built, what: "with a condition being built" },
    { at: `people/${person}` },
    { at: `people/${person}`, act: explained, what: "why" },
    { at: `people/${person}`, act: tab("What they do"), what: "interactions" },
    { at: `experiments/${tried}` },
    { at: `segments/of/${SEGMENT.key}` },
    { at: `segments/of/${SEGMENT.key}`, act: tab("Who is in it"), what: "members" },
    { at: `segments/of/${SEGMENT.key}`, act: deletionAsked, what: "deletion asked" },
  ];
}

async function seen(page, what) {
  const problems = [];
  for (const { colorScheme, viewport } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    problems.push(...(await problemsOf(page, `${what} ${colorScheme} ${viewport.width}`)));
  }
  await page.setViewportSize(WIDE);
  return problems;
}

/** By way of another page: one that is there already would keep its tab. */
async function opened(page, at) {
  const between = at === "models" ? "Overview" : "Models";
  const heading = page.getByRole("heading", { name: between, level: 1 });
  await page.evaluate((where) => location.assign(where), `#/${between.toLowerCase()}`);
  await heading.waitFor();
  await page.evaluate((where) => location.assign(`#/${where}`), at);
  await heading.waitFor({ state: "detached" });
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await loaded(page);
}

const loaded = (page) => page.getByText(/^Loading /).first().waitFor({ state: "detached" });
