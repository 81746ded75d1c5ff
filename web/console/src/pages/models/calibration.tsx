/** When a model says 20%, does it happen in 20 of 100 cases? */
import { Chart } from "@attune/interface/chart";
import { share, whole } from "@attune/interface/figures";
import * as Plot from "@observablehq/plot";
import { useMemo } from "react";
import { type FragmentType, graphql, readFragment } from "../../generated";

const SHARES = graphql(`
  fragment CalibratedShares on CalibratedShare {
    predicted
    observed
    rows
  }
`);

export function Calibration({ of }: { of: readonly FragmentType<typeof SHARES>[] }) {
  const shares = readFragment(SHARES, of);
  const options = useMemo(() => {
    const most = Math.max(0.01, ...shares.flatMap(({ predicted, observed }) => [predicted, observed]));
    const points = shares.map((share) => ({ ...share }));
    return {
      height: 260,
      marginLeft: 52,
      x: { label: "predicted", domain: [0, most], tickFormat: share, grid: true },
      y: { label: "came true", domain: [0, most], tickFormat: share, grid: true },
      r: { range: [3, 9] },
      marks: [
        Plot.line([0, most], {
          x: (at: number) => at,
          y: (at: number) => at,
          stroke: "var(--ink-soft)",
          strokeDasharray: "4 4",
        }),
        Plot.line(points, { x: "predicted", y: "observed", stroke: "var(--accent)" }),
        Plot.dot(points, {
          x: "predicted",
          y: "observed",
          r: "rows",
          fill: "var(--accent)",
          title: ({ predicted, observed, rows }: (typeof points)[number]) =>
            `${share(predicted)} predicted, ${share(observed)} came true, of ${whole(rows)}`,
        }),
      ],
    };
  }, [shares]);
  if (shares.length === 0) return null;
  return (
    <div className="stack tight">
      <h3>Calibration</h3>
      <p className="soft">On the dashed line what was predicted is what came true. Larger dots: more predictions.</p>
      <Chart label="Predicted beside observed shares" options={options} />
    </div>
  );
}
