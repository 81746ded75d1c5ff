// With nothing but a keyboard somebody uses the planner: moves a card, chooses a theme, opts out, becomes somebody else.
import { keyboardAt } from "../keyboard.mjs";
import { shows } from "../browsing.mjs";

const CARD = "Book the trade fair";

export default async function keyboardInDemo(world) {
  await world.rule({ key: "demo-by-keyboard", priority: 90, adaptations: [{ setLayout: { density: "COMPACT" } }] });
  const page = await world.page(await world.window());
  const hands = await keyboardAt(page);
  await page.goto(`${world.origin}/demo/`);
  const planner = page.getByRole("article", { name: "Planner on a desktop" });
  await shows(planner, "density", "compact");
  const parts = { page, planner, button: (name) => page.getByRole("button", { name, exact: true }) };
  await openAndClose(hands, parts);
  await moveCard(hands, parts);
  await chooseTheme(hands, parts);
  await optOut(hands, parts);
  await becomeAnother(hands, parts);
}

async function openAndClose(hands, { page }) {
  const drawer = page.getByRole("complementary", { name: "What the engine does" });
  await hands.to(page.getByRole("switch", { name: "What the engine does" }));
  await hands.press("Space");
  await drawer.waitFor({ state: "hidden" });
  await hands.press("Space");
  await drawer.waitFor();
}

async function moveCard(hands, { page, planner, button }) {
  await hands.use(planner.getByRole("button", { name: "Board", exact: true }));
  await hands.fill(page.getByLabel("New task"), "Thank everybody");
  await hands.press("Enter");
  await planner.getByRole("region", { name: "To do" }).getByText("Thank everybody").waitFor();
  await hands.use(button(`Move “${CARD}” to Doing`), button(`Move “${CARD}” to Done`));
  await hands.hears(/is in Doing/);
  await hands.press("Enter");
  await hands.hears(/is in Done/);
  await planner.getByRole("region", { name: "Done" }).getByText(CARD).waitFor();
}

async function chooseTheme(hands, { planner, page, button }) {
  await hands.back(button("Settings"));
  await hands.press("Enter");
  await hands.to(page.getByRole("radio", { name: "system" }));
  await hands.along("ArrowUp", page.getByRole("radio", { name: "dark" }));
  await shows(planner, "theme", "dark");
  await hands.use(button("Let the planner choose"));
  await shows(planner, "theme", "system");
}

async function optOut(hands, { planner, button }) {
  await hands.use(button("Opt out"), button("Take part again"));
  await hands.hears(/^You opted out/);
  await shows(planner, "density", "comfortable");
  await hands.press("Enter", button("Opt out"));
  await hands.hears(/^The planner learns/);
  await shows(planner, "density", "compact");
}

async function becomeAnother(hands, { page, planner, button }) {
  const before = await page.evaluate(() => localStorage.getItem("attune-demo-visitor"));
  await hands.back(button("Begin as somebody else"));
  await hands.press("Enter");
  await hands.hears(/somebody else/);
  await page.getByText(`used by ${before.slice(0, 13)}`).waitFor({ state: "detached" });
  await shows(planner, "density", "compact");
  await hands.look("becoming somebody else");
}
