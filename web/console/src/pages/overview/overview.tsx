/** What is the engine doing right now, and what does it bring? */
import { Loaded } from "@attune/interface";
import { whole } from "@attune/interface/figures";
import { useMemo } from "react";
import { useQuery, useSubscription } from "urql";
import { graphql } from "../../generated";
import type { OverviewSubscription } from "../../generated/graphql";
import { lastDays } from "../../periods";
import { Counters } from "./counters";
import { Daily } from "./daily";
import { LiveRates } from "./live-rates";
import { ProgrammeLift } from "./programme-lift";
import { type Counted, kept } from "./rates";
import { Suggestions } from "./suggestions";

const DAYS = 30;

const OVERVIEW = graphql(`
  subscription Overview($period: PeriodInput!) {
    analyticsUpdated(period: $period) {
      configsServed
      interactions
      pushes
      ...Counters
      ...DailyFigures
      ...ProgrammeLift
    }
  }
`);

/** Which users are not real is told by a segment that `attune demo` defines. */
const SIMULATED = graphql(`
  query SimulatedUsers {
    segment(key: "simulated") {
      key
      size
    }
  }
`);

type Seen = Readonly<{ newest: OverviewSubscription["analyticsUpdated"]; counted: readonly Counted[] }>;

function seeing(before: Seen | undefined, { analyticsUpdated: newest }: OverviewSubscription): Seen {
  const { configsServed, interactions, pushes } = newest;
  return { newest, counted: kept(before?.counted ?? [], { at: Date.now(), configsServed, interactions, pushes }) };
}

export default function Overview() {
  const period = useMemo(() => lastDays(DAYS), []);
  const [result, again] = useSubscription({ query: OVERVIEW, variables: { period } }, seeing);
  return (
    <>
      <h1>Overview</h1>
      <Simulated />
      <Loaded result={result} what="figures" again={again}>
        {({ newest, counted }) => (
          <>
            <Counters of={newest} days={DAYS} />
            <div className="grid">
              <LiveRates of={counted} />
              <Daily of={newest} />
              <ProgrammeLift of={newest} />
              <Suggestions during={period} />
            </div>
          </>
        )}
      </Loaded>
    </>
  );
}

function Simulated() {
  const [{ data }] = useQuery({ query: SIMULATED, requestPolicy: "cache-and-network" });
  if (!data?.segment?.size) return null;
  return (
    <p className="warned">
      {whole(data.segment.size)} of the users are <a href="#/segments/of/simulated">simulated</a>: they were made up by{" "}
      <code>attune demo</code>, and figures count them like anybody.
    </p>
  );
}
