import { describe, expect, it } from "vitest";
import { changedTo, FRESH, KINDS, kindOf, made } from "./kinds";

describe("a condition", () => {
  it("is known by its only member", () => {
    for (const kind of KINDS) expect(kindOf(made(kind, FRESH[kind]))).toBe(kind);
  });

  it("keeps what is grouped when the group changes", () => {
    const mobile = made("device", ["MOBILE"]);
    const both = made("all", [mobile, { always: true }]);
    expect(changedTo("any", both)).toEqual({ any: [mobile, { always: true }] });
    expect(changedTo("not", mobile)).toEqual({ not: mobile });
    expect(changedTo("all", { not: mobile })).toEqual({ all: [mobile] });
    expect(changedTo("not", both)).toEqual({ not: both });
  });
});
