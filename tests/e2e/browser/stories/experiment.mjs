// An experiment is started in the console, users meet it, and its chart appears once there are results.
import { tryingLevel } from "../browsing.mjs";

const USERS = 120;
const AT_ONCE = 20;
/** Of as many users, so many convert: enough of them that one variation can be told from the other. */
const CONVERTING = { BEGINNER: 5, INTERMEDIATE: 5, ADVANCED: 9 };
const CONFIG = `{ viewer { config(context: { place: "dashboard", device: DESKTOP }) { content { difficulty } } } }`;
const TRACK = `mutation($input: [InteractionInput!]!) { trackInteractions(input: $input) { userErrors { message } } }`;

export default async function experiment(world) {
  await world.rule({ key: "harder-content", priority: 10, experiment: tryingLevel("harder", "ADVANCED") });
  const page = await world.console("/experiments");
  await page.getByLabel("Which are").selectOption({ label: "not started" });
  await page.getByRole("link", { name: "harder-content" }).click();
  await page.getByText("It was not started yet.").waitFor();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("button", { name: "Conclude" }).waitFor();

  for (let first = 0; first < USERS; first += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, place) => meet(world, first + place)));
  }
  const chart = page.locator('svg[aria-label="Lift by day with its intervals"]');
  // Recording takes a moment: look again until there is something to see.
  while ((await chart.count()) === 0) {
    await page.getByRole("link", { name: "← All experiments" }).click();
    await page.getByLabel("Which are").selectOption({ label: "running" });
    await page.getByRole("link", { name: "harder-content" }).click();
    await page.getByRole("button", { name: "Conclude" }).waitFor();
    await page.waitForLoadState("networkidle");
  }
  await chart.first().waitFor();
}

async function meet(world, user) {
  const token = await world.visitorToken(`demo-tries-${String(user).padStart(4, "0")}`);
  const { viewer } = await world.ask(CONFIG, {}, token);
  const converts = user % 10 < CONVERTING[viewer.config.content.difficulty];
  const input = [{ key: `met-${user}`, kind: converts ? "CONVERSION" : "CLICK", target: "task_done", occurredAt: new Date().toISOString() }];
  await world.ask(TRACK, { input }, token);
}
