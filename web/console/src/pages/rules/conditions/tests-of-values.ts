/** How is a document of traits or attributes shown without JSON? As rows: a name, a comparison, a value. */

export const COMPARISONS = {
  is: "is",
  $ne: "is not",
  $in: "is one of",
  $nin: "is none of",
  $gt: "is more than",
  $gte: "is at least",
  $lt: "is less than",
  $lte: "is at most",
  $exists: "is there",
  $regex: "matches the pattern",
  $regexi: "matches, in any case, the pattern",
  $ini: "is, in any case, one of",
  $nini: "is, in any case, none of",
  $all: "holds all of",
  $alli: "holds, in any case, all of",
  $size: "has so many items",
  $type: "is of the type",
  $veq: "is the version",
  $vne: "is not the version",
  $vgt: "is a version after",
  $vgte: "is at least the version",
  $vlt: "is a version before",
  $vlte: "is at most the version",
} as const;

export type Comparison = keyof typeof COMPARISONS;
export type Value = string | number | boolean | null;
export type Row = Readonly<{ name: string; comparison: Comparison; value: Value | readonly Value[] }>;

const LISTS: readonly Comparison[] = ["$in", "$nin", "$ini", "$nini", "$all", "$alli"];

export const takesList = (comparison: Comparison) => LISTS.includes(comparison);

/** `null`: the document says more than rows can. */
export function rowsOf(document: unknown): Row[] | null {
  if (!isObject(document)) return null;
  const rows: Row[] = [];
  for (const [name, test] of Object.entries(document)) {
    if (name.startsWith("$")) return null;
    const read = isObject(test)
      ? Object.entries(test).map(([at, value]) => rowOf(name, at, value))
      : [plain(name, test)];
    for (const row of read) {
      if (!row) return null;
      rows.push(row);
    }
  }
  return rows;
}

/** Rows with the same name are joined; `null` where one document cannot say all of them. */
export function documentOf(rows: readonly Row[]): Record<string, unknown> | null {
  const document: Record<string, unknown> = {};
  for (const { name, comparison, value } of rows) {
    const known = document[name];
    if (comparison === "is" && !Array.isArray(value)) {
      if (known !== undefined) return null;
      document[name] = value;
    } else {
      if (known !== undefined && (!isObject(known) || comparison in known)) return null;
      document[name] = { ...(known as object | undefined), [comparison]: value };
    }
  }
  return document;
}

function rowOf(name: string, at: string, value: unknown): Row | null {
  const comparison = at === "$eq" ? null : (at as Comparison);
  if (comparison === null || !(comparison in COMPARISONS)) return null;
  const isRight = takesList(comparison) ? Array.isArray(value) && value.every(isValue) : isValue(value);
  return isRight ? { name, comparison, value: value as Value | Value[] } : null;
}

const plain = (name: string, value: unknown): Row | null => (isValue(value) ? { name, comparison: "is", value } : null);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isValue = (value: unknown): value is Value =>
  value === null || ["string", "number", "boolean"].includes(typeof value);

/** What somebody typed: a number if it reads like one, yes and no, or text. Quotes make anything text. */
export function valueTyped(typed: string): Value {
  const text = typed.trim();
  if (/^".*"$/s.test(text)) return text.slice(1, -1);
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  const word = WORDS.get(text.toLowerCase());
  return word === undefined ? text : word;
}

const WORDS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["yes", true],
  ["true", true],
  ["no", false],
  ["false", false],
  ["nothing", null],
]);

export function typedAs(value: Value): string {
  if (value === null) return "nothing";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" && valueTyped(value) !== value ? `"${value}"` : String(value);
}
