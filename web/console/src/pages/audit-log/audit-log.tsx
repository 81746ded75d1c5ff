/** Who changed what, when, and how was it before? */
import { type Column, Empty, Loaded, Table } from "@attune/interface";
import { TextEntry } from "@attune/interface/fields";
import { inLowerCase, instant } from "@attune/interface/figures";
import { useState } from "react";
import { Button, Form } from "react-aria-components";
import { useQuery } from "urql";
import { graphql } from "../../generated";
import type { AuditFilter, AuditLogQuery } from "../../generated/graphql";
import { PageTurner, usePages } from "../../paging";
import { type Difference, differences } from "./differences";

const AUDIT_LOG = graphql(`
  query AuditLog($filter: AuditFilter, $after: String) {
    auditLog(filter: $filter, first: 25, after: $after) {
      edges {
        node {
          id
          at
          actor
          action
          subject
          userId
          before
          after
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

type Entry = AuditLogQuery["auditLog"]["edges"][number]["node"];

export default function AuditLog() {
  const [filter, setFilter] = useState<AuditFilter>({});
  const pages = usePages("changes");
  const variables = { filter, after: pages.after };
  const [result, again] = useQuery({ query: AUDIT_LOG, variables, requestPolicy: "cache-and-network" });
  const narrow = (wanted: AuditFilter) => {
    pages.toFirst();
    setFilter(wanted);
  };
  return (
    <>
      <h1>Audit log</h1>
      <Filters narrow={narrow} />
      <Loaded result={result} what="changes" again={again}>
        {({ auditLog }) =>
          auditLog.edges.length === 0 ? (
            <Empty>
              {Object.keys(filter).length > 0
                ? "Nothing like that was changed."
                : "Nothing was changed yet: who changes rules, segments or the catalogue, and how, is told here."}
            </Empty>
          ) : (
            <>
              <ol className="plain card lined" aria-label="Changes, the latest first">
                {auditLog.edges.map(({ node }) => (
                  <li key={node.id}>
                    <Change of={node} />
                  </li>
                ))}
              </ol>
              <PageTurner pages={pages} of={auditLog.pageInfo} what="changes" />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Filters({ narrow }: { narrow: (filter: AuditFilter) => void }) {
  const [actor, setActor] = useState("");
  const [ruleId, setRuleId] = useState("");
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const wanted = { actor: actor.trim(), ruleId: ruleId.trim(), from: instantOf(from), until: instantOf(until) };
  return (
    <search>
      <Form
        className="row end"
        onSubmit={(event) => {
          event.preventDefault();
          narrow(Object.fromEntries(Object.entries(wanted).filter(([, value]) => value)));
        }}
      >
        <TextEntry label="Changed by" value={actor} change={setActor} />
        <TextEntry label="Id of the rule" value={ruleId} change={setRuleId} />
        <InstantEntry label="From" value={from} change={setFrom} />
        <InstantEntry label="Until" value={until} change={setUntil} />
        <Button type="submit">Show</Button>
      </Form>
    </search>
  );
}

function InstantEntry({ label, value, change }: { label: string; value: string; change: (value: string) => void }) {
  return (
    <label className="field">
      {label}
      <input type="datetime-local" value={value} onChange={(event) => change(event.target.value)} />
    </label>
  );
}

/** What is entered is meant in the reader's own time zone. */
const instantOf = (entered: string): string => (entered === "" ? "" : new Date(entered).toISOString());

const COLUMNS: readonly Column<Difference>[] = [
  { name: "What", cell: ({ path }) => path },
  { name: "Before", cell: ({ before }) => <span className="mono broken bad">{before}</span> },
  { name: "After", cell: ({ after }) => <span className="mono broken good">{after}</span> },
];

function Change({ of: { at, actor, action, subject, userId, before, after } }: { of: Entry }) {
  const changes = differences(before, after);
  return (
    <details>
      <summary>
        <span className="tag">{inLowerCase(action)}</span> <strong>{subject}</strong>{" "}
        <span className="soft">
          by {actor}, {instant(at)}
          {userId && `, about ${userId}`}
        </span>
      </summary>
      {changes.length === 0 ? (
        <p className="soft">Nothing that is written in it differs.</p>
      ) : (
        <Table caption={`What changed of ${subject}`} columns={COLUMNS} rows={changes} keyOf={({ path }) => path} />
      )}
    </details>
  );
}
