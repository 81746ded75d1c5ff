// How much does the first page of the console weigh, and when can it be used?
import assert from "node:assert/strict";

const MOST_BYTES = 300_000;

export default async function firstLoad(world) {
  const page = await world.page(await world.window());
  const begun = performance.now();
  await page.goto(`${world.origin}/console/`);
  await page.getByLabel("Token").fill(world.adminToken);
  const usable = performance.now() - begun;
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
  await page.getByText(/^Loading /).first().waitFor({ state: "detached" });
  const loaded = await page.evaluate(() =>
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      .filter(({ name }) => /\/console\/($|#|assets|.*\.svg)/.test(name))
      .map(({ name, encodedBodySize, decodedBodySize }) => ({ name, encodedBodySize, decodedBodySize })),
  );
  const bytes = loaded.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  console.log(`sign-in form usable after ${Math.round(usable)} ms; first load ${bytes} bytes of ${loaded.length} files`);
  assert.ok(loaded.length > 2 && bytes < MOST_BYTES, `the first load is ${bytes} bytes: ${JSON.stringify(loaded)}`);
}
