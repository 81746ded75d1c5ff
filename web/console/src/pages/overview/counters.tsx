/** How much is there of everything? */
import { MILLISECONDS, SHARE, WHOLE } from "../../figures";
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
    ["Users known", WHOLE.format(counted.users)],
    ["Active users", WHOLE.format(counted.activeUsers)],
    ["Interactions", WHOLE.format(counted.interactions)],
    ["Conversions", WHOLE.format(counted.conversions)],
    ["Configs served", WHOLE.format(counted.configsServed)],
    ["From memory", known ? SHARE.format(counted.cacheHitRate) : "–"],
    ["Latency, median", known ? MILLISECONDS.format(counted.configLatencyMsP50) : "–"],
    ["Latency, 99 of 100 below", known ? MILLISECONDS.format(counted.configLatencyMsP99) : "–"],
    ["Pushes", WHOLE.format(counted.pushes)],
    ["Rules active", WHOLE.format(counted.rulesActive)],
    ["Experiments running", WHOLE.format(counted.experimentsRunning)],
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
