/** How do chosen segments differ? */
import { type Column, Table } from "@attune/interface";
import { amount, chance, share, whole, written } from "@attune/interface/figures";
import { type Names, useNames } from "../../vocabulary";
import type { Compared } from "./compared";
import { Trend } from "./trend";

type Measure = Readonly<{ name: string; of: (segment: Compared, names: Names) => string }>;

const MEASURES: readonly Measure[] = [
  { name: "Users now", of: ({ size }) => whole(size) },
  { name: "Active users", of: ({ analysis }) => whole(analysis.activeUsers) },
  { name: "Sessions per user", of: ({ analysis }) => amount(analysis.sessionsPerUser) },
  { name: "Converted", of: ({ analysis }) => share(analysis.conversionRate) },
  { name: "Value per user", of: ({ analysis }) => amount(analysis.valuePerUser) },
  { name: "Mean churn risk", of: ({ analysis }) => written(chance, analysis.churnRiskMean) },
  {
    name: "Features used most",
    of: ({ analysis }, names) =>
      analysis.topFeatures
        .slice(0, 3)
        .map(({ feature }) => names.features(feature))
        .join(", ") || "–",
  },
];

export function Comparison({ of }: { of: readonly Compared[] }) {
  return (
    <section className="card stack" aria-labelledby="comparison">
      <h2 id="comparison">Side by side</h2>
      <Trend of={of} />
      <Table
        caption="Segments side by side"
        columns={columnsOf(of, useNames())}
        rows={MEASURES}
        keyOf={({ name }) => name}
      />
    </section>
  );
}

const columnsOf = (segments: readonly Compared[], names: Names): Column<Measure>[] => [
  { name: "Figure", id: "", cell: ({ name }) => name },
  ...segments.map((segment) => ({
    name: segment.name,
    id: segment.key,
    cell: ({ of }: Measure) => of(segment, names),
  })),
];
