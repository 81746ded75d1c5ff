/** One person: what is known, what is expected, what they see and why, what they do. */
import { Empty, Loaded } from "@attune/interface";
import { useEffect } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useQuery, useSubscription } from "urql";
import { Link } from "wouter";
import { graphql } from "../../generated";
import { useIsAdmin } from "../../session/signed-in";
import { Insights } from "./insights";
import { InteractionStream } from "./interaction-stream";
import { LiveConfig } from "./live-config";
import { KnownProfile } from "./profile";

const PERSON = graphql(`
  query Person($id: ID!) {
    user(id: $id) {
      id
      personalization {
        enabled
        useOfModels
      }
      profile {
        revision
        ...KnownProfile
      }
      insights {
        ...KnownInsights
      }
    }
    catalogue {
      places {
        key
        name
      }
    }
  }
`);

/** For admins alone: analysts read, and look again. */
const CHANGES = graphql(`
  subscription PersonChanges($id: ID!) {
    profileUpdated(userId: $id, knownRevision: 0) {
      cause
      profile {
        revision
      }
    }
  }
`);

export default function Person({ id }: { id: string }) {
  const [result, again] = useQuery({ query: PERSON, variables: { id } });
  const [newest] = useSubscription({ query: CHANGES, variables: { id }, pause: !useIsAdmin() });
  const revision = newest.data?.profileUpdated.profile.revision;
  const shown = result.data?.user?.profile?.revision;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is pushed may be news
  useEffect(() => {
    if (revision && revision !== shown) again({ requestPolicy: "network-only" });
  }, [again, revision]);
  return (
    <>
      <Link href="/">← All people</Link>
      <h1>{id}</h1>
      <Loaded result={result} what="person" again={again}>
        {({ user, catalogue }) => {
          if (!user) return <Empty>There is no such user.</Empty>;
          return (
            <>
              {!user.personalization.enabled && (
                <p className="warned">Opted out: gets the default config, is not tracked and not profiled.</p>
              )}
              <Tabs className="stack">
                <TabList aria-label="About this person" className="tabs">
                  <Tab id="profile">Profile</Tab>
                  <Tab id="config">What they see, and why</Tab>
                  <Tab id="interactions">What they do</Tab>
                </TabList>
                <TabPanel id="profile" className="stack">
                  {user.profile ? (
                    <KnownProfile of={user.profile} />
                  ) : (
                    <Empty>
                      Nothing is known yet: a profile begins with the first thing that is tracked of this id.
                    </Empty>
                  )}
                  {user.insights ? <Insights of={user.insights} /> : <NothingExpected />}
                </TabPanel>
                <TabPanel id="config">
                  <LiveConfig
                    userId={id}
                    places={catalogue.places.map(({ key, name }) => ({ value: key, name }))}
                    profile={revision}
                  />
                </TabPanel>
                <TabPanel id="interactions">
                  <InteractionStream userId={id} revision={revision} />
                </TabPanel>
              </Tabs>
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function NothingExpected() {
  return (
    <Empty>
      <p>
        No model says anything of them: none is trained yet, or they did too little. <a href="#/models">The models</a>
      </p>
    </Empty>
  );
}
