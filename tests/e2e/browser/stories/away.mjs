// The engine goes away and comes back while people read and write: they are told, lose nothing, and see by themselves what is new.
const UNPLUGGED = /ERR_CONNECTION_(REFUSED|RESET)|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED|WebSocket connection to/;
const AWAY = "No live connection to the engine: what is shown may be outdated.";

export default async function away(world) {
  await world.rule({ key: "away-before", priority: 900, adaptations: [{ setTheme: { mode: "DARK" } }] });
  const reading = await world.console("/rules");
  await reading.getByRole("row").filter({ hasText: "away-before" }).waitFor();
  const writing = await world.console("/rules/new");
  await writing.getByRole("textbox", { name: "Name" }).fill("Written while it was away");
  await writing.getByRole("textbox", { name: "Key" }).fill("away-written");
  const watching = await world.console("/overview");
  await rulesActive(watching, 1);
  const pages = [reading, writing, watching];

  await world.request("kill");
  for (const page of pages) await page.getByText(AWAY).waitFor();
  await reading.getByRole("row").filter({ hasText: "away-before" }).waitFor();
  await rulesActive(watching, 1);
  await writing.getByRole("button", { name: "Save as a draft" }).click();
  await writing.getByRole("alert").filter({ hasText: "The engine cannot be reached" }).first().waitFor();
  await writing.getByText("Not saved yet.").waitFor();

  const askedAgain = reading.waitForRequest((request) => request.postDataJSON()?.operationName === "Rules");
  await world.request("start");
  await askedAgain;
  for (const page of pages) {
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByText(AWAY).waitFor({ state: "detached" });
  }
  await writing.getByRole("button", { name: "Save as a draft" }).click();
  await writing.getByRole("heading", { name: "Written while it was away", level: 1 }).waitFor();
  await world.rule({ key: "away-after", adaptations: [{ setTheme: { mode: "LIGHT" } }] });
  await rulesActive(watching, 2);
  for (const seen of world.observed) seen.complaints = seen.complaints.filter((text) => !UNPLUGGED.test(text));
}

const rulesActive = (page, count) =>
  page.locator(".figure").filter({ hasText: /^Rules active/ }).getByText(String(count), { exact: true }).waitFor();
