import { describe, expect, it } from "vitest";
import { shownTips, TIPS } from "./tips";

const keys = (content: Parameters<typeof shownTips>[1]) => shownTips(TIPS, content).map((tip) => tip.key);

describe("what there is to read", () => {
  it("is never harder than the config asks for", () => {
    expect(keys({ difficulty: "BEGINNER", include: [], exclude: [] })).toEqual(["first-task", "three-columns"]);
  });

  it("leaves out excluded tags and begins with included ones", () => {
    const shown = keys({ difficulty: "ADVANCED", include: ["tips"], exclude: ["basics"] });
    expect(shown).toEqual(["weekly-report", "less-in-progress", "flow", "api"]);
  });
});
