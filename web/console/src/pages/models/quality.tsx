/** How good is a model beside the simple method that it has to beat? */
import { Chart } from "@attune/interface/chart";
import { measured } from "@attune/interface/figures";
import * as Plot from "@observablehq/plot";
import { useMemo } from "react";
import { type FragmentType, graphql, readFragment } from "../../generated";
import type { ModelQualitiesFragment } from "../../generated/graphql";

const QUALITIES = graphql(`
  fragment ModelQualities on ModelQuality {
    metric
    value
    baseline
    low
    high
  }
`);

export function Quality({ of }: { of: readonly FragmentType<typeof QUALITIES>[] }) {
  const qualities = readFragment(QUALITIES, of);
  if (qualities.length === 0) return null;
  return (
    <div className="stack tight">
      <h3>Quality</h3>
      <p className="soft">
        On users and times that it never saw in training. Dot: the model, with its interval of 95%; cross: the simple
        method.
      </p>
      {qualities.map((quality) => (
        <Measured key={quality.metric} of={quality} />
      ))}
    </div>
  );
}

/** Each measure on a scale of its own: an area under a curve and a loss in money share none. */
function Measured({ of }: { of: ModelQualitiesFragment }) {
  const { metric, value, baseline } = of;
  const interval = intervalOf(of);
  const options = useMemo(() => plotOf(of), [of]);
  return (
    <div>
      <p className="row between">
        <strong>{metric}</strong>
        <span>
          {measured(value)}{" "}
          {interval && (
            <span className="soft">
              [{measured(interval.low)}, {measured(interval.high)}]
            </span>
          )}{" "}
          against {measured(baseline)}
        </span>
      </p>
      <Chart label={`${metric}: the model's interval beside the simple method`} options={options} />
    </div>
  );
}

function intervalOf({ low, high }: ModelQualitiesFragment) {
  return typeof low === "number" && typeof high === "number" ? { low, high } : null;
}

function plotOf(quality: ModelQualitiesFragment) {
  const interval = intervalOf(quality);
  const { metric, value, baseline } = quality;
  return {
    height: 52,
    marginLeft: 12,
    marginRight: 12,
    marginTop: 8,
    x: { label: null, ticks: 4, inset: 12, nice: true },
    y: { axis: null },
    marks: [
      Plot.ruleY(interval ? [{ ...interval, metric }] : [], {
        y: "metric",
        x1: "low",
        x2: "high",
        stroke: "var(--accent)",
        strokeWidth: 6,
      }),
      Plot.dot([{ value, metric }], { x: "value", y: "metric", fill: "var(--ink)", r: 4 }),
      Plot.dot([{ baseline, metric }], {
        x: "baseline",
        y: "metric",
        symbol: "times",
        stroke: "var(--warn)",
        r: 5,
        strokeWidth: 2,
      }),
    ],
  };
}
