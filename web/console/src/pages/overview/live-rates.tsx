/** How busy is the engine this very moment? */
import { Chart } from "@attune/interface/chart";
import { rate } from "@attune/interface/figures";
import * as Plot from "@observablehq/plot";
import { useEffect, useMemo, useState } from "react";
import { type Counted, isQuiet, ratesOf } from "./rates";

const LOOK_EVERY_MS = 1_000;
const SERIES = [
  { name: "configs", measure: "configs" },
  { name: "interactions", measure: "interactions" },
  { name: "pushes", measure: "pushes" },
] as const;

export function LiveRates({ of }: { of: readonly Counted[] }) {
  const rates = useMemo(() => ratesOf(of), [of]);
  const now = useNow();
  const newest = isQuiet(of.at(-1), now) ? undefined : rates.at(-1);
  const options = useMemo(() => {
    const points = rates.flatMap((one) =>
      SERIES.map(({ name, measure }) => ({ at: one.at, name, rate: one[measure] })),
    );
    return {
      height: 180,
      marginLeft: 48,
      color: { legend: true, scheme: "observable10" as const, domain: SERIES.map(({ name }) => name) },
      x: { label: null },
      y: { label: "per second", grid: true, zero: true, nice: true },
      marks: [Plot.lineY(points, { x: "at", y: "rate", stroke: "name" })],
    };
  }, [rates]);
  return (
    <section className="card stack" aria-labelledby="live">
      <h2 id="live">Right now</h2>
      <p>
        <strong>{rate(newest?.configs ?? 0)}</strong> configs, <strong>{rate(newest?.interactions ?? 0)}</strong>{" "}
        interactions and <strong>{rate(newest?.pushes ?? 0)}</strong> pushes per second
      </p>
      {rates.length > 1 ? (
        <Chart label="Configs, interactions and pushes per second, as they happened" options={options} />
      ) : (
        <p className="soft">Quiet since this page was opened: a curve appears as soon as something happens.</p>
      )}
    </section>
  );
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
