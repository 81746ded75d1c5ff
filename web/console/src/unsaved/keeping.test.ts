// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";
import { forgetAll, isAnythingKept, keep, kept, nameOf, putOnTop } from "./keeping";

const draft = { base: { name: "Dark" }, revision: 3, draft: { name: "Darker" } };

afterEach(() => {
  vi.restoreAllMocks();
  sessionStorage.clear();
});

test("what was kept is found again, by whoever wrote it", () => {
  keep(nameOf("ada", "rule"), draft);
  expect(kept(nameOf("ada", "rule"))).toEqual(draft);
  expect(kept(nameOf("bob", "rule"))).toBeNull();
});

test("what was saved or discarded is kept no longer", () => {
  keep(nameOf("ada", "rule"), draft);
  keep(nameOf("ada", "rule"), null);
  expect(isAnythingKept()).toBe(false);
});

test("only what was written here is forgotten", () => {
  sessionStorage.setItem("another", "value");
  keep(nameOf("ada", "rule"), draft);
  forgetAll();
  expect({ ...sessionStorage }).toEqual({ another: "value" });
});

test("both changes of different members stand, and of the same one mine", () => {
  const base = { name: "Dark", priority: 1, places: ["login"], coverage: 1 };
  const mine = { ...base, name: "Mine", places: ["login", "mobile"] };
  const theirs = { ...base, name: "Theirs", priority: 9 };
  expect(putOnTop(base, mine, theirs)).toEqual({ name: "Mine", priority: 9, places: ["login", "mobile"], coverage: 1 });
});

test("where I changed nothing everything is theirs", () => {
  const mine = { name: "Dark", condition: { always: false } };
  const theirs = { name: "Theirs", condition: { always: true } };
  expect(putOnTop(mine, mine, theirs)).toEqual(theirs);
});

test("where nothing can be stored, nothing is kept and nothing breaks", () => {
  for (const method of ["getItem", "setItem", "removeItem"] as const) {
    vi.spyOn(Storage.prototype, method).mockImplementation(() => {
      throw new DOMException("no room", "QuotaExceededError");
    });
  }
  keep(nameOf("ada", "rule"), draft);
  keep(nameOf("ada", "rule"), null);
  forgetAll();
  expect(kept(nameOf("ada", "rule"))).toBeNull();
  expect(isAnythingKept()).toBe(false);
});

test("what is no draft is none", () => {
  sessionStorage.setItem(nameOf("ada", "rule"), "{");
  expect(kept(nameOf("ada", "rule"))).toBeNull();
});
