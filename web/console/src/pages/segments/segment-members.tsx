/** Who is in a segment, and how surely? */
import { type DataColumn, DataTable, Empty, Loaded } from "@attune/interface";
import { chance, instant, surely, written } from "@attune/interface/figures";
import { useQuery } from "urql";
import { graphql } from "../../generated";
import type { SegmentMembersQuery } from "../../generated/graphql";
import { PageTurner, usePages } from "../../paging";

const MEMBERS = graphql(`
  query SegmentMembers($key: String!, $after: String) {
    segment(key: $key) {
      key
      members(first: 50, after: $after) {
        edges {
          node {
            user {
              id
              profile {
                lastSeenAt
              }
              insights {
                churn {
                  risk
                }
              }
            }
            membership {
              confidence
              since
            }
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

type Member = NonNullable<SegmentMembersQuery["segment"]>["members"]["edges"][number]["node"];

const COLUMNS: readonly DataColumn<Member>[] = [
  { name: "User", cell: ({ user }) => <a href={`#/people/${encodeURIComponent(user.id)}`}>{user.id}</a> },
  { name: "How surely", numeric: true, cell: ({ membership }) => surely(membership.confidence) },
  { name: "Since", cell: ({ membership }) => instant(membership.since) },
  {
    name: "Last seen",
    cell: ({ user }) => (user.profile ? instant(user.profile.lastSeenAt) : "never"),
  },
  { name: "Churn risk", numeric: true, cell: ({ user }) => written(chance, user.insights?.churn?.risk) },
];

export function SegmentMembers({ segment: key }: { segment: string }) {
  const pages = usePages(`members of ${key}`);
  const [result, again] = useQuery({ query: MEMBERS, variables: { key, after: pages.after } });
  return (
    <Loaded result={result} what="members" again={again}>
      {({ segment }) => {
        const rows = segment?.members.edges.map(({ node }) => node) ?? [];
        if (!segment || rows.length === 0)
          return <Empty>Nobody is in it now. Users join as soon as what is known of them fulfils its condition.</Empty>;
        return (
          <div className="stack">
            <DataTable
              caption="Members, the surest first"
              columns={COLUMNS}
              rows={rows}
              keyOf={({ user }) => user.id}
            />
            <PageTurner pages={pages} of={segment.members.pageInfo} what="members" />
          </div>
        );
      }}
    </Loaded>
  );
}
