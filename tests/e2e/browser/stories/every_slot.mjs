// The interface is the config: whatever a rule can decide shows on the open pages, on a desktop and on a phone, without
// a reload, and goes when the rule is paused. The drawer says in words what arrived.
import assert from "node:assert/strict";

const VIEWS = ["Planner on a desktop", "Planner on a phone"];
const ANNOUNCED = "Pushed configs";

const REVISION = `query($id: ID!) { rule(id: $id) { revision } }`;
const PAUSE = `mutation($id: ID!, $revision: Int!) {
  setRuleStatus(id: $id, expectedRevision: $revision, status: PAUSED) { userErrors { message } }
}`;

const styleOf = (property) => (planner) =>
  planner.evaluate((article, name) => getComputedStyle(article).getPropertyValue(name), property);
const button = (name) => (planner) => planner.getByRole("button", { name, exact: true }).first();
const inNavigation = (name) => (planner) => planner.getByRole("navigation").getByRole("button", { name, exact: true });
const highlighted = (name) => inNavigation(`${name} (new for you)`);
const text = (words) => (planner) => planner.getByText(words, { exact: true });
const region = (name) => (planner) => planner.getByRole("region", { name });
const first = (name) => (planner) => planner.locator(`nav button:first-child:text-is("${name}")`);

const feature = (key, state) => ({ setFeature: { feature: key, ...state } });
const HIDDEN = { visible: false };
const HIGHLIGHTED = { highlighted: true };

/** `appears` or `vanishes` while the rule is in force, on the page `at`; `told` is what the drawer calls it. */
const CASES = [
  { change: { setTheme: { mode: "DARK" } }, differs: styleOf("color"), told: "dark colours" },
  { change: { setLayout: { density: "COMPACT" } }, differs: styleOf("font-size"), told: "compact layout" },
  { change: feature("board", HIDDEN), vanishes: inNavigation("Board"), told: "Board hidden" },
  { change: feature("board", HIGHLIGHTED), appears: highlighted("Board"), told: "Board highlighted" },
  { change: feature("reports", HIDDEN), vanishes: inNavigation("Reports"), told: "Reports hidden" },
  { change: feature("automation", {}), appears: inNavigation("Automation"), told: "Automation shown" },
  { change: feature("export", HIGHLIGHTED), appears: highlighted("Reports"), told: "Export highlighted" },
  { change: feature("export", HIDDEN), at: "Reports", vanishes: button("Export as a table"), told: "Export hidden" },
  { change: feature("api_keys", {}), at: "Settings", appears: region("API keys"), told: "API keys shown" },
  { change: feature("tour", HIDDEN), vanishes: button("Take the tour"), told: "Guided tour hidden" },
  { change: { orderNavigation: { first: ["team"] } }, appears: first("Team"), told: "Team first" },
  { change: { addShortcut: { target: "export" } }, appears: button("Shortcut to Export"), told: "shortcut to Export" },
  { change: { setDifficulty: { level: "ADVANCED" } }, appears: text("Plan from your own scripts"), told: "advanced texts" },
  { change: { filterContent: { include: [], exclude: ["basics"] } }, vanishes: text("Your first task"), told: "without Basics" },
  { change: { recommendFeature: { feature: "export" } }, appears: region("Recommended"), told: "recommends Export" },
  {
    change: { setParameter: { key: "welcome_text", value: "Hello there" } },
    appears: text("Hello there"),
    told: "welcome text: Hello there",
  },
];

export default async function everySlot(world) {
  const { page } = await world.demo();
  await page.getByText("A phone beside it").click();
  const planners = VIEWS.map((name) => page.getByRole("article", { name }));
  await planners[1].waitFor();
  await page.evaluate(() => Object.assign(globalThis, { neverLoadedAgain: true }));
  for (const [number, one] of CASES.entries()) await shown(world, page, planners, { ...one, key: `slot-${number}` });
  await followedTo(page, planners[0], world);
  assert.ok(await page.evaluate(() => globalThis.neverLoadedAgain), "the page was loaded again");
}

async function shown(world, page, planners, { key, change, at = "Dashboard", told, ...effect }) {
  for (const planner of planners) await inNavigation(at)(planner).click();
  const before = await Promise.all(planners.map((planner) => effect.differs?.(planner)));
  const isSo = (isInForce) => Promise.all(planners.map((planner, index) => shows(planner, effect, isInForce, before[index])));
  await isSo(false);
  const id = await world.rule({ key, priority: 200, places: ["dashboard", "mobile"], adaptations: [change] });
  await isSo(true);
  await page.getByRole("region", { name: ANNOUNCED }).getByText(told, { exact: true }).first().waitFor({ state: "attached" });
  await page.getByRole("region", { name: "Why", exact: true }).getByText(`applies: ${told}`).waitFor();
  const { rule } = await world.ask(REVISION, { id });
  await world.ask(PAUSE, { id, revision: rule.revision });
  await isSo(false);
}

async function shows(planner, { differs, appears, vanishes }, isInForce, before) {
  if (differs) {
    // Asked until it is so: styles follow the config at the next frame.
    while (((await differs(planner)) !== before) !== isInForce) await planner.page().waitForTimeout(20);
    return;
  }
  const there = (appears ?? vanishes)(planner);
  const isThere = appears ? isInForce : !isInForce;
  await there.waitFor({ state: isThere ? "visible" : "detached" });
}

/** What leads somewhere does lead there. */
async function followedTo(page, planner, world) {
  const both = [{ addShortcut: { target: "export" } }, { recommendFeature: { feature: "export" } }];
  await world.rule({ key: "slot-leads", priority: 200, adaptations: both });
  const downloading = page.waitForEvent("download");
  await button("Shortcut to Export")(planner).click();
  await downloading;
  await inNavigation("Dashboard")(planner).click();
  await region("Recommended")(planner).getByRole("button", { name: "Export", exact: true }).click();
  await planner.getByRole("heading", { name: "Reports" }).waitFor();
  await page.getByRole("region", { name: "Profile" }).getByText("Export: used 1 time").waitFor();
}
