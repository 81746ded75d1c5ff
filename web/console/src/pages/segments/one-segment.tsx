/** One segment: who is in it, how it does, what is suggested. */
import { Failed, Loaded } from "@attune/interface";
import { amount, chance, share, whole, written } from "@attune/interface/figures";
import { useMemo } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useMutation, useQuery } from "urql";
import { Link, useLocation } from "wouter";
import { Confirmation } from "../../confirmation";
import { graphql, readFragment } from "../../generated";
import { Missing } from "../../missing";
import { lastDays } from "../../periods";
import { Problems } from "../../problems";
import { useIsAdmin } from "../../session/signed-in";
import { SuggestionList, type Suggestions } from "../../suggestions/suggestion-list";
import { useNames } from "../../vocabulary";
import { COMPARED, type Compared } from "./compared";
import { draftOf, SegmentEditor } from "./segment-editor";
import { SegmentMembers } from "./segment-members";
import { Trend } from "./trend";

const SEGMENT = graphql(`
  query OneSegment($key: String!, $period: PeriodInput!) {
    segment(key: $key) {
      key
      name
      kind
      description
      condition
      analysis(period: $period) {
        underperforming
        suggestions {
          ...Suggested
        }
      }
      ...ComparedSegment
    }
  }
`);

const DAYS = 90;

export default function OneSegment({ segment: key }: { segment: string }) {
  const period = useMemo(() => lastDays(DAYS), []);
  const [result, again] = useQuery({ query: SEGMENT, variables: { key, period }, requestPolicy: "cache-and-network" });
  const isAdmin = useIsAdmin();
  return (
    <>
      <Link href="/">← All segments</Link>
      <Loaded result={result} what="segment" again={again}>
        {({ segment }) => {
          if (!segment) return <Missing what="segment" />;
          const canBeEdited = isAdmin && segment.kind === "CONDITION";
          return (
            <>
              <h1>{segment.name}</h1>
              {segment.description && <p>{segment.description}</p>}
              <Tabs className="stack">
                <TabList aria-label="About this segment" className="tabs">
                  <Tab id="figures">How it does</Tab>
                  <Tab id="members">Who is in it</Tab>
                  {canBeEdited && <Tab id="condition">What makes it</Tab>}
                </TabList>
                <TabPanel id="figures" className="stack">
                  <Figures of={readFragment(COMPARED, segment)} />
                  <Suggested is={segment.analysis.underperforming} of={segment.analysis.suggestions} />
                </TabPanel>
                <TabPanel id="members">
                  <SegmentMembers segment={key} />
                </TabPanel>
                {canBeEdited && (
                  <TabPanel id="condition" className="stack">
                    <SegmentEditor draft={draftOf(segment)} isNew={false} />
                    <Deletion segment={key} name={segment.name} />
                  </TabPanel>
                )}
              </Tabs>
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function Figures({ of }: { of: Compared }) {
  const { size, analysis } = of;
  const alone = useMemo(() => [of], [of]);
  const names = useNames();
  const figures: [string, string][] = [
    ["Users now", whole(size)],
    ["Active users", whole(analysis.activeUsers)],
    ["Converted", share(analysis.conversionRate)],
    ["Value per user", amount(analysis.valuePerUser)],
    ["Sessions per user", amount(analysis.sessionsPerUser)],
    ["Mean churn risk", written(chance, analysis.churnRiskMean)],
  ];
  return (
    <>
      <p className="soft">
        In the last {DAYS} days, while users were in it; how many there are, and their churn risk, is of now.
      </p>
      <dl className="figures">
        {figures.map(([name, value]) => (
          <div key={name} className="card figure">
            <dt className="soft">{name}</dt>
            <dd className="value">{value}</dd>
          </div>
        ))}
      </dl>
      <section className="card stack" aria-label="Trend">
        <Trend of={alone} />
      </section>
      {analysis.topFeatures.length > 0 && (
        <section className="card stack" aria-labelledby="features">
          <h2 id="features">Features used most</h2>
          <ul className="plain stack tight">
            {analysis.topFeatures.map(({ feature, share: part }) => (
              <li key={feature} className="row">
                <span className="grow">{names.features(feature)}</span>
                <meter value={part} max={1} aria-label={`Share of ${names.features(feature)}`} />
                <span className="number">{share(part)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Suggested({ is, of }: { is: boolean; of: Suggestions }) {
  if (!is && of.length === 0) return null;
  return (
    <section className="card stack" aria-labelledby="suggested">
      <h2 id="suggested">{is ? "It underperforms" : "What is suggested"}</h2>
      {is && (
        <p>
          On the days on which they come, users convert less often while in it than otherwise, by more than chance
          explains whenever one looks. That does not say that the segment is why.
        </p>
      )}
      <SuggestionList of={of} />
    </section>
  );
}

const DELETE = graphql(`
  mutation DeleteSegment($key: String!) {
    deleteSegment(key: $key) {
      deleted
      userErrors {
        message
        path
      }
    }
  }
`);

function Deletion({ segment, name }: { segment: string; name: string }) {
  const [result, remove] = useMutation(DELETE);
  const [, go] = useLocation();
  const problems = result.data?.deleteSegment.userErrors ?? [];
  const carryOut = async () => {
    const { data } = await remove({ key: segment });
    if (data?.deleteSegment.deleted) go("/");
  };
  return (
    <section className="card stack" aria-label="Delete">
      <Confirmation
        ask="Delete the segment …"
        consequence={`Nobody will be in ${name} any more, and rules that speak of it will match nobody through it.`}
        no="Keep it"
        yes="Delete it"
        isDangerous
        isPending={result.fetching}
        act={() => void carryOut()}
      />
      {result.error && <Failed error={result.error} />}
      {problems.length > 0 && <Problems of={problems} />}
    </section>
  );
}
