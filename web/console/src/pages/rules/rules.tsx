/** Which rules are there? */
import { DataTable, Empty, Loaded } from "@attune/interface";
import { useQuery } from "urql";
import { graphql } from "../../generated";

const RULES = graphql(`
  query Rules($first: Int!, $after: String) {
    rules(first: $first, after: $after) {
      totalCount
      edges {
        node {
          id
          key
          name
          status
          priority
          conditionText
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export default function Rules() {
  const [result, again] = useQuery({ query: RULES, variables: { first: 100 } });
  return (
    <>
      <h1>Rules</h1>
      <Loaded result={result} what="rules" again={again}>
        {({ rules }) =>
          rules.edges.length === 0 ? (
            <Empty>There is no rule yet: everybody gets the default.</Empty>
          ) : (
            <DataTable
              caption="Rules"
              rows={rules.edges.map(({ node }) => node)}
              keyOf={(rule) => rule.id}
              columns={[
                { name: "Name", cell: (rule) => rule.name },
                { name: "For whom", cell: (rule) => rule.conditionText },
                { name: "Priority", cell: (rule) => rule.priority, numeric: true },
                { name: "Status", cell: (rule) => <span className="tag">{rule.status.toLowerCase()}</span> },
              ]}
            />
          )
        }
      </Loaded>
    </>
  );
}
