/** What does a person do? The latest first, live. */
import { type DataColumn, DataTable, Empty, Loaded } from "@attune/interface";
import { amount, inLowerCase, second } from "@attune/interface/figures";
import { useEffect } from "react";
import { useQuery } from "urql";
import { graphql } from "../../generated";
import type { InteractionsQuery } from "../../generated/graphql";
import { PageTurner, usePages } from "../../paging";

const INTERACTIONS = graphql(`
  query Interactions($id: ID!, $after: String) {
    user(id: $id) {
      id
      interactions(first: 100, after: $after) {
        edges {
          node {
            id
            kind
            target
            section
            device
            value
            occurredAt
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

type Row = NonNullable<InteractionsQuery["user"]>["interactions"]["edges"][number]["node"];

const COLUMNS: readonly DataColumn<Row>[] = [
  { name: "When", cell: ({ occurredAt }) => second(occurredAt) },
  { name: "What", cell: ({ kind }) => inLowerCase(kind) },
  { name: "With", cell: ({ target }) => target },
  { name: "Section", cell: ({ section }) => section },
  { name: "Device", cell: ({ device }) => device?.toLowerCase() },
  { name: "Value", cell: ({ value }) => (typeof value === "number" ? amount(value) : null), numeric: true },
];

/** Read again whenever the profile has a new revision: then something was done. */
export function InteractionStream({ userId, revision }: { userId: string; revision: number | undefined }) {
  const pages = usePages(`interactions of ${userId}`);
  const [result, again] = useQuery({ query: INTERACTIONS, variables: { id: userId, after: pages.after } });
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => again({ requestPolicy: "network-only" }), [again, revision]);
  return (
    <Loaded result={result} what="interactions" again={again}>
      {({ user }) => {
        const rows = user?.interactions.edges.map(({ node }) => node) ?? [];
        if (!user || rows.length === 0)
          return <Empty>Nothing was tracked of them yet; what they do appears here as they do it.</Empty>;
        return (
          <div className="stack">
            <DataTable caption="Interactions, the latest first" columns={COLUMNS} rows={rows} keyOf={({ id }) => id} />
            <PageTurner pages={pages} of={user.interactions.pageInfo} what="interactions" />
          </div>
        );
      }}
    </Loaded>
  );
}
