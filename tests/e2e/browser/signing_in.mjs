// Does a person sign in to the console at an identity provider, and are they told when that leads nowhere?
//   node signing_in.mjs ORIGIN ISSUER
import assert from "node:assert/strict";
import { browsing } from "./browsing.mjs";

const [origin, issuer] = process.argv.slice(2);
const PASSWORD = "correct horse battery staple";

async function leaveForProvider(page) {
  await page.getByRole("button", { name: "Sign in with your organisation" }).click();
  await page.waitForURL(`${issuer}/**`);
}

async function giveName(page, name, password = PASSWORD) {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Continue" }).click();
}

/** The console's page for people who are not signed in, or a location of it. */
async function opened(world, location = "") {
  const page = await world.page(await world.window());
  world.observed.at(-1).signedIn = false; // who is refused causes an answer of status 401
  world.observed.at(-1).alsoAllowed = [issuer];
  await page.goto(`${origin}/console/${location}`);
  return page;
}

async function signInAndOut(world) {
  const page = await opened(world, "#/segments");
  await leaveForProvider(page);
  await giveName(page, "ada", "a guess");
  await page.getByRole("alert").filter({ hasText: "The name or the password is wrong." }).waitFor();
  await giveName(page, "ada");
  await page.getByRole("heading", { name: "Segments", level: 1 }).waitFor();
  assert.equal(page.url(), `${origin}/console/#/segments`, "the address holds what signed somebody in");
  await page.getByRole("banner").getByText("ada admin").waitFor();
  await page.getByRole("link", { name: "New segment" }).waitFor();
  await assertNothingIsKept(page);

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Token").waitFor();
  await page.getByRole("link", { name: "sign out there, too" }).click();
  await page.waitForURL(`${issuer}/**`);
  await page.getByRole("button", { name: "Yes, sign me out" }).click();
  await page.getByRole("heading", { name: "You are signed out" }).waitFor();

  await page.goto(`${origin}/console/`);
  await leaveForProvider(page);
  await page.getByLabel("Password").waitFor(); // asked again: whoever comes next is nobody yet
}

async function assertNothingIsKept(page) {
  const kept = await page.evaluate(() => [{ ...localStorage }, { ...sessionStorage }, document.cookie]);
  assert.deepEqual(kept, [{}, {}, ""], "the page keeps something");
}

async function cancel(world) {
  const page = await opened(world);
  await leaveForProvider(page);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("alert").filter({ hasText: "You did not sign in." }).waitFor();
  assert.equal(page.url(), `${origin}/console/`);
  await leaveForProvider(page);
}

/** Known there, and nobody here. */
async function haveNoRole(world) {
  const page = await opened(world);
  await leaveForProvider(page);
  await giveName(page, "bob");
  const told = page.getByRole("alert");
  await told.filter({ hasText: "You are signed in as bob, but without a role that may use the console" }).waitFor();
  assert.equal(await page.getByRole("navigation").count(), 0, "pages are offered");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in with your organisation" }).waitFor();
}

async function haveATokenForAnother(world) {
  const page = await opened(world);
  await leaveForProvider(page);
  await giveName(page, "eve");
  await page.getByRole("alert").filter({ hasText: /does not accept this token: .*wrong audience/ }).waitFor();
  assert.equal(await page.getByRole("navigation").count(), 0, "pages are offered");
}

await browsing(origin, "", async (world) => {
  for (const play of [signInAndOut, cancel, haveNoRole, haveATokenForAnother]) await play(world);
});
process.exit(0);
