// With nothing but a keyboard somebody finds the rules, writes one, puts it above another, takes that back, and asks who
// sees what and why.
import assert from "node:assert/strict";
import { tryingLevel } from "../browsing.mjs";
import { keyboardAt } from "../keyboard.mjs";

const NAME = "Written by keyboard";
const KEY = "by-keyboard";
const OTHER = "keyboard-other";
const TRIED = "keyboard-tried";
const SEGMENT = { key: "keyboard-kept", name: "Kept", condition: { activity: { measure: "SESSIONS_30D", range: { gte: 1 } } } };
const SAVE = "mutation($input: SegmentInput!) { saveSegment(input: $input) { userErrors { message } } }";

/** What is keyed in. */
const WRITTEN = {
  name: NAME,
  priority: 30,
  places: ["dashboard"],
  condition: {
    any: [
      { segment: { in: ["power_user"], confidence: 0.5 } },
      { device: ["MOBILE", "DESKTOP"] },
      { not: { all: [{ activity: { measure: "SESSIONS_30D", range: { gte: 12 } } }, { featureUse: { feature: "export", uses: { gte: 1 } } }] } },
    ],
  },
  adaptations: [
    { setTheme: { mode: "DARK" } },
    { setFeature: { feature: "export", visible: true, highlighted: true } },
    { addShortcut: { target: "reports" } },
  ],
};

export default async function keyboard(world) {
  await world.rule({ key: OTHER, priority: 40, adaptations: [{ setTheme: { mode: "LIGHT" } }] });
  await world.rule({ key: TRIED, priority: 10, experiment: tryingLevel("easier", "BEGINNER") });
  assert.deepEqual((await world.ask(SAVE, { input: SEGMENT })).saveSegment.userErrors, []);
  const { page: theirs } = await world.demo();
  const visitor = await world.visitorOf(theirs);

  const page = await world.page(await world.window());
  const hands = await keyboardAt(page);
  await page.goto(`${world.origin}/console/`);
  await signIn(hands, world);
  await skipThePages(hands);
  await findRules(hands);
  await write(hands);
  await activate(hands);
  await putAbove(hands);
  await takeBack(hands);
  await assertWritten(world);
  await save(hands);
  await askWhy(hands, visitor);
  await conclude(hands);
  await keepSegment(hands);
  await signOut(hands);
}

const partsOf = ({ page }) => ({
  button: (name) => page.getByRole("button", { name, exact: true }),
  link: (name) => page.getByRole("link", { name, exact: true }),
  field: (name) => page.getByLabel(name, { exact: true }),
  tab: (name) => page.getByRole("tab", { name, exact: true }),
  group: (name) => page.getByRole("group", { name, exact: true }),
  box: (group, name) => page.getByRole("group", { name: group, exact: true }).getByRole("checkbox", { name, exact: true }),
  row: (name) => page.getByRole("row").filter({ hasText: name }),
});

async function goTo(hands, name) {
  await hands.back(hands.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true }));
  await hands.press("Enter");
  await hands.arrives(name);
}

async function signIn(hands, { adminToken }) {
  await hands.at(partsOf(hands).field("Token"));
  assert.equal(await hands.page.title(), "Sign in · Attune");
  await hands.type(adminToken);
  await hands.press("Enter");
  await hands.arrives("Overview");
}

async function skipThePages(hands) {
  await hands.back(partsOf(hands).button("Skip to the page"));
  await hands.press("Enter");
  await hands.arrives("Overview");
}

async function findRules(hands) {
  const { field, row } = partsOf(hands);
  await goTo(hands, "Rules");
  await hands.fill(field("Search"), "keyboard-");
  await hands.hears(/^2 rules/);
  await hands.choose(field("Status"), "paused");
  await hands.hears(/^0 rules/);
  await hands.choose(field("Status"), "active");
  await hands.hears(/^2 rules/);
  await hands.to(row(OTHER));
}

