// Whoever drags a rule above another, by pointer or keyboard, makes it win on the pages that are open.
import { shows } from "../browsing.mjs";

export default async function priority(world) {
  await world.rule({ key: "spacious-first", priority: 40, adaptations: [{ setLayout: { density: "SPACIOUS" } }] });
  await world.rule({ key: "compact-second", priority: 30, adaptations: [{ setLayout: { density: "COMPACT" } }] });
  const { planner } = await world.demo();
  await shows(planner, "density", "spacious");
  const page = await world.console("/rules");
  await page.getByLabel("Status", { exact: true }).selectOption({ label: "active" });
  const rows = page.getByRole("grid").getByRole("row");
  await rows.filter({ hasText: "spacious-first" }).waitFor();
  await page.getByText(/^2 rules/).waitFor();

  await byPointer(page, rows.filter({ hasText: "compact-second" }), rows.filter({ hasText: "spacious-first" }));
  await shows(planner, "density", "compact");

  await byKeyboard(page, rows, "spacious-first");
  await shows(planner, "density", "spacious");
}

async function byPointer(page, dragged, target) {
  const handle = await dragged.boundingBox();
  const place = await target.boundingBox();
  await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2);
  await page.mouse.down();
  await page.mouse.move(place.x + place.width / 2, place.y + place.height / 2, { steps: 5 });
  await page.mouse.move(place.x + place.width / 2, place.y + 3, { steps: 5 });
  await page.mouse.up();
}

/** Enter takes the rule, the arrows choose where it goes, Enter leaves it there. */
async function byKeyboard(page, rows, name) {
  await rows.first().filter({ hasText: "compact-second" }).waitFor();
  await rows.filter({ hasText: name }).getByRole("button", { name: `Move ${name}` }).focus();
  await page.keyboard.press("Enter");
  for (const before = page.getByRole("button", { name: /^Insert before compact-second/ }); ; await page.keyboard.press("ArrowUp")) {
    if (await before.evaluate((one) => one === document.activeElement || one.contains(document.activeElement))) break;
  }
  await page.keyboard.press("Enter");
}
