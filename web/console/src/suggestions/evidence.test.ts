import { describe, expect, it } from "vitest";
import { factsOf } from "./evidence";

describe("what was measured", () => {
  it("is told by name, members of members after both", () => {
    expect(factsOf({ users: 12000, lift: { relative: 0.12345, interval: [0.01, 0.2] }, isSure: true })).toEqual([
      { name: "users", value: "12,000" },
      { name: "lift relative", value: "0.123" },
      { name: "lift interval", value: "0.01 to 0.2" },
      { name: "is sure", value: "yes" },
    ]);
  });

  it.each([null, undefined, {}, { nothing: null }])("is nothing where nothing was: %j", (evidence) =>
    expect(factsOf(evidence)).toEqual([]),
  );
});
