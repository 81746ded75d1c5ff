import { describe, expect, it } from "vitest";
import { keyFor, renamed } from "./keys";

describe("a key", () => {
  it.each([
    ["More room, on phones", "more_room_on_phones"],
    ["  Été à Zürich! ", "ete_a_zurich"],
    ["50 % off", "50_off"],
    ["北京", ""],
    ["", ""],
  ])("for %j is %j", (name, key) => expect(keyFor(name)).toBe(key));

  it.each([`${"x".repeat(63)} y`, "a b".repeat(40), "___", "Ünïcödé ".repeat(20)])(
    "for %j is one the engine takes, or none",
    (name) => {
      expect(keyFor(name)).toMatch(/^([a-z0-9][a-z0-9_]{0,63})?$/);
      expect(keyFor(name)).not.toMatch(/_$/);
    },
  );

  it("follows the name until somebody writes another one", () => {
    const typed = [..."Dark mode"].reduce((named, letter) => renamed(named, named.name + letter), {
      name: "",
      key: "",
    });
    expect(typed).toEqual({ name: "Dark mode", key: "dark_mode" });
    expect(renamed({ name: "Dark mode", key: "dark" }, "Darker")).toEqual({ name: "Darker", key: "dark" });
  });
});
