/** How did the lift become surer as more users came? */
import { Chart } from "@attune/interface/chart";
import { change } from "@attune/interface/figures";
import * as Plot from "@observablehq/plot";
import { useMemo } from "react";
import { type FragmentType, graphql, readFragment } from "../../generated";

const GROWN = graphql(`
  fragment GrownResults on ResultsUntil {
    day
    exposedUsers
    variations {
      variation
      lift {
        relative
        low
        high
        sequentialLow
        sequentialHigh
      }
    }
  }
`);

export function Growth({ of }: { of: readonly FragmentType<typeof GROWN>[] }) {
  const days = readFragment(GROWN, of);
  const options = useMemo(() => {
    const points = days.flatMap(({ day, variations }) =>
      variations.flatMap(({ variation, lift }) => (lift ? [{ day: new Date(day), variation, ...lift }] : [])),
    );
    const isOne = new Set(points.map(({ variation }) => variation)).size === 1;
    const color = isOne ? "var(--accent)" : "variation";
    return {
      points: points.length,
      plot: {
        height: 260,
        marginLeft: 56,
        color: { legend: !isOne, scheme: "observable10" as const },
        x: { label: "users who came until" },
        y: { label: "lift", tickFormat: change, grid: true },
        marks: [
          Plot.ruleY([0], { stroke: "var(--ink-soft)" }),
          Plot.areaY(points, {
            x: "day",
            y1: "sequentialLow",
            y2: "sequentialHigh",
            fill: color,
            fillOpacity: 0.1,
          }),
          Plot.areaY(points, { x: "day", y1: "low", y2: "high", fill: color, fillOpacity: 0.25 }),
          Plot.lineY(points, { x: "day", y: "relative", stroke: color }),
          Plot.dot(points, { x: "day", y: "relative", fill: color, r: 2 }),
        ],
      },
    };
  }, [days]);
  if (options.points === 0) return null;
  return (
    <section className="card stack" aria-labelledby="growth">
      <h2 id="growth">Over time</h2>
      <p className="soft">
        Of the users first exposed until each day. Inner bands hold for one look, outer ones whenever it is looked at.
      </p>
      <Chart label="Lift by day with its intervals" options={options.plot} />
    </section>
  );
}
