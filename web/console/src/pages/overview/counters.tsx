/** How much is there of everything? */
import { milliseconds, share, whole } from "@attune/interface/figures";
import { type FragmentType, graphql, readFragment } from "../../generated";

const COUNTERS = graphql(`
  fragment Counters on Analytics {
    users
    activeUsers
    interactions
    conversions
    configsServed
    cacheHitRate
    configLatencyMsP50
    configLatencyMsP99
    pushes
    rulesActive
    experimentsRunning
  }
`);

export function Counters({ of, days }: { of: FragmentType<typeof COUNTERS>; days: number }) {
  const counted = readFragment(COUNTERS, of);
  const known = counted.configsServed > 0;
  const figures: [string, string][] = [
    ["Users known", whole(counted.users)],
    ["Active users", whole(counted.activeUsers)],
    ["Interactions", whole(counted.interactions)],
    ["Conversions", whole(counted.conversions)],
    ["Configs served", whole(counted.configsServed)],
    ["From memory", known ? share(counted.cacheHitRate) : "–"],
    ["Latency, median", known ? milliseconds(counted.configLatencyMsP50) : "–"],
    ["Latency, 99 of 100 below", known ? milliseconds(counted.configLatencyMsP99) : "–"],
    ["Pushes", whole(counted.pushes)],
    ["Rules active", whole(counted.rulesActive)],
    ["Experiments running", whole(counted.experimentsRunning)],
  ];
  return (
    <section className="stack tight" aria-label="Counters">
      <p className="soft">In the last {days} days, as it happens.</p>
      <dl className="figures">
        {figures.map(([name, value]) => (
          <div key={name} className="card figure">
            <dt className="soft">{name}</dt>
            <dd className="value">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
