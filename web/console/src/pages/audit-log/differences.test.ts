import { describe, expect, it } from "vitest";
import { differences } from "./differences";

describe("differences", () => {
  it("are told by the way to each value", () => {
    const before = { name: "Dark", priority: 1, condition: { device: ["MOBILE"] }, places: ["a"] };
    const after = { name: "Dark", priority: 2, condition: { device: ["MOBILE", "TABLET"] }, places: [] };
    expect(differences(before, after)).toEqual([
      { path: "priority", before: "1", after: "2" },
      { path: "condition › device › 2", before: "", after: "TABLET" },
      { path: "places › 1", before: "a", after: "" },
    ]);
  });

  it("of what is new or gone are all its values", () => {
    expect(differences(null, { key: "a" })).toEqual([{ path: "key", before: "", after: "a" }]);
    expect(differences({ key: "a" }, null)).toEqual([{ path: "key", before: "a", after: "" }]);
  });

  it.each([null, 1, "text", [], {}, { a: [{ b: 1 }] }])("of a thing and itself there are none: %j", (value) =>
    expect(differences(value, structuredClone(value))).toEqual([]),
  );
});
