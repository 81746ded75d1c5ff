/** What is the engine doing right now, and what does it bring? */
import { Loaded } from "@attune/interface";
import { Chart } from "@attune/interface/chart";
import * as Plot from "@observablehq/plot";
import { useMemo } from "react";
import { useSubscription } from "urql";
import { type FragmentType, graphql, readFragment } from "../../generated";

const DAY_MS = 86_400_000;
const DAYS_SHOWN = 30;

const OVERVIEW = graphql(`
  subscription Overview($period: PeriodInput!) {
    analyticsUpdated(period: $period) {
      ...Counters
      ...ActiveUsers
    }
  }
`);

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

const ACTIVE_USERS = graphql(`
  fragment ActiveUsers on Analytics {
    series {
      day
      activeUsers
    }
  }
`);

export default function Overview() {
  const period = useMemo(lastDays, []);
  const [result] = useSubscription({ query: OVERVIEW, variables: { period } });
  return (
    <>
      <h1>Overview</h1>
      <Loaded result={result} what="figures">
        {({ analyticsUpdated }) => (
          <>
            <Counters of={analyticsUpdated} />
            <ActiveUsers of={analyticsUpdated} />
          </>
        )}
      </Loaded>
    </>
  );
}

function lastDays() {
  const until = new Date(Math.ceil(Date.now() / DAY_MS) * DAY_MS);
  return { from: new Date(until.getTime() - DAYS_SHOWN * DAY_MS).toISOString(), until: until.toISOString() };
}

const WHOLE = new Intl.NumberFormat("en");
const SHARE = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
const MILLISECONDS = new Intl.NumberFormat("en", { style: "unit", unit: "millisecond", maximumFractionDigits: 2 });

function Counters({ of }: { of: FragmentType<typeof COUNTERS> }) {
  const counted = readFragment(COUNTERS, of);
  const figures: [string, string][] = [
    ["Active users", WHOLE.format(counted.activeUsers)],
    ["Interactions", WHOLE.format(counted.interactions)],
    ["Conversions", WHOLE.format(counted.conversions)],
    ["Configs served", WHOLE.format(counted.configsServed)],
    ["From memory", SHARE.format(counted.cacheHitRate)],
    ["Latency, median", MILLISECONDS.format(counted.configLatencyMsP50)],
    ["Latency, 99 of 100 below", MILLISECONDS.format(counted.configLatencyMsP99)],
    ["Pushes", WHOLE.format(counted.pushes)],
    ["Rules active", WHOLE.format(counted.rulesActive)],
    ["Experiments running", WHOLE.format(counted.experimentsRunning)],
  ];
  return (
    <dl className="figures">
      {figures.map(([name, value]) => (
        <div key={name} className="card figure">
          <dt className="soft">{name}</dt>
          <dd className="value">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function ActiveUsers({ of }: { of: FragmentType<typeof ACTIVE_USERS> }) {
  const { series } = readFragment(ACTIVE_USERS, of);
  const options = useMemo(() => {
    const days = series.map(({ day, activeUsers }) => ({ day: new Date(day), activeUsers }));
    return {
      height: 220,
      y: { label: "active users", grid: true, zero: true },
      x: { label: null },
      marks: [
        Plot.areaY(days, { x: "day", y: "activeUsers", fill: "var(--accent-soft)" }),
        Plot.lineY(days, { x: "day", y: "activeUsers", stroke: "var(--accent)" }),
      ],
    };
  }, [series]);
  return (
    <section className="card stack">
      <h2>Active users by day</h2>
      <Chart label="Active users by day" options={options} />
    </section>
  );
}
