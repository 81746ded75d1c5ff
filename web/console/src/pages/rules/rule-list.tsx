/** Which rules are there, and which of them wins? Dragging one changes its priority. */
import { Empty, Failed, Loaded } from "@attune/interface";
import { useState } from "react";
import { Button, GridList, GridListItem, ListLayout, useDragAndDrop, Virtualizer } from "react-aria-components";
import { useQuery } from "urql";
import { Link, useLocation } from "wouter";
import { type FragmentType, graphql, readFragment } from "../../generated";
import { useIsAdmin } from "../../session/signed-in";
import { useNames } from "../../vocabulary";
import { useReprioritise } from "./reprioritise";
import { RuleFilters, type Wanted } from "./rule-filters";

const ROW = graphql(`
  fragment RuleRow on Rule {
    id
    key
    name
    status
    priority
    places
    conditionText
    experiment {
      status
    }
  }
`);

const RULES = graphql(`
  query Rules($filter: RuleFilter, $first: Int!, $after: String) {
    rules(filter: $filter, first: $first, after: $after) {
      totalCount
      edges {
        node {
          id
          priority
          ...RuleRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const AT_ONCE = 100;
const ROW_HEIGHT_PX = 64;

export function RuleList() {
  const [wanted, setWanted] = useState<Wanted>({});
  const isAdmin = useIsAdmin();
  const [result, again] = useQuery({ query: RULES, variables: { filter: wanted, first: AT_ONCE } });
  return (
    <>
      <div className="row between">
        <h1>Rules</h1>
        <div className="row">
          <Link href="/exchange" className="button">
            {isAdmin ? "Import and export" : "Export"}
          </Link>
          {isAdmin && (
            <Link href="/new" className="button primary">
              New rule
            </Link>
          )}
        </div>
      </div>
      <RuleFilters wanted={wanted} change={setWanted} />
      <Loaded result={result} what="rules" again={again}>
        {({ rules }) => (
          <>
            <p className="soft" role="status">
              {rules.totalCount === 1 ? "1 rule" : `${rules.totalCount} rules`}
              {rules.pageInfo.hasNextPage && `, of which the first ${AT_ONCE} are shown: search for the others`}. The
              higher one wins{isAdmin && "; drag a rule to change its priority"}.
            </p>
            <Rows rules={rules.edges.map(({ node }) => node)} />
          </>
        )}
      </Loaded>
    </>
  );
}

type Row = FragmentType<typeof ROW> & Readonly<{ id: string; priority: number }>;

function Rows({ rules }: { rules: readonly Row[] }) {
  const [, go] = useLocation();
  const isAdmin = useIsAdmin();
  const { reprioritise, error } = useReprioritise(rules);
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ "text/plain": String(key) })),
    onReorder: ({ keys, target }) => {
      for (const dragged of keys)
        void reprioritise(String(dragged), String(target.key), target.dropPosition === "after");
    },
  });
  if (rules.length === 0) return <Empty>No rule is like that.</Empty>;
  return (
    <>
      {error && <Failed error={error} />}
      <Virtualizer layout={ListLayout} layoutOptions={{ estimatedRowHeight: ROW_HEIGHT_PX }}>
        <GridList
          className="rule-list card"
          aria-label="Rules, the highest priority first"
          items={rules}
          {...(isAdmin && { dragAndDropHooks })}
          onAction={(id) => go(`/${id}`)}
        >
          {(rule) => <RuleRow rule={rule} />}
        </GridList>
      </Virtualizer>
    </>
  );
}

function RuleRow({ rule }: { rule: Row }) {
  const isAdmin = useIsAdmin();
  const names = useNames();
  const { id, name, status, priority, places, conditionText, experiment } = readFragment(ROW, rule);
  return (
    <GridListItem id={id} textValue={name} className="rule-row">
      {isAdmin && <DragHandle name={name} />}
      <span className="grow">
        <strong className="clipped">{name}</strong>
        <span className="soft clipped">
          {conditionText}
          {places.length > 0 && ` · ${places.map(names.places).join(", ")}`}
        </span>
      </span>
      {experiment && <span className="tag trial">experiment {experiment.status.toLowerCase()}</span>}
      <span className="tag">{status.toLowerCase()}</span>
      <span className="number" title="Priority">
        {priority}
      </span>
    </GridListItem>
  );
}

function DragHandle({ name }: { name: string }) {
  return (
    <Button slot="drag" className="react-aria-Button bare" aria-label={`Move ${name}`}>
      ⠿
    </Button>
  );
}
