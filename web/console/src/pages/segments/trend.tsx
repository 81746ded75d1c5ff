/** How did a figure of segments move, day by day? */
import { Chart } from "@attune/interface/chart";
import { Choice } from "@attune/interface/fields";
import * as Plot from "@observablehq/plot";
import { useMemo, useState } from "react";
import { byEnd } from "../../periods";
import type { Compared } from "./compared";

const MEASURES = [
  { value: "users", name: "Users in it" },
  { value: "activeUsers", name: "Active users" },
  { value: "conversions", name: "Conversions" },
] as const;

type Measure = (typeof MEASURES)[number]["value"];

export function Trend({ of }: { of: readonly Compared[] }) {
  const [measure, setMeasure] = useState<Measure>("users");
  const name = MEASURES.find(({ value }) => value === measure)?.name ?? "";
  const options = useMemo(() => {
    const { over, soFar } = byEnd(of.flatMap((segment) => pointsOf(segment, measure)));
    const color = of.length > 1 ? "segment" : "var(--accent)";
    return {
      height: 240,
      marginLeft: 48,
      color: { legend: of.length > 1, scheme: "observable10" as const, domain: of.map((segment) => segment.name) },
      x: { label: null },
      y: { label: null, grid: true, zero: true, nice: true },
      marks: [
        Plot.ruleY([0], { stroke: "var(--line)" }),
        Plot.lineY(over, { x: "day", y: "count", stroke: color, strokeWidth: 2 }),
        Plot.dot(soFar, { x: "day", y: "count", stroke: color, strokeWidth: 2 }),
      ],
    };
  }, [of, measure]);
  return (
    <>
      <div className="row">
        <Choice label="Day by day" value={measure} options={MEASURES} change={setMeasure} />
      </div>
      <Chart label={`${name} by day`} options={options} />
      <p className="soft">The ring is today so far.</p>
    </>
  );
}

/** From the first day on which somebody was in it. */
function pointsOf({ name, analysis: { series } }: Compared, measure: Measure) {
  const first = series.findIndex(({ users }) => users > 0);
  return series
    .slice(Math.max(first, 0))
    .map((day) => ({ day: new Date(day.day), count: day[measure], segment: name }));
}
