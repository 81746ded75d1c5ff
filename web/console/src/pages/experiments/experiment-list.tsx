/** What is tried, and what is known so far? */
import { type DataColumn, DataTable, Empty, Loaded } from "@attune/interface";
import { Choice } from "@attune/interface/fields";
import { inLowerCase } from "@attune/interface/figures";
import { useQuery } from "urql";
import { Link } from "wouter";
import { graphql } from "../../generated";
import type { ExperimentStatus, ExperimentsQuery } from "../../generated/graphql";
import { PageTurner, usePages } from "../../paging";
import { useRemembered } from "../../remembered";

const EXPERIMENTS = graphql(`
  query Experiments($status: ExperimentStatus!, $after: String) {
    rules(filter: { experiment: $status }, first: 50, after: $after) {
      edges {
        node {
          id
          name
          status
          experiment {
            status
            startedAt
            results {
              exposedUsers
              verdict
              verdictText
            }
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

type Row = ExperimentsQuery["rules"]["edges"][number]["node"];

const STATUSES = [
  { value: "RUNNING", name: "running" },
  { value: "CONCLUDED", name: "concluded" },
  { value: "DRAFT", name: "not started" },
] as const;

const COLUMNS: readonly DataColumn<Row>[] = [
  { name: "Rule", cell: ({ id, name }) => <Link href={`/${id}`}>{name}</Link> },
  { name: "Users", cell: ({ experiment }) => experiment?.results?.exposedUsers ?? "–", numeric: true },
  {
    name: "Verdict",
    cell: ({ experiment }) => (experiment?.results ? inLowerCase(experiment.results.verdict) : "not started"),
  },
  { name: "In words", cell: ({ experiment }) => experiment?.results?.verdictText },
];

export function ExperimentList() {
  const [status, setStatus] = useRemembered<ExperimentStatus>("which experiments", "RUNNING");
  const pages = usePages("experiments");
  const variables = { status, after: pages.after };
  const [result, again] = useQuery({ query: EXPERIMENTS, variables, requestPolicy: "cache-and-network" });
  const choose = (chosen: ExperimentStatus) => {
    pages.toFirst();
    setStatus(chosen);
  };
  return (
    <>
      <h1>Experiments</h1>
      <div className="row">
        <Choice label="Which are" value={status} options={STATUSES} change={choose} />
      </div>
      <Loaded result={result} what="experiments" again={again}>
        {({ rules }) =>
          rules.edges.length === 0 ? (
            <Empty>
              <p>
                There is none. An experiment tries a rule on some before it is for all: give{" "}
                <a href="#/rules">a rule</a> variations and a goal, and start it here.
              </p>
            </Empty>
          ) : (
            <>
              <DataTable
                caption="Experiments"
                columns={COLUMNS}
                rows={rules.edges.map(({ node }) => node)}
                keyOf={({ id }) => id}
              />
              <PageTurner pages={pages} of={rules.pageInfo} what="experiments" />
            </>
          )
        }
      </Loaded>
    </>
  );
}
