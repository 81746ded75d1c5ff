import { describe, expect, it } from "vitest";
import { byEnd, lastDays } from "./periods";

describe("the last days", () => {
  it("are whole, and today is one of them", () => {
    const afternoon = Date.UTC(2026, 2, 10, 15, 30);
    expect(lastDays(7, afternoon)).toEqual({ from: "2026-03-04T00:00:00.000Z", until: "2026-03-11T00:00:00.000Z" });
  });
});

describe("days", () => {
  const days = [9, 10].map((date) => ({ day: new Date(Date.UTC(2026, 2, date)) }));
  const [yesterday, today] = days;

  it("are told from the one that is not over", () =>
    expect(byEnd(days, Date.UTC(2026, 2, 10, 23, 59))).toEqual({ over: [yesterday], soFar: [today] }));

  it("are over at midnight", () => expect(byEnd(days, Date.UTC(2026, 2, 11))).toEqual({ over: days, soFar: [] }));
});
