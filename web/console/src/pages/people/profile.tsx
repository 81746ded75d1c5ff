/** What has been learnt of a person? */
import { Chart } from "@attune/interface/chart";
import { amount, inLowerCase, instant, plain, surely, whole } from "@attune/interface/figures";
import * as Plot from "@observablehq/plot";
import { useMemo } from "react";
import { type FragmentType, graphql, readFragment } from "../../generated";
import type { KnownProfileFragment } from "../../generated/graphql";
import { useNames } from "../../vocabulary";

const PROFILE = graphql(`
  fragment KnownProfile on Profile {
    revision
    skill
    firstSeenAt
    lastSeenAt
    traits
    activity {
      sessions
      interactions
      conversions
      activeDays
      sessionsLast30Days
      value
    }
    segments {
      confidence
      since
      source
      segment {
        key
        name
      }
    }
    features {
      feature
      uses
      adopted
    }
    usagePattern {
      week
      trend
      sessionSecondsMedian
      daysBetweenSessionsMedian
    }
  }
`);

type Membership = KnownProfileFragment["segments"][number];

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HOURS_A_DAY = 24;
const TICKS = [0, 3, 6, 9, 12, 15, 18, 21];
const MOST_FEATURES = 12;

export function KnownProfile({ of }: { of: FragmentType<typeof PROFILE> }) {
  const profile = readFragment(PROFILE, of);
  const { activity, usagePattern } = profile;
  const expected = profile.segments.filter(({ source }) => source === "MODEL");
  const names = useNames();
  const traits = Object.entries(profile.traits as object);
  return (
    <div className="grid">
      <section className="card stack" aria-labelledby="activity">
        <h2 id="activity">Activity</h2>
        <p>
          {whole(activity.interactions)} interactions in {whole(activity.sessions)} sessions on{" "}
          {whole(activity.activeDays)} days, {whole(activity.sessionsLast30Days)} sessions in the last 30 days;{" "}
          {whole(activity.conversions)} conversions worth {amount(activity.value)}. Skill {inLowerCase(profile.skill)}
          {usagePattern.trend !== "UNKNOWN" && `, activity ${inLowerCase(usagePattern.trend)}`}.
        </p>
        <p className="soft">
          From {instant(profile.firstSeenAt)} to {instant(profile.lastSeenAt)}; revision {profile.revision}
        </p>
        {traits.length > 0 && (
          <dl className="pairs">
            {traits.map(([name, value]) => (
              <div key={name}>
                <dt className="soft">{name}</dt>
                <dd>{plain(value)}</dd>
              </div>
            ))}
          </dl>
        )}
      </section>
      <section className="card stack" aria-labelledby="segments">
        <h2 id="segments">Segments</h2>
        <Memberships of={profile.segments.filter(({ source }) => source !== "MODEL")} />
        {expected.length > 0 && (
          <>
            <h3>Expected next, by a model</h3>
            <Memberships of={expected} />
          </>
        )}
      </section>
      <section className="card stack" aria-labelledby="features">
        <h2 id="features">Features</h2>
        <ul className="plain">
          {profile.features.slice(0, MOST_FEATURES).map(({ feature, uses, adopted }) => (
            <li key={feature}>
              <bdi>{names.features(feature)}</bdi>: {uses === 1 ? "once" : `${whole(uses)} times`}{" "}
              {adopted && <span className="tag">adopted</span>}
            </li>
          ))}
        </ul>
      </section>
      <section className="card stack wide" aria-labelledby="week">
        <h2 id="week">When</h2>
        <WeekMap counts={usagePattern.week} />
      </section>
    </div>
  );
}

function Memberships({ of }: { of: readonly Membership[] }) {
  return (
    <ul className="plain stack memberships">
      {of.map(({ segment, confidence, since }) => (
        <li key={segment.key}>
          {segment.name}
          <meter min={0} max={1} value={confidence} aria-label={`How surely ${segment.name}`} />
          <span className="number">{surely(confidence)}</span>
          <span className="soft wide">since {instant(since)}</span>
        </li>
      ))}
    </ul>
  );
}

function WeekMap({ counts }: { counts: readonly number[] }) {
  const options = useMemo(() => {
    const cells = counts.map((count, at) => ({
      day: DAYS[Math.floor(at / HOURS_A_DAY)] ?? "",
      hour: at % HOURS_A_DAY,
      count,
    }));
    return {
      height: 200,
      marginLeft: 40,
      padding: 0.08,
      x: { label: "local hour", domain: [...Array(HOURS_A_DAY).keys()], ticks: TICKS },
      y: { label: null, domain: DAYS },
      opacity: { domain: [0, Math.max(1, ...counts)], range: [0.06, 1] },
      marks: [Plot.cell(cells, { x: "hour", y: "day", fill: "var(--accent)", opacity: "count" })],
    };
  }, [counts]);
  const busiest = counts.indexOf(Math.max(...counts));
  const words = counts.some(Boolean)
    ? `Interactions by weekday and local hour; most on ${DAYS[Math.floor(busiest / HOURS_A_DAY)]} at ${busiest % HOURS_A_DAY}:00`
    : "No interactions yet";
  return <Chart label={words} options={options} />;
}