async function write(hands) {
  const { button, link, field } = partsOf(hands);
  await hands.back(link("New rule"));
  await hands.press("Enter");
  await hands.arrives("New rule", "Rules");
  await hands.fill(field("Key"), KEY);
  await hands.back(button("Save as a draft"));
  await hands.press("Enter");
  await hands.hears(/name/);
  await hands.fill(field("Name"), NAME);
  await hands.fill(field("Priority"), "40");
  await hands.tick(partsOf(hands).box("Places", "Dashboard"));
  await writeCondition(hands);
  await writeChanges(hands);
  await hands.hears(/users would get the rule.*same priority/);
  await hands.back(field("Priority"));
  await hands.over("30");
  await hands.back(button("Save as a draft"));
  await hands.press("Enter");
  await hands.hears(/^Saved as a draft/);
  await hands.arrives(NAME, "Rules");
}

async function writeCondition(hands) {
  const { button, field, box, group } = partsOf(hands);
  await hands.choose(field("Condition"), "At least one of …");
  await hands.choose(field("Condition 1"), "In a segment");
  await hands.tick(box("In any of", "Power user"));
  await hands.use(button("Add “or …”"), field("Condition 2"));
  await hands.choose(field("Condition 2"), "On a device");
  await hands.tick(box("Devices", "Desktop"));
  await hands.use(button("Add “or …”"));
  await hands.choose(field("Condition 3"), "Not …");
  await hands.choose(field("Condition 3, not"), "All of …");
  await hands.choose(field("Condition 3, not 1"), "Is this active");
  await hands.fill(group("Condition 3, not 1").getByLabel("Amount", { exact: true }), "12");
  await hands.use(button("Add “and …”"));
  await hands.choose(field("Condition 3, not 2"), "Uses a feature");
  await hands.choose(group("Condition 3, not 2").getByLabel("Feature", { exact: true }), "Export");
  await hands.use(button("Add “or …”"));
  await hands.use(button("Remove condition 4"), button("Add “or …”"));
  await hands.back(field("Condition"));
  // Whoever passes over other kinds finds again what they wrote.
  for (const key of ["ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"]) await hands.press(key);
}

async function writeChanges(hands) {
  const { button, field, box, group } = partsOf(hands);
  await hands.choose(field("Change 1"), "Set the theme");
  await hands.choose(field("Theme"), "Dark");
  await hands.use(button("Add a change"), field("Change 2"));
  await hands.choose(group("Change 2").getByLabel("Feature", { exact: true }), "Export");
  await hands.tick(box("Change 2", "Highlighted"));
  await hands.use(button("Add a change"));
  await hands.use(button("Add a change"));
  await hands.back(button("Remove change 3"));
  await hands.press("Enter", field("Change 3"));
  await hands.choose(field("Change 3"), "Add a shortcut");
  await hands.choose(field("Leads to"), "Reports");
}

async function activate(hands) {
  const { button, field } = partsOf(hands);
  await hands.use(button("Activate"), button("Pause"));
  await hands.hears(/^The rule is active/);
  await hands.fill(field("Description"), "Dark for those who know their way.");
  await hands.hears(/^Not saved yet/);
  await hands.back(button("Save as revision 3"));
  await hands.press("Enter", button("Save as revision 4"));
  await hands.hears(/^Saved as revision 3/);
}

/** Enter takes the rule, the arrows choose where it goes, Enter leaves it there. */
async function putAbove(hands) {
  const { page } = hands;
  const { button, link, field, row } = partsOf(hands);
  await hands.back(link("← All rules"));
  await hands.press("Enter");
  await hands.arrives("Rules");
  await hands.fill(field("Search"), "keyboard");
  await hands.hears(/^3 rules/);
  await hands.to(row(OTHER));
  await hands.along("ArrowDown", row(NAME));
  await hands.along("ArrowRight", button(`Move ${NAME}`));
  await hands.press("Enter");
  await hands.along("ArrowUp", page.getByRole("button", { name: `Insert before ${OTHER}` }));
  await hands.press("Enter", row(NAME));
  await hands.hears(/^Its priority is 50 now/);
  await hands.press("Enter");
  await hands.arrives(NAME, "Rules");
}

