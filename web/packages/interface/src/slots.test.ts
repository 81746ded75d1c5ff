import { expect, test } from "vitest";
import { slotName } from "./slots";

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
