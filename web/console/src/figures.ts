/** How are figures and instants written? */

export const WHOLE = new Intl.NumberFormat("en");
export const SHARE = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
export const CHANGE = new Intl.NumberFormat("en", {
  style: "percent",
  maximumFractionDigits: 1,
  signDisplay: "exceptZero",
});
export const AMOUNT = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
export const MILLISECONDS = new Intl.NumberFormat("en", {
  style: "unit",
  unit: "millisecond",
  maximumFractionDigits: 2,
});
export const INSTANT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** `VARIATION_WINS` is written "variation wins". */
export const inLowerCase = (name: string): string => name.toLowerCase().replaceAll("_", " ");

/** What is absent is written as a dash, not as 0. */
export const written = (format: Intl.NumberFormat, figure: number | null | undefined): string =>
  figure === null || figure === undefined ? "–" : format.format(figure);
