/** How do chosen segments differ? */
import { TableFrame } from "@attune/interface";
import { amount, chance, share, whole, written } from "@attune/interface/figures";
import type { Compared } from "./compared";
import { Trend } from "./trend";

type Measure = Readonly<{ name: string; of: (segment: Compared) => string }>;

const MEASURES: readonly Measure[] = [
  { name: "Users now", of: ({ size }) => whole(size) },
  { name: "Active users", of: ({ analysis }) => whole(analysis.activeUsers) },
  { name: "Sessions per user", of: ({ analysis }) => amount(analysis.sessionsPerUser) },
  { name: "Converted", of: ({ analysis }) => share(analysis.conversionRate) },
  { name: "Value per user", of: ({ analysis }) => amount(analysis.valuePerUser) },
  { name: "Mean churn risk", of: ({ analysis }) => written(chance, analysis.churnRiskMean) },
  {
    name: "Features used most",
    of: ({ analysis }) =>
      analysis.topFeatures
        .slice(0, 3)
        .map(({ feature }) => feature)
        .join(", ") || "–",
  },
];

export function Comparison({ of }: { of: readonly Compared[] }) {
  return (
    <section className="card stack" aria-labelledby="comparison">
      <h2 id="comparison">Side by side</h2>
      <Trend of={of} />
      <TableFrame label="Segments side by side">
        <table>
          <thead>
            <tr>
              <td />
              {of.map(({ key, name }) => (
                <th key={key} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {MEASURES.map((measure) => (
              <tr key={measure.name}>
                <th scope="row">{measure.name}</th>
                {of.map((segment) => (
                  <td key={segment.key}>{measure.of(segment)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
    </section>
  );
}
