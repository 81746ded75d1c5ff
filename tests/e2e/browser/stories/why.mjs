// "Why?" tells the truth: what the console and the demo say is what `explanation` says.
import assert from "node:assert/strict";

const EXPLANATION = `query($id: ID!, $context: ContextInput!, $slot: String) { user(id: $id) {
  explanation(context: $context) { rules(first: 50, slot: $slot) { applied outcome failed wouldApplyIf rule { name priority } } }
} }`;

export default async function why(world) {
  await world.rule({ key: "why-wins", priority: 70, adaptations: [{ setTheme: { mode: "DARK" } }] });
  await world.rule({ key: "why-loses", priority: 60, adaptations: [{ setTheme: { mode: "LIGHT" } }] });
  await world.rule({
    key: "why-fails",
    priority: 80,
    condition: { activity: { measure: "SESSIONS_30D", range: { gte: 5 } } },
    adaptations: [{ setTheme: { mode: "SIMPLIFIED" } }],
  });
  const { page: theirs, planner } = await world.demo();
  await planner.getByRole("button", { name: "Board", exact: true }).click();
  const visitor = await world.visitorOf(theirs);
  await theirs.getByText(/^Revision /).waitFor();
  const context = { place: "dashboard", device: "DESKTOP", timeZone: "UTC" };
  const page = await world.console(`/people/${visitor}`, { timezoneId: "UTC" });
  const decision = page.getByRole("region", { name: "What was decided" }).getByRole("listitem").filter({ hasText: "Theme" });
  await page.getByRole("tab", { name: "What they see, and why" }).click();
  await page.getByLabel("Place", { exact: true }).selectOption("dashboard");
  await decision.getByRole("link", { name: "why-wins" }).first().waitFor();
  await decision.getByText("instead of").filter({ hasText: "why-loses" }).first().waitFor();
  await decision.getByRole("button", { name: "Why?" }).click();

  const reasons = page.getByRole("region", { name: "Why is it so: Theme" }).getByRole("listitem");
  await reasons.first().waitFor();
  const { user } = await world.ask(EXPLANATION, { id: visitor, context, slot: "theme.mode" });
  const told = user.explanation.rules;
  const applied = (name) => told.find(({ rule }) => rule.name === name)?.applied;
  assert.deepEqual(["why-wins", "why-loses", "why-fails"].map(applied), [true, false, false]);
  await assertSays(reasons, told, ({ rule, outcome }) => [rule.name, `priority ${rule.priority}`, outcome.toLowerCase().replaceAll("_", " ")]);
  const theirReasons = theirs.getByRole("region", { name: "Why" }).getByRole("listitem");
  // Users are not told of rules that are not in force.
  for (const { rule, applied, failed } of told.filter(({ rule }) => rule.name.startsWith("why-"))) {
    const reason = theirReasons.filter({ hasText: rule.name });
    await reason.filter({ hasText: applied ? "applies" : (failed ?? "–") }).first().waitFor();
  }
}

/** Each item says what the engine says about one rule, in its order. */
async function assertSays(items, told, more) {
  const said = await items.allTextContents();
  assert.equal(said.length, told.length);
  for (const [at, reason] of told.entries()) {
    const { failed, wouldApplyIf } = reason;
    for (const part of [...more(reason), failed, wouldApplyIf]) assert.ok(!part || said[at].includes(part), `“${said[at]}” lacks “${part}”`);
  }
}
