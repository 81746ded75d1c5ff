import type { Config } from "@attune/client";
import { describe, expect, it } from "vitest";
import { inWords } from "./slots";

const CONFIG: Config = {
  revision: "r",
  theme: { mode: "DARK" },
  layout: { density: "COMPACT" },
  features: [
    { key: "export", visible: true, highlighted: true },
    { key: "api_keys", visible: false, highlighted: false },
    { key: "board", visible: true, highlighted: false },
  ],
  navigation: { order: ["reports", "board"], shortcuts: ["export"] },
  content: { difficulty: "ADVANCED", include: ["tips"], exclude: ["basics"] },
  recommendations: [{ feature: "automation", score: 1, reason: "because" }],
  parameters: { welcome_text: "Hello: you" },
  source: "DECIDED",
  decidedAt: "2026-11-26T08:00:00Z",
};

describe("a slot", () => {
  it.each([
    ["theme.mode", "dark colours"],
    ["layout.density", "compact layout"],
    ["navigation.order", "Reports first"],
    ["content.difficulty", "advanced texts"],
    ["feature:export", "Export highlighted"],
    ["feature:api_keys", "API keys hidden"],
    ["feature:board", "Board shown"],
    ["shortcut:export", "shortcut to Export"],
    ["shortcut:board", "no shortcut to Board"],
    ["content:tips", "first Tips"],
    ["content:basics", "without Basics"],
    ["content:advanced", "also Advanced"],
    ["recommendation:automation", "recommends Automation"],
    ["recommendation:export", "no longer recommends Export"],
    ["parameter:welcome_text", "welcome text: Hello: you"],
    ["something.new", "something.new"],
  ])("%s is told as %s", (slot, words) => {
    expect(inWords(slot, CONFIG)).toBe(words);
  });
});
