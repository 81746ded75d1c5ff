/** How do many rules come? A page when it is wanted; all that have come are read again when one of them changes. */
import { useCallback, useEffect, useState } from "react";
import { type Client, type CombinedError, type OperationResult, useClient } from "urql";
import { graphql } from "../../generated";
import type { RuleFilter, RulesQuery } from "../../generated/graphql";

const RULES = graphql(`
  query Rules($filter: RuleFilter, $first: Int!, $after: String) {
    rules(filter: $filter, first: $first, after: $after) {
      totalCount
      edges {
        node {
          id
          key
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

type Page = RulesQuery["rules"];
type Row = Page["edges"][number]["node"];
export type Listed = Readonly<{ totalCount: number; rows: readonly Row[]; pages: number; hasMore: boolean }>;
type Told = Readonly<{ data?: Listed; error?: CombinedError; fetching: boolean }>;
type Wanted = Readonly<{ filter: RuleFilter; pages: number; turn: number }>;

export function useRulePages(filter: RuleFilter) {
  const client = useClient();
  const [wanted, want] = useState<Wanted>({ filter, pages: 1, turn: 0 });
  const [told, tell] = useState<Told>({ fetching: true });
  const current = wanted.filter === filter ? wanted : { filter, pages: 1, turn: 0 };
  const { pages, turn } = current;
  useEffect(() => {
    tell((before) => ({ ...before, fetching: true }));
    return followPages(client, { filter, pages, turn }, tell);
  }, [client, filter, pages, turn]);
  const arePagesThere = told.data?.pages === pages && !told.fetching;
  const more = useCallback(() => {
    if (arePagesThere) want({ filter, pages: pages + 1, turn });
  }, [arePagesThere, filter, pages, turn]);
  const again = useCallback(() => want({ filter, pages, turn: turn + 1 }), [filter, pages, turn]);
  return { result: told, more, again };
}

/** Tells what there is once all wanted pages are there, and whenever one of them changes. Returns how to stop. */
function followPages(client: Client, { filter, pages, turn }: Wanted, tell: (told: Told) => void) {
  const known: Page[] = [];
  const followed: { after: string | null | undefined; stop: () => void }[] = [];
  const heard = (at: number, { data, error }: OperationResult<RulesQuery>) => {
    if (data) known[at] = data.rules;
    const page = known[at];
    const isLast = !page?.pageInfo.hasNextPage || at + 1 === pages;
    if (isLast) drop(at + 1);
    else follow(at + 1, page.pageInfo.endCursor);
    if (isLast || error || known.length > at + 1) {
      tell({ error, fetching: false, ...(known.length > 0 && { data: listed(known) }) });
    }
  };
  const follow = (at: number, after: string | null | undefined) => {
    if (followed[at] && followed[at].after === after) return;
    drop(at);
    const fresh = turn > 0 || pages === 1;
    const asked = client.query(
      RULES,
      { filter, first: AT_ONCE, after },
      { requestPolicy: fresh ? "cache-and-network" : "cache-first" },
    );
    const entry = { after, stop: () => {} };
    followed[at] = entry;
    entry.stop = asked.subscribe((result) => heard(at, result)).unsubscribe;
  };
  const drop = (from: number) => {
    for (const { stop } of followed.splice(from)) stop();
    known.splice(from);
  };
  follow(0, undefined);
  return () => drop(0);
}

/** A rule that has just moved may stand on two pages until both are read again. */
function listed(pages: readonly Page[]): Listed {
  const rows = new Map(pages.flatMap(({ edges }) => edges.map(({ node }) => [node.id, node] as const)));
  const last = pages.at(-1);
  const hasMore = last?.pageInfo.hasNextPage ?? false;
  return { totalCount: last?.totalCount ?? 0, rows: [...rows.values()], pages: pages.length, hasMore };
}
