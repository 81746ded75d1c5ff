import { expect, test } from "vitest";
import { slotName, slotsOf } from "./slots";

const called = (kind: string) => (key: string) => `the ${kind} ${key}`;
const NAMES = {
  features: called("feature"),
  targets: called("target"),
  tags: called("tag"),
  parameters: called("parameter"),
};

test.each([
  ["theme.mode", "Theme"],
  ["layout.density", "Density"],
  ["navigation.order", "Order of the navigation"],
  ["content.difficulty", "Difficulty"],
  ["feature:api_keys", "Feature the feature api_keys"],
  ["shortcut:board", "Shortcut to the target board"],
  ["content:advanced", "Content: the tag advanced"],
  ["recommendation:export", "Recommendation of the feature export"],
  ["parameter:welcome:text", "Parameter the parameter welcome:text"],
])("%s is called %s", (slot, name) => expect(slotName(slot, NAMES)).toBe(name));

test("what a newer engine decides is called as it is written", () => {
  expect(slotName("sound.volume", NAMES)).toBe("sound.volume");
  expect(slotName("sound:bell", NAMES)).toBe("sound:bell");
});

test("there is a slot for every key, and each has a name of its own", () => {
  const slots = slotsOf({ features: ["export", "tour"], targets: ["board"], tags: [], parameters: ["welcome_text"] });
  expect(slots.slice(4)).toEqual([
    "feature:export",
    "feature:tour",
    "shortcut:board",
    "recommendation:export",
    "recommendation:tour",
    "parameter:welcome_text",
  ]);
  const names = slots.map((slot) => slotName(slot, NAMES));
  expect(new Set(names).size).toBe(slots.length);
  expect(names.filter((name) => slots.includes(name))).toEqual([]);
});
