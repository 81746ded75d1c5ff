// What somebody wrote and did not save outlives an expired token, a reload and somebody else's change.
import assert from "node:assert/strict";

const RULE = `query($id: ID!) { rule(id: $id) { name priority revision history(first: 1) { edges { node { rule } } } } }`;
const UPDATE = `mutation($id: ID!, $revision: Int!, $input: RuleInput!) {
  updateRule(id: $id, expectedRevision: $revision, input: $input) { userErrors { message } }
}`;

export default async function unsaved(world) {
  await withANewRule(world);
  await withOneThatSomebodyChanges(world);
}

async function withANewRule(world) {
  const page = await world.console("/rules/new");
  const name = page.getByRole("textbox", { name: "Name" });
  await name.fill("Half written");
  await whileTheTokenIsRefused(world, page, async () => {
    await page.getByRole("button", { name: "Save as a draft" }).click();
    await page.getByRole("alert").filter({ hasText: "What you wrote and did not save is kept" }).waitFor();
  });
  await signIn(world, page);
  assert.equal(await name.inputValue(), "Half written");
  await page.reload();
  await signIn(world, page);
  assert.equal(await name.inputValue(), "Half written");
  await page.getByRole("button", { name: "Discard changes" }).click();
  assert.equal(await name.inputValue(), "");

  await name.fill("Left behind");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Token").waitFor();
  assert.deepEqual(await page.evaluate(() => ({ ...sessionStorage })), {}, "who signs out leaves something");
}

/** The engine refuses what comes without a token as it refuses one that has expired. */
async function whileTheTokenIsRefused(world, page, act) {
  const withoutToken = (route) => {
    const { authorization, ...headers } = route.request().headers();
    return route.continue({ headers });
  };
  const seen = world.observed.at(-1);
  seen.signedIn = false; // the browser reports answers of status 401
  await page.route("**/graphql", withoutToken);
  await act();
  await page.unroute("**/graphql", withoutToken);
  seen.signedIn = true;
}

async function signIn(world, page) {
  await page.getByLabel("Token").fill(world.adminToken);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "New rule", level: 1 }).waitFor();
}

async function withOneThatSomebodyChanges(world) {
  const id = await world.rule({ key: "unsaved-both", priority: 5, adaptations: [{ setTheme: { mode: "DARK" } }] });
  const page = await world.console(`/rules/${id}`);
  await page.getByRole("textbox", { name: "Name" }).fill("Named by me");
  const { rule } = await world.ask(RULE, { id });
  const { key, condition, adaptations } = rule.history.edges[0].node.rule;
  const input = { key, name: "Named by them", priority: 7, places: ["dashboard"], condition, adaptations };
  const { updateRule } = await world.ask(UPDATE, { id, revision: rule.revision, input });
  assert.deepEqual(updateRule.userErrors, []);

  await page.getByRole("button", { name: /^Save as revision/ }).click();
  const told = page.getByRole("alert", { name: "Changed meanwhile" });
  await told.getByRole("listitem").filter({ hasText: "priority: from 5 to 7" }).waitFor();
  await told.getByRole("button", { name: "Put mine on top of it" }).click();
  await page.getByRole("button", { name: /^Save as revision/ }).click();
  await page.getByRole("heading", { name: "Named by me", level: 1 }).waitFor();
  const { rule: kept } = await world.ask(RULE, { id });
  assert.deepEqual([kept.name, kept.priority], ["Named by me", 7]);
}
