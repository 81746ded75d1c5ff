/**
 * How are figures and instants written? One way everywhere:
 *
 * - What is counted is grouped: 12,345.
 * - A share of what was counted has one decimal, and is 0% or 100% only if it is none or all.
 * - A chance, which a model or a test estimates, is whole: its decimals would be noise. It is never certain.
 * - A change has a sign and one decimal; a difference of shares is told in points.
 * - An amount, of value or per user, has two decimals; below 0.1 two digits, lest it read as nothing.
 * - A p-value has two digits. What a model is measured by has three.
 * - Instants are those of the reader's time zone, with 24 hours.
 */

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHARE = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const ALL = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 0 });
const CHANGE = new Intl.NumberFormat("en", {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  signDisplay: "exceptZero",
});
const POINTS = new Intl.NumberFormat("en", {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  signDisplay: "exceptZero",
});
const RATE = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const TWO_DECIMALS = { minimumFractionDigits: 2, maximumFractionDigits: 2 } as const;
const TWO_DIGITS = { minimumSignificantDigits: 2, maximumSignificantDigits: 2 } as const;
const AMOUNT = new Intl.NumberFormat("en", TWO_DECIMALS);
const SMALL_AMOUNT = new Intl.NumberFormat("en", TWO_DIGITS);
const DIFFERENCE = new Intl.NumberFormat("en", { ...TWO_DECIMALS, signDisplay: "exceptZero" });
const SMALL_DIFFERENCE = new Intl.NumberFormat("en", { ...TWO_DIGITS, signDisplay: "exceptZero" });
const THREE_DIGITS = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const MILLISECONDS = new Intl.NumberFormat("en", { style: "unit", unit: "millisecond", maximumFractionDigits: 2 });
const INSTANT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const SECOND = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
const TIME_OF_DAY = new Intl.DateTimeFormat("en", { timeStyle: "medium", hourCycle: "h23" });

const SMALL = 0.1;
const LEAST_P = 0.0001;

export const whole = (count: number): string => WHOLE.format(count);

export function share(part: number): string {
  if (part === 0 || part === 1) return ALL.format(part);
  if (part > 0 && part < 0.001) return "under 0.1%";
  return part > 0.999 && part < 1 ? "over 99.9%" : SHARE.format(part);
}

export function chance(probability: number): string {
  if (probability < 0.01) return "under 1%";
  return probability > 0.99 ? "over 99%" : ALL.format(probability);
}

/** How surely somebody is in a segment: a condition knows, a model estimates. */
export const surely = (confidence: number): string => (confidence === 1 ? share(confidence) : chance(confidence));

export const change = (relative: number): string => CHANGE.format(relative);

export const points = (difference: number): string => `${POINTS.format(difference * 100)} points`;

const isSmall = (figure: number): boolean => figure !== 0 && Math.abs(figure) < SMALL;

export const amount = (figure: number): string => (isSmall(figure) ? SMALL_AMOUNT : AMOUNT).format(figure);

export const difference = (figure: number): string => (isSmall(figure) ? SMALL_DIFFERENCE : DIFFERENCE).format(figure);

export const pValue = (p: number): string => (p < LEAST_P ? `<${LEAST_P}` : SMALL_AMOUNT.format(p));

/** What has no unit that is known here, as a model's loss or a suggestion's evidence. From 100 on it is whole. */
export const measured = (figure: number): string => (Math.abs(figure) < 100 ? THREE_DIGITS : WHOLE).format(figure);

export const rate = (perSecond: number): string => RATE.format(perSecond);

export const milliseconds = (duration: number): string => MILLISECONDS.format(duration);

export const instant = (at: string | Date): string => INSTANT.format(new Date(at));

/** Where things follow each other within a minute. */
export const second = (at: string | Date): string => SECOND.format(new Date(at));

/** Of what happened since the page was opened. */
export const timeOfDay = (at: Date): string => TIME_OF_DAY.format(at);

/** `VARIATION_WINS` is written "variation wins". */
export const inLowerCase = (name: string): string => name.toLowerCase().replaceAll("_", " ");

/** A value of JSON; a text without its quotation marks. */
export const plain = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** What is absent is written as a dash, not as 0. */
export const written = (write: (figure: number) => string, figure: number | null | undefined): string =>
  figure === null || figure === undefined ? "–" : write(figure);
