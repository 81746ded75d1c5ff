// Two tabs of one user agree: what is chosen or done in one shows in the other.
import assert from "node:assert/strict";
import { shows } from "../browsing.mjs";

export default async function twoTabs(world) {
  const context = await world.window();
  const first = await world.demo(context);
  const second = await world.demo(context);
  assert.equal(await world.visitorOf(first.page), await world.visitorOf(second.page));
  await first.planner.getByRole("button", { name: "Settings" }).click();
  await first.planner.getByText("simplified", { exact: true }).click();
  for (const { planner } of [first, second]) await shows(planner, "theme", "simplified");

  await second.planner.getByRole("button", { name: "Settings" }).click();
  await second.planner.getByRole("button", { name: "Let the planner choose" }).click();
  for (const { planner } of [first, second]) await shows(planner, "theme", await themeOf(world, first.page));

  await world.rule({ key: "both-compact", priority: 200, adaptations: [{ setLayout: { density: "COMPACT" } }] });
  for (const { planner } of [first, second]) await shows(planner, "density", "compact");
}

async function themeOf(world, page) {
  const token = await world.visitorToken(await world.visitorOf(page));
  const { viewer } = await world.ask(
    `{ viewer { config(context: { place: "dashboard", device: DESKTOP }) { theme { mode } } } }`,
    {},
    token,
  );
  return viewer.config.theme.mode.toLowerCase();
}
