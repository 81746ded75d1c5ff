import { describe, expect, it } from "vitest";
import { lastDays } from "./periods";

describe("the last days", () => {
  it("are whole, and today is one of them", () => {
    const afternoon = Date.UTC(2026, 2, 10, 15, 30);
    expect(lastDays(7, afternoon)).toEqual({ from: "2026-03-04T00:00:00.000Z", until: "2026-03-11T00:00:00.000Z" });
  });
});
