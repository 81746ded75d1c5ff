/** Which segments are there, how do they do, and how do some compare? */
import { type DataColumn, DataTable, Empty, Loaded } from "@attune/interface";
import { YesNo } from "@attune/interface/fields";
import { amount, chance, share, whole, written } from "@attune/interface/figures";
import { useMemo, useState } from "react";
import { useQuery } from "urql";
import { Link } from "wouter";
import { graphql, readFragment } from "../../generated";
import { lastDays } from "../../periods";
import { useIsAdmin } from "../../session/signed-in";
import { SuggestionList, type Suggestions } from "../../suggestions/suggestion-list";
import { COMPARED, type Compared } from "./compared";
import { Comparison } from "./comparison";

const SEGMENTS = graphql(`
  query Segments($period: PeriodInput!) {
    segments {
      key
      analysis(period: $period) {
        underperforming
        suggestions {
          id
          ...Suggested
        }
      }
      ...ComparedSegment
    }
  }
`);

const DAYS = 30;
const CHOSEN_AT_FIRST = 3;

export function SegmentList() {
  const period = useMemo(() => lastDays(DAYS), []);
  const [result, again] = useQuery({ query: SEGMENTS, variables: { period }, requestPolicy: "cache-and-network" });
  const isAdmin = useIsAdmin();
  return (
    <>
      <div className="row between">
        <h1>Segments</h1>
        {isAdmin && (
          <Link href="/new" className="button primary">
            New segment
          </Link>
        )}
      </div>
      <Loaded result={result} what="segments" again={again}>
        {({ segments }) => (
          <>
            <Beside segments={readFragment(COMPARED, segments)} />
            <Underperformers of={segments.flatMap(({ analysis }) => (analysis.underperforming ? [analysis] : []))} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Beside({ segments }: { segments: readonly Compared[] }) {
  const [picked, pick] = useState<readonly string[] | null>(null);
  const chosen = picked ?? largest(segments);
  const columns = useMemo(() => columnsOf(chosen, pick), [chosen]);
  const compared = segments.filter(({ key }) => chosen.includes(key));
  return (
    <>
      <p className="soft">What users did in the last {DAYS} days while they were in the segment.</p>
      <DataTable caption="Segments" columns={columns} rows={segments} keyOf={({ key }) => key} />
      {compared.length > 0 ? <Comparison of={compared} /> : <Empty>Choose segments to compare them.</Empty>}
    </>
  );
}

const largest = (segments: readonly Compared[]): readonly string[] =>
  segments
    .filter(({ size }) => size > 0)
    .toSorted((one, other) => other.size - one.size)
    .slice(0, CHOSEN_AT_FIRST)
    .map(({ key }) => key);

function columnsOf(
  chosen: readonly string[],
  pick: (keys: readonly string[]) => void,
): readonly DataColumn<Compared>[] {
  return [
    {
      name: "Compare",
      cell: ({ key, name }) => (
        <YesNo
          label={`Compare ${name}`}
          isLabelHidden
          value={chosen.includes(key)}
          change={(wanted) => pick(wanted ? [...chosen, key] : chosen.filter((one) => one !== key))}
        />
      ),
    },
    {
      name: "Segment",
      sortBy: ({ name }) => name,
      cell: ({ key, name, kind, analysis }) => (
        <>
          <Link href={`/of/${encodeURIComponent(key)}`}>{name}</Link>{" "}
          {kind === "BUILT_IN" && <span className="soft">built in</span>}{" "}
          {analysis.underperforming && <span className="tag bad">underperforms</span>}
        </>
      ),
    },
    { name: "Users now", numeric: true, sortBy: ({ size }) => size, cell: ({ size }) => whole(size) },
    {
      name: "Active",
      numeric: true,
      sortBy: ({ analysis }) => analysis.activeUsers,
      cell: ({ analysis }) => whole(analysis.activeUsers),
    },
    {
      name: "Converted",
      numeric: true,
      sortBy: ({ analysis }) => analysis.conversionRate,
      cell: ({ analysis }) => (analysis.activeUsers ? share(analysis.conversionRate) : "–"),
    },
    {
      name: "Value per user",
      numeric: true,
      sortBy: ({ analysis }) => analysis.valuePerUser,
      cell: ({ analysis }) => (analysis.activeUsers ? amount(analysis.valuePerUser) : "–"),
    },
    {
      name: "Churn risk",
      numeric: true,
      sortBy: ({ analysis }) => analysis.churnRiskMean ?? null,
      cell: ({ analysis }) => written(chance, analysis.churnRiskMean),
    },
  ];
}

function Underperformers({ of }: { of: readonly { suggestions: Suggestions }[] }) {
  const suggestions = of.flatMap((one) => one.suggestions);
  if (of.length === 0) return null;
  return (
    <section className="card stack" aria-labelledby="underperformers">
      <h2 id="underperformers">What may help those who underperform</h2>
      {suggestions.length > 0 ? (
        <SuggestionList of={suggestions} />
      ) : (
        <p className="soft">
          They convert on fewer of the days on which they come; no figure says yet what would help.
        </p>
      )}
    </section>
  );
}
