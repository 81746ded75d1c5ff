// Who opts out sees the default again, on a page that says so, until they take part again.
import { shows } from "../browsing.mjs";

const BOTH = ["dashboard", "mobile"];

export default async function optingOut(world) {
  await world.rule({ key: "opt-dark", priority: 90, places: BOTH, adaptations: [{ setTheme: { mode: "DARK" } }] });
  await world.rule({ key: "opt-compact", priority: 90, places: BOTH, adaptations: [{ setLayout: { density: "COMPACT" } }] });
  const { page, planner } = await world.demo();
  await page.getByText("A phone beside it").click();
  const phone = page.getByRole("article", { name: "Planner on a phone" });
  const onPhone = (part, value) => phone.and(page.locator(`[data-${part}="${value}"]`)).waitFor();
  await onPhone("theme", "dark");
  await shows(planner, "theme", "dark");
  await planner.getByRole("button", { name: "Settings" }).click();
  await planner.getByRole("button", { name: "Opt out" }).click();
  await planner.getByText("You opted out: you see the default, and nothing you do is recorded.").waitFor();
  await shows(planner, "theme", "system");
  await shows(planner, "density", "comfortable");
  await onPhone("theme", "system");
  await onPhone("density", "spacious");
  await page.getByRole("region", { name: "Pushed configs" }).getByText("a choice was made").first().waitFor();
  await page.getByRole("region", { name: "Why", exact: true }).getByText("You opted out").waitFor();

  await planner.getByRole("button", { name: "Take part again" }).click();
  await shows(planner, "theme", "dark");
  await shows(planner, "density", "compact");
}
