import { describe, expect, it } from "vitest";
import { type Counted, isQuiet, kept, ratesOf } from "./rates";

const counted = (at: number, configsServed: number): Counted => ({ at, configsServed, interactions: 0, pushes: 0 });

describe("rates", () => {
  it("are what was counted in the ten seconds before, per second", () => {
    const rates = ratesOf([counted(0, 100), counted(2_000, 150), counted(12_000, 350), counted(20_000, 350)]);
    expect(rates.map(({ configs }) => configs)).toEqual([25, 20, 200 / 18]);
  });

  it("are never negative, and unknown where no time passed", () => {
    expect(ratesOf([counted(0, 100), counted(0, 150)])).toEqual([]);
    expect(ratesOf([counted(0, 100), counted(1_000, 10)])[0]?.configs).toBe(0);
  });

  it("of one count alone are unknown", () => expect(ratesOf([counted(0, 5)])).toEqual([]));

  it("are of the latest counts", () => {
    const many = Array.from({ length: 500 }, (_, at) => counted(at, at)).reduce<readonly Counted[]>(kept, []);
    expect(many.length).toBeLessThan(200);
    expect(many.at(-1)?.at).toBe(499);
  });
});

describe("a silence", () => {
  it("begins some seconds after the last count", () => {
    expect(isQuiet(counted(0, 0), 1_000)).toBe(false);
    expect(isQuiet(counted(0, 0), 16_000)).toBe(true);
    expect(isQuiet(undefined, 0)).toBe(true);
  });
});
