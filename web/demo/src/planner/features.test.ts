import type { Config } from "@attune/client";
import { describe, expect, it } from "vitest";
import { isHighlighted, isWithinReach, nameOf, shownPages } from "./features";

const feature = (key: string, visible = true, highlighted = false) => ({ key, visible, highlighted });

const config = (features: Config["features"], order: string[] = []) =>
  ({ features, navigation: { order, shortcuts: [] } }) as unknown as Config;

describe("what can be gone to", () => {
  const some = config([feature("board"), feature("reports", false), feature("export")], ["team", "nowhere", "board"]);

  it("is in the order of the config, then what it does not name, without what is hidden", () => {
    expect(shownPages(some)).toEqual(["team", "board", "dashboard", "settings"]);
  });

  it("is nothing on a page that is hidden, nothing hidden, and nothing that the planner does not have", () => {
    expect(["board", "team", "reports", "export", "nowhere"].filter((key) => isWithinReach(some, key))).toEqual([
      "board",
      "team",
    ]);
  });
});

describe("what is highlighted", () => {
  const some = config([feature("board", true, true), feature("export", true, true), feature("tour", false, true)]);

  it("is a page, or the page it is on while that is not the one before one's eyes", () => {
    expect(isHighlighted(some, "board", "board")).toBe(true);
    expect(isHighlighted(some, "reports", "board")).toBe(true);
    expect(isHighlighted(some, "reports", "reports")).toBe(false);
  });

  it("is nothing that cannot be seen", () => {
    expect(isHighlighted(some, "dashboard", "board")).toBe(false);
  });
});

describe("a name", () => {
  it("is what people call it, or the key of what the planner does not have", () => {
    expect(["api_keys", "team", "timeline"].map(nameOf)).toEqual(["API keys", "Team", "timeline"]);
  });
});
