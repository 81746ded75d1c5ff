// The planner that comes with the engine adapts to what somebody does within a few clicks: whoever works on the board
// and whoever exports reports soon have two different planners, and are told why.
const SEEDED = ["newcomers", "board_first", "reports_first", "automation", "discover_automation", "discover_export"];
const FOUND = `query($key: String) { rules(filter: { search: $key, status: [PAUSED] }, first: 50) {
  edges { node { id key revision } }
} }`;
const ACTIVATE = `mutation($id: ID!, $revision: Int!) {
  setRuleStatus(id: $id, expectedRevision: $revision, status: ACTIVE) { userErrors { message } }
}`;

export default async function adapting(world) {
  await asSeeded(world);
  await Promise.all([worksOnTheBoard(world), exportsReports(world)]);
}

/** Other stories paused the rules that an engine begins with. */
async function asSeeded({ ask }) {
  for (const key of SEEDED) {
    const { rules } = await ask(FOUND, { key });
    const found = rules.edges.find(({ node }) => node.key === key);
    await ask(ACTIVATE, found.node);
  }
}

async function worksOnTheBoard(world) {
  const { page, planner } = await world.demo();
  await opened(planner, "Board");
  await planner.getByRole("button", { name: /^Move .* to Done/ }).first().click();
  await planner.getByRole("button", { name: /^Move .* to Done/ }).first().click();
  await planner.getByRole("button", { name: /^Move .* to Doing/ }).first().click();
  await planner.getByRole("button", { name: /^Move .* to Done/ }).first().click();
  await planner.getByRole("navigation").getByRole("button", { name: "Automation (new for you)" }).waitFor();
  for (const title of ["Call the printer", "Order chairs", "Ask for prices"]) {
    await planner.getByRole("textbox", { name: "New task" }).fill(title);
    await planner.getByRole("button", { name: "Add", exact: true }).click();
  }
  await planner.locator("nav button:first-child").getByText("Board").waitFor();
  await page.locator('article[data-density="compact"]').waitFor();
  await told(page, "Board first", "Who works on the board finds it first");
}

async function exportsReports(world) {
  const { page, planner } = await world.demo();
  await opened(planner, "Reports");
  for (let time = 0; time < 3; time += 1) {
    const downloading = page.waitForEvent("download");
    await planner.getByRole("button", { name: "Export as a table" }).click();
    await downloading;
  }
  await planner.getByRole("button", { name: "Shortcut to Export" }).waitFor();
  await planner.locator("nav button:first-child").getByText("Reports").waitFor();
  await page.locator('article[data-density="spacious"]').waitFor();
  await told(page, "Reports first", "Who exports finds the reports first");
}

const opened = (planner, name) => planner.getByRole("navigation").getByRole("button", { name, exact: true }).click();

/** What arrived, and which rule sent it. */
async function told(page, change, rule) {
  await page.getByRole("region", { name: "Pushed configs" }).getByText(change, { exact: true }).first().waitFor({ state: "attached" });
  await page.getByRole("region", { name: "Why", exact: true }).getByRole("listitem").filter({ hasText: rule }).getByText(/^applies: /).filter({ hasText: change }).first().waitFor();
}
