/** Between which amounts? */
import { Choice, NumberEntry } from "@attune/interface/fields";
import type { RangeInput } from "../../../generated/graphql";

const LOWER = [
  { value: "gte", name: "at least" },
  { value: "gt", name: "more than" },
  { value: "eq", name: "exactly" },
  { value: "", name: "any" },
] as const;
const UPPER = [
  { value: "", name: "without end" },
  { value: "lte", name: "at most" },
  { value: "lt", name: "less than" },
] as const;

const LOWERS = ["eq", "gt", "gte"] as const;
const UPPERS = ["lt", "lte"] as const;

type Lower = (typeof LOWER)[number]["value"];
type Upper = (typeof UPPER)[number]["value"];

export function RangeFields({ value, change }: { value: RangeInput; change: (range: RangeInput) => void }) {
  const lower = LOWERS.find((bound) => isSet(value[bound])) ?? "";
  const upper = UPPERS.find((bound) => isSet(value[bound])) ?? "";
  const low = lower ? (value[lower] ?? 0) : 0;
  const high = upper ? (value[upper] ?? 0) : low;
  const say = (from: Lower, least: number, to: Upper, most: number) =>
    change({ ...(from && { [from]: least }), ...(to && from !== "eq" && { [to]: most }) });
  return (
    <div className="row range">
      <Choice label="From" value={lower} options={LOWER} change={(from) => say(from, low, upper, high)} />
      {lower && <NumberEntry label="Amount" value={low} change={(least) => say(lower, least ?? 0, upper, high)} />}
      {lower !== "eq" && (
        <>
          <Choice label="To" value={upper} options={UPPER} change={(to) => say(lower, low, to, high)} />
          {upper && <NumberEntry label="Amount" value={high} change={(most) => say(lower, low, upper, most ?? 0)} />}
        </>
      )}
    </div>
  );
}

const isSet = (amount: number | null | undefined) => amount !== null && amount !== undefined;
