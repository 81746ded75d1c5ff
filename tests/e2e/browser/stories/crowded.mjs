// Hundreds of rules and suggestions: all of them are there, no page renders more than it shows, nothing is asked for in a loop.
import assert from "node:assert/strict";

const RULES = 400;
const A_PAGE = 100;
/** As many elements a page has at most, whatever there is to show. */
const MOST_ELEMENTS = 900;
const IMPORT = `mutation($input: ImportInput!) { importRules(input: $input) { userErrors { message } } }`;
const LOWEST = `{
  lowest: rules(filter: { search: "Crowded 1", place: "crowded" }, orderBy: NAME_ASC, first: 1) { edges { node { priority } } }
  dragged: rules(filter: { search: "crowded-0" }, first: 1) { edges { node { priority } } }
}`;

export default async function crowded(world) {
  await imported(world, "ACTIVE");
  await overviewStaysSmall(world);
  await listGoesOnToTheEnd(world);
  await imported(world, "PAUSED");
}

/** The priorities leave no room between them. */
async function imported(world, status) {
  const rules = Array.from({ length: RULES }, (_, at) => ({
    ...{ key: `crowded-${at}`, name: `Crowded ${at}`, status, priority: at, places: ["crowded"] },
    ...{ condition: { always: true }, adaptations: [{ setTheme: { mode: "DARK" } }] },
  }));
  const document = { format: "attune.rules", version: 1, rules };
  const { importRules } = await world.ask(IMPORT, { input: { document, apply: true } });
  assert.deepEqual(importRules.userErrors, []);
}

const elements = (page) => page.evaluate(() => document.querySelectorAll("*").length);

async function overviewStaysSmall(world) {
  const page = await world.console("/overview");
  await page.getByText(`5 of ${RULES - 1} are shown.`).waitFor();
  assert.ok((await elements(page)) < MOST_ELEMENTS);
  await page.getByRole("button", { name: "Show 5 more" }).click();
  await page.getByText(`10 of ${RULES - 1} are shown.`).waitFor();
}

async function listGoesOnToTheEnd(world) {
  const page = await world.console("/rules");
  const asked = [];
  page.on("request", (request) => asked.push(request.postDataJSON()?.operationName));
  await page.getByLabel("Place", { exact: true }).waitFor();
  await page.getByLabel("Search").fill("crowded");
  await page.getByText(`${RULES} rules.`).waitFor();
  const list = page.getByRole("grid");
  const last = list.getByRole("row").filter({ hasText: "Crowded 0" });
  while ((await last.count()) === 0) {
    await list.evaluate((frame) => frame.scrollBy(0, frame.clientHeight / 2));
    assert.ok((await elements(page)) < MOST_ELEMENTS, "all rules are rendered");
  }
  assert.ok(asked.filter((one) => one === "Rules").length <= RULES / A_PAGE + 2, `asked for ${asked}`);

  await dragged(page, last, list.getByRole("row").filter({ hasText: "Crowded 1always" }));
  await page.getByText(`To make room, ${RULES - 1} rules got another priority.`).waitFor();
  const { lowest, dragged: moved } = await world.ask(LOWEST);
  const [first] = lowest.edges.map(({ node }) => node.priority);
  assert.deepEqual([first, moved.edges[0].node.priority], [1, 2]);
}

async function dragged(page, row, target) {
  await row.hover(); // once the list stands still
  const place = await target.boundingBox();
  await page.mouse.down();
  await page.mouse.move(place.x + place.width / 2, place.y + place.height / 2, { steps: 5 });
  await page.mouse.move(place.x + place.width / 2, place.y + 3, { steps: 5 });
  await page.mouse.up();
}
