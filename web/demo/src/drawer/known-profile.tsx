/** What has been learnt from what somebody did? Live: whenever the profile is recomputed. */
import { Empty, Loaded } from "@attune/interface";
import { surely, whole } from "@attune/interface/figures";
import { useQuery, useSubscription } from "urql";
import { type FragmentType, graphql, readFragment } from "../generated";
import { nameOf } from "../planner/features";

const PROFILE = graphql(`
  fragment Learnt on Profile {
    revision
    skill
    activity {
      interactions
      sessions
      conversions
    }
    segments {
      confidence
      source
      segment {
        key
        name
      }
    }
    features {
      feature
      uses
    }
  }
`);

const NOW = graphql(`
  query ProfileNow {
    viewer {
      id
      profile {
        ...Learnt
      }
    }
  }
`);

const CHANGES = graphql(`
  subscription ProfileChanges {
    profileUpdated(knownRevision: 0) {
      profile {
        ...Learnt
      }
    }
  }
`);

const MOST_FEATURES = 5;

export function KnownProfile() {
  const [now, again] = useQuery({ query: NOW });
  const [newest] = useSubscription({ query: CHANGES });
  return (
    <section className="stack" aria-label="Profile">
      <h2>What it has learnt</h2>
      <Loaded result={now} what="profile" again={again}>
        {({ viewer }) => {
          const profile = newest.data?.profileUpdated.profile ?? viewer.profile;
          return profile ? <Learnt of={profile} /> : <Empty>Nothing yet: use the planner.</Empty>;
        }}
      </Loaded>
    </section>
  );
}

const counted = (count: number, what: string) => `${whole(count)} ${what}${count === 1 ? "" : "s"}`;

function Learnt({ of }: { of: FragmentType<typeof PROFILE> }) {
  const profile = readFragment(PROFILE, of);
  const { interactions, sessions, conversions } = profile.activity;
  const uses = profile.features.slice(0, MOST_FEATURES);
  return (
    <>
      <p>
        Revision {profile.revision}: {counted(interactions, "interaction")} in {counted(sessions, "session")},{" "}
        {counted(conversions, "task")} done; skill {profile.skill.toLowerCase()}.
      </p>
      <ul className="row plain">
        {profile.segments.map(({ segment, confidence, source }) => (
          <li key={`${segment.key} ${source}`} className="tag">
            {source === "MODEL" && "expected next: "}
            {segment.name} {surely(confidence)}
          </li>
        ))}
      </ul>
      <ul className="plain">
        {uses.map(({ feature, uses }) => (
          <li key={feature}>
            {nameOf(feature)}: used {counted(uses, "time")}
          </li>
        ))}
      </ul>
    </>
  );
}
