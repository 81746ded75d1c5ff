// An admin makes a rule with the builder, and a page that somebody has open changes without being loaded again.
import assert from "node:assert/strict";
import { shows } from "../browsing.mjs";

export default async function ruleMade(world) {
  const { page: theirs, planner } = await world.demo();
  await shows(planner, "theme", "system");
  await theirs.evaluate(() => Object.assign(globalThis, { neverLoadedAgain: true }));

  const page = await world.console("/rules/new");
  await page.getByRole("textbox", { name: "Name" }).fill("Dark on desktops");
  await page.getByRole("textbox", { name: "Key" }).fill("dark-on-desktops");
  await page.getByRole("group", { name: "Places" }).getByText("Dashboard", { exact: true }).click();
  await page.getByLabel("Condition", { exact: true }).selectOption({ label: "On a device" });
  for (const device of ["Mobile", "Desktop"]) {
    await page.getByRole("group", { name: "Devices" }).getByText(device, { exact: true }).click();
  }
  await page.getByLabel("Change 1", { exact: true }).selectOption({ label: "Set the theme" });
  await page.getByLabel("Theme", { exact: true }).selectOption({ label: "Dark" });
  await page.getByRole("button", { name: "Save as a draft" }).click();
  await page.getByRole("button", { name: "Activate" }).click();

  await shows(planner, "theme", "dark");
  await theirs.getByRole("region", { name: "Pushed configs" }).getByText("a rule changed").waitFor();
  assert.ok(await theirs.evaluate(() => globalThis.neverLoadedAgain), "the page was loaded again");
  const { rules } = await world.ask(`{ rules(filter: { search: "dark-on-desktops" }) { edges { node { conditionText status } } } }`);
  assert.deepEqual(rules.edges.map(({ node }) => node), [{ conditionText: "on desktop", status: "ACTIVE" }]);

  await page.getByRole("button", { name: "Pause" }).click();
  await shows(planner, "theme", "system");
}
