// How much does the first page of the console weigh, and when can it be used? And is every page accessible to all?
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const MOST_BYTES = 300_000;
const PAGES = ["overview", "people", "rules", "rules/new", "rules/exchange", "segments", "segments/new", "experiments", "catalogue", "models", "audit-log"];

export default async function firstLoad(world) {
  await weigh(world);
  const violations = [];
  for (const colorScheme of ["light", "dark"]) {
    const options = { colorScheme, bypassCSP: true };
    const page = await world.console("/overview", options);
    for (const location of PAGES) {
      await page.evaluate((where) => location.assign(`#/${where}`), location);
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      await page.getByText(/^Loading /).first().waitFor({ state: "detached" });
      violations.push(...(await found(page, `${colorScheme} ${location}`)));
    }
    const { page: theirs } = await world.demo(await world.window(options));
    violations.push(...(await found(theirs, `${colorScheme} demo`)));
  }
  assert.deepEqual(violations, []);
}

async function weigh(world) {
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

async function found(page, where) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${where}: ${id} ${nodes.slice(0, 2).map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}
