/** Which rules are there, and which of them wins? Dragging one changes its priority. */
import { Empty, Failed, Loaded } from "@attune/interface";
import {
  Button,
  Collection,
  GridList,
  GridListItem,
  GridListLoadMoreItem,
  ListLayout,
  useDragAndDrop,
  Virtualizer,
} from "react-aria-components";
import { Link, useLocation } from "wouter";
import { type FragmentType, graphql, readFragment } from "../../generated";
import { useRemembered } from "../../remembered";
import { useIsAdmin } from "../../session/signed-in";
import { useSettled } from "../../settled";
import { useNames } from "../../vocabulary";
import { useReprioritise } from "./reprioritise";
import { RuleFilters, type Wanted } from "./rule-filters";
import { type Listed, useRulePages } from "./rule-pages";

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

/** Of who is writing what to search for. */
const PAUSE_MS = 150;
const ROW_HEIGHT_PX = 64;

export function RuleList() {
  const [wanted, setWanted] = useRemembered<Wanted>("which rules", {});
  const isAdmin = useIsAdmin();
  const { result, more, again } = useRulePages(useSettled(wanted, PAUSE_MS));
  // Archived rules win nothing: no order among them means anything.
  const canMove = isAdmin && wanted.status?.[0] !== "ARCHIVED";
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
        {(listed) => (
          <>
            <p className="soft" role="status">
              {listed.totalCount === 1 ? "1 rule" : `${listed.totalCount} rules`}. The higher one wins
              {canMove && "; drag a rule to change its priority"}.
            </p>
            {listed.rows.length === 0 ? (
              <NoRule isNarrowed={Object.keys(wanted).length > 0} />
            ) : (
              <Rows of={listed} more={more} isLoading={result.fetching} canMove={canMove} />
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

type Shown = { of: Listed; more: () => void; isLoading: boolean; canMove: boolean };

function Rows({ of, more, isLoading, canMove }: Shown) {
  const { rows, hasMore } = of;
  const [, go] = useLocation();
  const { reprioritise, error, moved } = useReprioritise(rows);
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ "text/plain": String(key) })),
    onReorder: ({ keys, target }) => {
      for (const dragged of keys)
        void reprioritise(String(dragged), String(target.key), target.dropPosition === "after");
    },
  });
  return (
    <>
      {error && <Failed error={error} />}
      <p role="status" className="soft">
        {moved > 1 && `To make room, ${moved} rules got another priority.`}
      </p>
      <Virtualizer layout={ListLayout} layoutOptions={{ estimatedRowHeight: ROW_HEIGHT_PX }}>
        <GridList
          className="rule-list card"
          aria-label="Rules, the highest priority first"
          {...(canMove && { dragAndDropHooks })}
          onAction={(id) => go(`/${id}`)}
        >
          <Collection items={rows} dependencies={[canMove]}>
            {(rule) => <RuleRow rule={rule} canMove={canMove} />}
          </Collection>
          {hasMore && (
            <GridListLoadMoreItem onLoadMore={more} isLoading={isLoading} className="state">
              Loading more rules …
            </GridListLoadMoreItem>
          )}
        </GridList>
      </Virtualizer>
    </>
  );
}

function NoRule({ isNarrowed }: { isNarrowed: boolean }) {
  const isAdmin = useIsAdmin();
  if (isNarrowed) return <Empty>No rule is like that.</Empty>;
  return (
    <Empty>
      <p>There is no rule yet: everybody sees the defaults of the catalogue.</p>
      <p>
        A rule says for whom something changes, where and when.{" "}
        {isAdmin ? <Link href="/new">Make the first one</Link> : "Admins make them"}.
      </p>
    </Empty>
  );
}

function RuleRow({ rule, canMove }: { rule: FragmentType<typeof ROW>; canMove: boolean }) {
  const names = useNames();
  const { id, name, status, priority, places, conditionText, experiment } = readFragment(ROW, rule);
  return (
    <GridListItem id={id} textValue={name} className="rule-row">
      {canMove && <DragHandle name={name} />}
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
