// Who opts out sees the default again, on a page that says so, until they take part again.
import { shows } from "../browsing.mjs";

export default async function optingOut(world) {
  await world.rule({ key: "opt-dark", priority: 90, adaptations: [{ setTheme: { mode: "DARK" } }] });
  await world.rule({ key: "opt-compact", priority: 90, adaptations: [{ setLayout: { density: "COMPACT" } }] });
  const { page, planner } = await world.demo();
  await shows(planner, "theme", "dark");
  await planner.getByRole("button", { name: "Settings" }).click();
  await planner.getByRole("button", { name: "Opt out" }).click();
  await planner.getByText("You opted out: you see the default, and nothing you do is recorded.").waitFor();
  await shows(planner, "theme", "system");
  await shows(planner, "density", "comfortable");
  await page.getByRole("region", { name: "Pushed configs" }).getByText("a choice was made").waitFor();

  await planner.getByRole("button", { name: "Take part again" }).click();
  await shows(planner, "theme", "dark");
  await shows(planner, "density", "compact");
}
