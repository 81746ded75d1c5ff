/** Who are the users? By id, by segment, by risk. */
import { type DataColumn, DataTable, Empty, Loaded } from "@attune/interface";
import { Choice, TextEntry } from "@attune/interface/fields";
import { chance, instant } from "@attune/interface/figures";
import { useState } from "react";
import { Button, Form } from "react-aria-components";
import { useQuery } from "urql";
import { Link, useLocation } from "wouter";
import { graphql } from "../../generated";
import type { PeopleQuery, UserFilter } from "../../generated/graphql";
import { PageTurner, usePages } from "../../paging";
import { useRemembered } from "../../remembered";
import { useVocabulary } from "../../vocabulary";

const PEOPLE = graphql(`
  query People($filter: UserFilter, $first: Int!, $after: String) {
    users(filter: $filter, first: $first, after: $after) {
      edges {
        node {
          id
          profile {
            lastSeenAt
            skill
            segments {
              source
              segment {
                key
                name
              }
            }
          }
          insights {
            churn {
              risk
              level
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

type Person = PeopleQuery["users"]["edges"][number]["node"];

const AT_ONCE = 50;
const RISKS = [
  { value: "", name: "any" },
  { value: "0.7", name: "70% and more" },
  { value: "0.4", name: "40% and more" },
] as const;

/** Not what a model expects of them. */
const inNow = (memberships: NonNullable<Person["profile"]>["segments"]): string =>
  memberships
    .filter(({ source }) => source === "CONDITION")
    .map(({ segment }) => segment.name)
    .join(", ");

const COLUMNS: readonly DataColumn<Person>[] = [
  { name: "User", cell: ({ id }) => <Link href={`/${encodeURIComponent(id)}`}>{id}</Link> },
  { name: "Last seen", cell: ({ profile }) => (profile ? instant(profile.lastSeenAt) : "never") },
  { name: "Segments", cell: ({ profile }) => inNow(profile?.segments ?? []) },
  { name: "Skill", cell: ({ profile }) => profile?.skill.toLowerCase() },
  { name: "Churn risk", cell: ({ insights }) => (insights?.churn ? chance(insights.churn.risk) : "unknown") },
];

export function PeopleList() {
  const [filter, setFilter] = useRemembered<UserFilter>("whom", {});
  const pages = usePages("people");
  const variables = { filter, first: AT_ONCE, after: pages.after };
  const [result, again] = useQuery({ query: PEOPLE, variables, requestPolicy: "cache-and-network" });
  const narrow = (part: UserFilter) => {
    pages.toFirst();
    setFilter(Object.fromEntries(Object.entries({ ...filter, ...part }).filter(([, one]) => one)));
  };
  const { segments } = useVocabulary();
  return (
    <>
      <h1>People</h1>
      <FindById />
      <search className="row">
        <Choice
          label="Segment"
          value={filter.segment ?? ""}
          options={[{ value: "", name: "any" }, ...segments]}
          change={(segment) => narrow({ segment })}
        />
        <Choice
          label="Churn risk"
          value={filter.churnRisk?.gte ? String(filter.churnRisk.gte) : ""}
          options={RISKS}
          change={(risk) => narrow({ churnRisk: risk ? { gte: Number(risk) } : undefined })}
        />
      </search>
      <Loaded result={result} what="people" again={again}>
        {({ users }) =>
          users.edges.length === 0 ? (
            <Nobody isNarrowed={Object.keys(filter).length > 0} />
          ) : (
            <>
              <DataTable
                caption="People"
                columns={COLUMNS}
                rows={users.edges.map(({ node }) => node)}
                keyOf={({ id }) => id}
              />
              <PageTurner pages={pages} of={users.pageInfo} what="people" />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function FindById() {
  const [id, setId] = useState("");
  const [, go] = useLocation();
  return (
    <Form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        if (id.trim()) go(`/${encodeURIComponent(id.trim())}`);
      }}
    >
      <TextEntry label="Find by id" value={id} change={setId} />
      <Button type="submit">Find</Button>
    </Form>
  );
}

function Nobody({ isNarrowed }: { isNarrowed: boolean }) {
  if (isNarrowed) return <Empty>Nobody is like that.</Empty>;
  return (
    <Empty>
      <p>Nobody is known yet: users appear here as soon as the application tracks what they do.</p>
      <p>
        <code>attune demo</code> makes up some to look at.
      </p>
    </Empty>
  );
}