async function takeBack(hands) {
  const { page } = hands;
  const { field, tab } = partsOf(hands);
  await hands.to(tab("What it says"));
  await hands.press("ArrowRight");
  await hands.fill(field("Compare revision"), "1");
  await hands.hears(/priority/);
  const revision = (number) => page.getByRole("listitem").filter({ hasText: `Revision ${number},` });
  await hands.use(revision(1).getByRole("button", { name: "Make it the newest again" }), revision(5));
  await hands.hears(/^Revision 5 is what revision 1 was/);
}

async function assertWritten(world) {
  const { rules } = await world.ask(`{ rules(filter: { search: "${KEY}" }) { edges { node { key history(first: 1) { edges { node { rule } } } } } } }`);
  const [rule] = rules.edges.map(({ node }) => node).filter(({ key }) => key === KEY);
  const [{ node }] = rule.history.edges;
  const members = Object.keys(WRITTEN).map((member) => [member, node.rule[member]]);
  assert.deepEqual(Object.fromEntries(members), WRITTEN);
}

async function save(hands) {
  const { button, link } = partsOf(hands);
  await hands.back(link("← All rules"));
  await hands.press("Enter");
  await hands.arrives("Rules");
  await hands.use(link("Import and export"));
  await hands.arrives("Import and export", "Rules");
  const [download] = await Promise.all([hands.page.waitForEvent("download"), hands.use(button("Save as a file"))]);
  assert.equal(download.suggestedFilename(), "rules.json");
  await hands.hears(/^Saved as rules.json/);
}

async function askWhy(hands, visitor) {
  const { field, tab } = partsOf(hands);
  await goTo(hands, "People");
  await hands.fill(field("Find by id"), visitor);
  await hands.press("Enter");
  await hands.arrives(visitor, "People");
  await hands.to(tab("Profile"));
  await hands.press("ArrowRight");
  await hands.choose(field("Place"), "Dashboard");
  const decided = hands.page.getByRole("region", { name: "What was decided" }).getByRole("listitem");
  await hands.use(decided.filter({ hasText: NAME }).first().getByRole("button", { name: "Why?" }));
  await hands.page.getByRole("region", { name: /^Why is it so/ }).getByText(NAME).waitFor();
}

async function conclude(hands) {
  const { button, field, link } = partsOf(hands);
  await goTo(hands, "Experiments");
  await hands.choose(field("Which are"), "not started");
  await hands.use(link(TRIED));
  await hands.arrives(TRIED, "Experiments");
  await hands.use(button("Start"), field("Give everybody"));
  await hands.hears(/^The experiment is running/);
  await hands.choose(field("Give everybody"), "easier");
  await hands.use(button("Conclude …"), button("Go on trying"));
  await hands.use(button("Conclude"), button("Start another run"));
  await hands.hears(/concluded: everybody gets easier/);
}

/** Escape leaves a question unanswered, and leads back to where it was asked. */
async function keepSegment(hands) {
  const { button, link, tab } = partsOf(hands);
  await goTo(hands, "Segments");
  await hands.use(link(SEGMENT.name));
  await hands.arrives(SEGMENT.name, "Segments");
  await hands.to(tab("How it does"));
  await hands.along("ArrowRight", tab("What makes it"));
  await hands.use(button("Delete the segment …"), button("Keep it"));
  await hands.press("Escape", button("Delete the segment …"));
}

async function signOut(hands) {
  const { button, field } = partsOf(hands);
  await hands.back(button("Sign out"));
  await hands.press("Enter", field("Token"));
}
