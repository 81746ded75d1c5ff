/** What does personalizing bring as a whole, against those who are held out? */
import { Chart } from "@attune/interface/chart";
import { chance, change } from "@attune/interface/figures";
import * as Plot from "@observablehq/plot";
import { useMemo } from "react";
import { type FragmentType, graphql, readFragment } from "../../generated";

const PROGRAMME = graphql(`
  fragment ProgrammeLift on Analytics {
    programmeLift {
      relative
      low
      high
      sequentialLow
      sequentialHigh
      chanceToWin
    }
    programmeLiftAbsent
  }
`);

export function ProgrammeLift({ of }: { of: FragmentType<typeof PROGRAMME> }) {
  const { programmeLift: lift, programmeLiftAbsent: absent } = readFragment(PROGRAMME, of);
  const options = useMemo(() => {
    if (!lift) return null;
    const all = [{ ...lift, name: "programme" }];
    return {
      height: 70,
      x: { label: null, tickFormat: change, grid: true, inset: 10 },
      y: { axis: null },
      marks: [
        Plot.ruleX([0], { stroke: "var(--ink-soft)" }),
        Plot.ruleY(all, { y: "name", x1: "sequentialLow", x2: "sequentialHigh", stroke: "var(--accent)" }),
        Plot.ruleY(all, { y: "name", x1: "low", x2: "high", stroke: "var(--accent)", strokeWidth: 6 }),
        Plot.dot(all, { y: "name", x: "relative", fill: "var(--ink)", r: 4 }),
      ],
    };
  }, [lift]);
  return (
    <section className="card stack" aria-labelledby="programme">
      <h2 id="programme">What it brings</h2>
      {lift && options ? (
        <>
          <p>
            <strong className={toneOf(lift)}>{change(lift.relative)}</strong> conversions against the holdout, between{" "}
            {change(lift.low)} and {change(lift.high)}; a gain with a probability of {chance(lift.chanceToWin)}.
          </p>
          <Chart label="Programme lift with its intervals" options={options} />
          <p className="soft">Thick: the interval for one look. Thin: the one that holds whenever it is looked at.</p>
        </>
      ) : (
        <p className="soft">It cannot be told: {absent || "nothing is known yet"}.</p>
      )}
    </section>
  );
}

/** A colour only for what is sure whenever one looks. */
function toneOf({ sequentialLow, sequentialHigh }: { sequentialLow: number; sequentialHigh: number }) {
  if (sequentialLow > 0) return "good";
  return sequentialHigh < 0 ? "bad" : undefined;
}
