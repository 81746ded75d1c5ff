/** How is what was measured shown, whatever it is? As names and values: its members differ by the kind of suggestion. */
import { measured } from "@attune/interface/figures";

export type Fact = Readonly<{ name: string; value: string }>;

/** Members of members are named after both: `estimate relative`. */
export function factsOf(evidence: unknown, within = ""): Fact[] {
  if (evidence === null || evidence === undefined) return [];
  if (!isObject(evidence)) return [{ name: within, value: inText(evidence) }];
  return Object.entries(evidence).flatMap(([name, value]) =>
    factsOf(value, within ? `${within} ${inWords(name)}` : inWords(name)),
  );
}

/** `chanceToWin` is "chance to win". */
const inWords = (name: string) =>
  name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replaceAll("_", " ");

function inText(value: unknown): string {
  if (typeof value === "number") return measured(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map((one) => (isObject(one) ? JSON.stringify(one) : inText(one))).join(" to ");
  return String(value);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
