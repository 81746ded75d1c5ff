/** What happened day by day? */
import { Empty } from "@attune/interface";
import { Chart } from "@attune/interface/chart";
import { Choice } from "@attune/interface/fields";
import * as Plot from "@observablehq/plot";
import { useMemo, useState } from "react";
import { type FragmentType, graphql, readFragment } from "../../generated";
import { byEnd } from "../../periods";

const DAILY = graphql(`
  fragment DailyFigures on Analytics {
    series {
      day
      activeUsers
      interactions
      conversions
    }
  }
`);

const MEASURES = [
  { value: "activeUsers", name: "Active users" },
  { value: "interactions", name: "Interactions" },
  { value: "conversions", name: "Conversions" },
] as const;

export function Daily({ of }: { of: FragmentType<typeof DAILY> }) {
  const { series } = readFragment(DAILY, of);
  const [measure, setMeasure] = useState<(typeof MEASURES)[number]["value"]>("activeUsers");
  const name = MEASURES.find(({ value }) => value === measure)?.name ?? "";
  const options = useMemo(() => {
    const { over, soFar } = byEnd(series.map((day) => ({ day: new Date(day.day), count: day[measure] })));
    return {
      height: 220,
      marginLeft: 48,
      x: { label: null },
      y: { label: null, grid: true, zero: true, nice: true },
      marks: [
        Plot.areaY(over, { x: "day", y: "count", fill: "var(--accent-soft)" }),
        Plot.lineY(over, { x: "day", y: "count", stroke: "var(--accent)", strokeWidth: 2 }),
        Plot.dot(soFar, { x: "day", y: "count", stroke: "var(--accent)", strokeWidth: 2, fill: "var(--paper)" }),
        Plot.text(soFar, {
          x: "day",
          y: "count",
          text: () => "so far",
          dy: -12,
          textAnchor: "end",
          fill: "var(--ink-soft)",
        }),
      ],
    };
  }, [series, measure]);
  const isEmpty = series.every((day) => day.interactions === 0);
  return (
    <section className="card stack" aria-labelledby="daily">
      <h2 id="daily">Day by day</h2>
      {isEmpty ? (
        <Empty>Nobody did anything yet: what users do appears here once the application tracks it.</Empty>
      ) : (
        <>
          <Choice label="What" value={measure} options={MEASURES} change={setMeasure} />
          <Chart label={`${name} by day, today so far`} options={options} />
        </>
      )}
    </section>
  );
}
