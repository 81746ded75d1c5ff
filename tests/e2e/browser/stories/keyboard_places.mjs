// Whoever walks through the pages with Tab sees at each place that they are there, on a desktop and on a phone.
import assert from "node:assert/strict";
import { PHONE, WIDE } from "../accessibility.mjs";
import { keyboardAt } from "../keyboard.mjs";

const PAGES = ["People", "Rules", "Segments", "Experiments", "Catalogue", "Models", "Audit log"];
/** What the pages of a list lead to: the link, and what is there then. */
const FURTHER = { Rules: ["New rule", "New rule"], Segments: ["New segment", "New segment"], Experiments: [/tried/, "places-tried"] };
const TRACK = "mutation($input: [InteractionInput!]!) { trackInteractions(input: $input) { userErrors { message } } }";
/** More than a page shows at once. */
const PEOPLE = 30;

export default async function keyboardPlaces(world) {
  await world.experiment("places-tried");
  await Promise.all(Array.from({ length: PEOPLE }, (_, number) => meet(world, `demo-walked-${number}`)));
  while ((await world.ask(`{ users(first: ${PEOPLE}) { edges { node { id } } } }`)).users.edges.length < PEOPLE);
  await Promise.all([WIDE, PHONE].map((viewport) => walk(world, viewport)));
}

async function meet(world, visitor) {
  const token = await world.visitorToken(visitor);
  const input = [{ key: visitor, kind: "CLICK", target: "board", occurredAt: new Date().toISOString() }];
  assert.deepEqual((await world.ask(TRACK, { input }, token)).trackInteractions.userErrors, []);
}

async function walk(world, viewport) {
  const page = await world.page(await world.window({ viewport }));
  const hands = await keyboardAt(page);
  await page.goto(`${world.origin}/console/`);
  await hands.at(page.getByLabel("Token", { exact: true }));
  await hands.type(world.adminToken);
  await hands.press("Enter");
  await hands.arrives("Overview");
  await through(hands);
  for (const name of PAGES) {
    await goTo(hands, name);
    await through(hands);
    if (!FURTHER[name]) continue;
    const [link, heading] = FURTHER[name];
    await hands.use(page.getByRole("main").getByRole("link", { name: link }));
    await hands.arrives(heading, name);
    await through(hands);
  }
}

/** On a phone the pages wait behind a button. */
async function goTo(hands, name) {
  const { page } = hands;
  const opener = page.getByRole("button", { name: "Pages" });
  if (await opener.isVisible()) await hands.use(opener);
  await hands.to(page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true }));
  await hands.press("Enter");
  await hands.arrives(name);
}

/** To its end and back. */
async function through(hands) {
  await hands.page.getByText(/^Loading /).first().waitFor({ state: "detached" });
  await hands.through();
  await hands.through("Shift+Tab");
}
