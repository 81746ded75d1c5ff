import { describe, expect, it } from "vitest";
import { documentOf, rowsOf, typedAs, valueTyped } from "./tests-of-values";

describe("tests of values", () => {
  it("are rows and documents alike", () => {
    const document = { plan: "pro", seats: { $gte: 5, $lt: 50 }, "address.city": { $in: ["Vienna", "Graz"] } };
    const rows = rowsOf(document);
    expect(rows).toEqual([
      { name: "plan", comparison: "is", value: "pro" },
      { name: "seats", comparison: "$gte", value: 5 },
      { name: "seats", comparison: "$lt", value: 50 },
      { name: "address.city", comparison: "$in", value: ["Vienna", "Graz"] },
    ]);
    expect(documentOf(rows ?? [])).toEqual(document);
  });

  it.each([{ $or: [] }, { a: { $elemMatch: { b: 1 } } }, { a: [1] }, { a: { $in: "b" } }, "text", null])(
    "leave alone what rows cannot say: %j",
    (document) => expect(rowsOf(document)).toBeNull(),
  );

  it("cannot say two different things of one name at once", () => {
    const twice = [
      { name: "plan", comparison: "is", value: "pro" },
      { name: "plan", comparison: "is", value: "free" },
    ] as const;
    expect(documentOf(twice)).toBeNull();
  });

  it.each(["pro", "5", "5.5", "-1", "yes", "no", "nothing", '"5"', "007x", ""])(
    "read back what was typed: %j",
    (typed) => {
      expect(typedAs(valueTyped(typed))).toBe(typed);
    },
  );

  it.each(["5", "yes", "NO", "nothing"])("keep text that looks like something else: %j", (text) => {
    expect(valueTyped(typedAs(text))).toBe(text);
  });
});
