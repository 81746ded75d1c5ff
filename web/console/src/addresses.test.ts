import { expect, test } from "vitest";
import { partOf } from "./addresses";

test("whatever a user is called, the address of their page names them", () => {
  for (const id of ["ada", "a/b?c#d%20e", "100%", "per cent%zz", "..", "日本語", "مستخدم", "🦊", "a%2Fb"]) {
    expect(partOf(`/people/${encodeURIComponent(id)}`, 1)).toBe(id);
  }
});

test("an address that nobody encoded names what is written there", () => {
  expect(partOf("/people/%E0%A4%A", 1)).toBe("%E0%A4%A");
  expect(partOf("/people", 1)).toBe("");
});
