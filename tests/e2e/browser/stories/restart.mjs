// The engine is killed and started again: the page says so, catches up with what changed, and loses nothing that was done.
import assert from "node:assert/strict";
import { shows } from "../browsing.mjs";

const UNPLUGGED = /ERR_CONNECTION_(REFUSED|RESET)|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED|WebSocket connection to/;

export default async function restart(world) {
  await world.rule({ key: "restart-dark", priority: 100, adaptations: [{ setTheme: { mode: "DARK" } }] });
  const { page: theirs, planner } = await world.demo();
  await shows(planner, "theme", "dark");
  const page = await world.console("/overview");
  await page.getByText("Live", { exact: true }).waitFor();

  await world.request("kill");
  await page.getByText("No live connection to the engine").waitFor();
  const away = theirs.getByRole("status").filter({ hasText: "The engine is away" });
  await away.waitFor();
  await planner.getByRole("button", { name: "Board", exact: true }).click();
  await planner.getByRole("textbox", { name: "New task" }).fill("Written while the engine was away");
  await planner.getByRole("button", { name: "Add", exact: true }).click();
  await shows(planner, "theme", "dark");

  await world.request("start");
  await page.getByText("Live", { exact: true }).waitFor();
  await away.waitFor({ state: "detached" });
  await world.rule({ key: "restart-light", priority: 110, adaptations: [{ setTheme: { mode: "LIGHT" } }] });
  await shows(planner, "theme", "light");
  await theirs.getByRole("region", { name: "Profile" }).getByText(/^Board: used/).waitFor();
  const stored = await theirs.evaluate(() => Object.keys(localStorage).filter((name) => name.includes(":unsent:")));
  assert.deepEqual(stored, [], "something is still unsent");
  for (const seen of world.observed) seen.complaints = seen.complaints.filter((text) => !UNPLUGGED.test(text));
}
