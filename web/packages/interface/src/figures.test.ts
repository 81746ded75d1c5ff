import { describe, expect, it } from "vitest";
import {
  amount,
  chance,
  change,
  difference,
  inLowerCase,
  instant,
  measured,
  milliseconds,
  plain,
  points,
  pValue,
  rate,
  second,
  share,
  surely,
  timeOfDay,
  whole,
  written,
} from "./figures";

const EARLY = new Date(2026, 10, 6, 0, 5, 9);

describe("figures", () => {
  it.each([
    [whole, 1234567, "1,234,567"],
    [share, 0, "0%"],
    [share, 0.0004, "under 0.1%"],
    [share, 0.001, "0.1%"],
    [share, 0.05, "5.0%"],
    [share, 0.1234, "12.3%"],
    [share, 0.999, "99.9%"],
    [share, 0.99999, "over 99.9%"],
    [share, 1, "100%"],
    [chance, 0, "under 1%"],
    [chance, 0.0099, "under 1%"],
    [chance, 0.01, "1%"],
    [chance, 0.634, "63%"],
    [chance, 0.99, "99%"],
    [chance, 1, "over 99%"],
    [surely, 1, "100%"],
    [surely, 0.995, "over 99%"],
    [change, 0.12345, "+12.3%"],
    [change, -0.02, "-2.0%"],
    [change, 0, "0.0%"],
    [points, 0.034, "+3.4 points"],
    [points, -0.1, "-10.0 points"],
    [amount, 1234.5, "1,234.50"],
    [amount, 0, "0.00"],
    [amount, 0.1, "0.10"],
    [amount, 0.00345, "0.0035"],
    [difference, 1.2, "+1.20"],
    [difference, -0.0123, "-0.012"],
    [pValue, 0.5, "0.50"],
    [pValue, 0.0345, "0.035"],
    [pValue, 0.0000012, "<0.0001"],
    [measured, 0.12345, "0.123"],
    [measured, 12, "12"],
    [measured, 12345, "12,345"],
    [rate, 3, "3.0"],
    [rate, 1234.56, "1,234.6"],
    [milliseconds, 0.4231, "0.42 ms"],
  ] as const)("are written one way: %o of %d is %s", (write, figure, text) => expect(write(figure)).toBe(text));

  it("are a dash where there are none", () => {
    expect(written(share, null)).toBe("–");
    expect(written(share, undefined)).toBe("–");
    expect(written(share, 0)).toBe("0%");
  });
});

describe("instants", () => {
  it("are written with 24 hours", () => {
    expect(instant(EARLY)).toBe("Nov 6, 2026, 00:05");
    expect(second(EARLY.toISOString())).toBe("Nov 6, 2026, 00:05:09");
    expect(timeOfDay(EARLY)).toBe("00:05:09");
  });
});

describe("names of an enumeration", () => {
  it("are words", () => expect(inLowerCase("VARIATION_WINS")).toBe("variation wins"));
});

it.each([
  ["Welcome back", "Welcome back"],
  [true, "true"],
  [12.5, "12.5"],
  [null, "null"],
  [{ steps: ["one", 2] }, '{"steps":["one",2]}'],
])("%j is plainly %s", (value, text) => expect(plain(value)).toBe(text));
