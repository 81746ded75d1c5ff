// Can everybody use what a page shows now? What axe finds that is serious or critical, and whether the page is too wide.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FAILING = ["serious", "critical"];
export const WIDE = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 800 };

/** In words, each beginning with `where`. */
export async function problemsOf(page, where) {
  return [...(await violationsOf(page, where)), ...(await overflowOf(page, where))];
}

async function violationsOf(page, where) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => FAILING.includes(impact))
    .map(({ id, nodes }) => `${where}: ${id} ${nodes.slice(0, 2).map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

/** Only what stands in a frame that scrolls may be wider than the window. */
async function overflowOf(page, where) {
  const { wide, window } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, window: innerWidth }));
  return wide > window ? [`${where}: ${wide} pixels wide in a window of ${window}`] : [];
}
