// Every page says what it is for while it is empty, what failed and how to try again, and what an address names that is not there.
import assert from "node:assert/strict";

const FAILED = {
  data: null,
  errors: [{ message: "Internal error", extensions: { code: "INTERNAL", requestId: "request-1" } }],
};
const JSON_TYPE = "application/graphql-response+json";
const ANSWERS = {
  "Internal error: the engine's log says more of request request-1.": { contentType: JSON_TYPE, body: JSON.stringify(FAILED) },
  "The engine is asked too much just now. Try again in 7 seconds.": { status: 429, headers: { "retry-after": "7" }, body: "Slowly!" },
  "Something before the engine answers instead of it, with status 502.": { status: 502, body: "Bad gateway" },
};
const MISSING = { "rules/none": "rule", "segments/of/none": "segment", "experiments/none": "experiment" };

export default async function states(world) {
  await forgetConcluded(world);
  const page = await world.console("/models");
  await saysWhatComes(page);
  await saysWhatIsMissing(page);
  await saysWhatFailed(world, page);
  await waitsInPeace(page);
}

/** Other stories leave experiments behind. */
async function forgetConcluded({ ask }) {
  const { rules } = await ask("{ rules(filter: { experiment: CONCLUDED }) { edges { node { id revision } } } }");
  for (const { node } of rules.edges) {
    await ask("mutation ($id: ID!, $revision: Int!) { deleteRule(id: $id, expectedRevision: $revision) { deleted } }", node);
  }
}

const goTo = (page, where) => page.evaluate((hash) => location.assign(`#/${hash}`), where);

async function saysWhatComes(page) {
  await page.getByText("No model is trained yet").waitFor();
  await goTo(page, "people/nobody-yet");
  await page.getByText("a profile begins with the first thing that is tracked").waitFor();
  await page.getByRole("tab", { name: "What they do" }).click();
  await page.getByText("Nothing was tracked of them yet").waitFor();
  await goTo(page, "experiments");
  await page.getByLabel("Which are").selectOption({ label: "concluded" });
  await page.getByText("An experiment tries a rule on some before it is for all").waitFor();
  await page.getByRole("link", { name: "a rule" }).click();
  await page.getByLabel("Search").fill("no rule is called this");
  await page.getByText("No rule is like that.").waitFor();
}

async function saysWhatIsMissing(page) {
  for (const [where, what] of Object.entries(MISSING)) {
    await goTo(page, where);
    await page.getByRole("heading", { name: `There is no such ${what}`, level: 1 }).waitFor();
  }
  await goTo(page, "people/100%25%2Fä");
  await page.getByRole("heading", { name: "100%/ä", level: 1 }).waitFor();
  await goTo(page, "people/%E0%A4%A");
  await page.getByRole("heading", { name: "%E0%A4%A", level: 1 }).waitFor();
}

async function saysWhatFailed(world, page) {
  const seen = world.observed.at(-1);
  seen.signedIn = false; // the browser reports answers of status 429 and 502
  for (const [words, answer] of Object.entries(ANSWERS)) {
    await goTo(page, "models");
    await page.route("**/graphql", (route) => route.fulfill(answer));
    await goTo(page, "audit-log");
    await page.getByRole("alert").filter({ hasText: words }).waitFor();
    await page.unroute("**/graphql");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("list", { name: "Changes, the latest first" }).waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
  }
  seen.signedIn = true;
}

/** What is there stays while more is asked for. */
async function waitsInPeace(page) {
  await goTo(page, "rules");
  await page.getByLabel("Search").fill("");
  const row = page.getByRole("grid").getByRole("row").first();
  await row.waitFor();
  let answer = () => {};
  const held = new Promise((resolve) => {
    answer = resolve;
  });
  await page.route("**/graphql", async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest("**/graphql");
  await page.getByLabel("Search").fill("nor is one called that");
  await asked;
  assert.ok(await row.isVisible());
  await goTo(page, "catalogue");
  await page.getByRole("status").filter({ hasText: "Loading catalogue" }).waitFor();
  answer();
  await page.getByRole("tab", { name: "Features" }).waitFor();
}
