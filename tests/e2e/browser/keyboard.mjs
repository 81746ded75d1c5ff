// What does somebody do who has nothing but a keyboard? They press keys, see after each of them where they are, and hear
// what changes elsewhere on the page.
import assert from "node:assert/strict";
import { senses } from "./senses.mjs";

const MOST_PRESSES = 150;

/** Whoever sits at a new `page` with only a keyboard; every key they press is followed by a look at what is focused. */
export async function keyboardAt(page) {
  await page.addInitScript(senses);
  const { keyboard } = page;
  const picture = process.env.PICTURES && picturing(page, process.env.PICTURES);
  let before = null;

  /** Fails if the focus is lost, out of sight, covered, or not to be told from what has none. */
  async function look(after) {
    const sight = await page.evaluate((earlier) => globalThis.senses.look(earlier), before);
    assert.deepEqual(sight.problems, [], `after ${after}, at ${sight.what}`);
    before = sight.number;
    await picture?.(after);
    return sight;
  }

  const isAt = (place) => place.evaluate((one) => one === document.activeElement || globalThis.senses.shows(one));

  /** `place`: where the focus will be then, not yet at once. */
  async function press(key, place) {
    await keyboard.press(key);
    return place ? at(place) : look(key);
  }

  /** Waits until the focus is at `place`, which nobody moves there. */
  async function at(place) {
    const element = await place.elementHandle();
    await page.waitForFunction((one) => one === document.activeElement || globalThis.senses.shows(one), element);
    return look(`waiting for ${place}`);
  }

  /** Presses `key` until `place` has the focus. */
  async function go(key, place) {
    await place.waitFor({ state: "attached" });
    for (let presses = 0; presses < MOST_PRESSES; presses += 1) {
      if (await isAt(place)) return;
      await press(key);
    }
    assert.fail(`${key} never leads to ${place}`);
  }

  const hands = {
    page,
    press,
    look,
    at,
    to: (place) => go("Tab", place),
    back: (place) => go("Shift+Tab", place),
    along: go,
    async type(text) {
      await keyboard.type(text);
      await look(`typing ${text.slice(0, 20)}`);
    },
    /** Over what stands in the field already. */
    async over(text) {
      await keyboard.press("ControlOrMeta+A");
      await hands.type(text);
    },
    async fill(place, text) {
      await hands.to(place);
      await hands.over(text);
    },
    /** The arrows pass over every option between: each of them is chosen for a moment. */
    async choose(place, option) {
      await hands.to(place);
      const { options, chosen } = await place.evaluate(({ options, selectedIndex }) => ({ options: [...options].map(({ label }) => label), chosen: selectedIndex }));
      const wanted = options.indexOf(option);
      assert.notEqual(wanted, -1, `${option} is none of ${options}`);
      const key = wanted > chosen ? "ArrowDown" : "ArrowUp";
      for (let left = Math.abs(wanted - chosen); left > 0; left -= 1) await press(key);
      assert.equal(await place.evaluate(({ selectedOptions }) => selectedOptions[0].label), option);
    },
    async tick(place) {
      await hands.to(place);
      await press("Space");
      await place.and(page.locator(":checked")).waitFor({ state: "attached" });
    },
    /** `next`: where that leads to. */
    async use(place, next) {
      await hands.to(place);
      await press("Enter", next);
    },
    /** Every place from here to the end of the page, or with Shift+Tab to its beginning. */
    async through(key = "Tab") {
      for (let presses = 0; presses < MOST_PRESSES; presses += 1) {
        await keyboard.press(key);
        if (await page.evaluate(() => document.activeElement === document.body)) return;
        await look(key);
      }
      assert.fail("the page never ends");
    },
    /** The page has come, its heading has the focus, and the window is called after it. */
    async arrives(heading, section = heading) {
      await hands.at(page.getByRole("heading", { level: 1, name: heading, exact: true }));
      assert.equal(await page.title(), [...new Set([heading, section, "Attune"])].join(" · "));
    },
    /** Something like `words` was or is said by a region that was there before. */
    async hears(words) {
      await page.waitForFunction((source) => globalThis.senses.heard(new RegExp(source)), words.source);
    },
  };
  return hands;
}

/** Each place that is focused, once, in light and in dark: for whoever wants to look at them. */
function picturing(page, folder) {
  const seen = new Set();
  return async () => {
    const name = await page.evaluate(() => globalThis.senses.name());
    if (seen.has(name)) return;
    seen.add(name);
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${folder}/${String(seen.size).padStart(3, "0")}-${name}-${colorScheme}.png` });
    }
  };
}
