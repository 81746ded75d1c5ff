/** How did the rule become what it is? Any revision can be compared, and made the newest again. */
import { Failed, Loaded, useAnnounce } from "@attune/interface";
import { inLowerCase, instant } from "@attune/interface/figures";
import { focusPart } from "@attune/interface/kept-focus";
import { useEffect, useRef } from "react";
import { Button } from "react-aria-components";
import { useMutation, useQuery } from "urql";
import { graphql } from "../../generated";
import type { RuleHistoryQuery } from "../../generated/graphql";
import { PageTurner, usePages } from "../../paging";
import { Problems } from "../../problems";
import { useIsAdmin } from "../../session/signed-in";
import { Changes, Comparison } from "./comparison";

const HISTORY = graphql(`
  query RuleHistory($id: ID!, $after: String) {
    rule(id: $id) {
      id
      history(first: 25, after: $after) {
        edges {
          node {
            revision
            at
            by
            kind
            changes
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

const ROLL_BACK = graphql(`
  mutation RollBackRule($id: ID!, $expectedRevision: Int!, $toRevision: Int!) {
    rollBackRule(id: $id, expectedRevision: $expectedRevision, toRevision: $toRevision) {
      rule {
        id
        revision
      }
      userErrors {
        message
        path
      }
    }
  }
`);

export function History({ id, revision }: { id: string; revision: number }) {
  const pages = usePages(`revisions of ${id}`);
  const [result, again] = useQuery({
    query: HISTORY,
    variables: { id, after: pages.after },
    requestPolicy: "cache-and-network",
  });
  return (
    <div className="stack">
      {revision > 1 && <Comparison key={revision} id={id} newest={revision} />}
      <Loaded result={result} what="history" again={again}>
        {({ rule }) =>
          rule && (
            <>
              <Revisions id={id} newest={revision} of={rule.history.edges.map(({ node }) => node)} />
              <PageTurner pages={pages} of={rule.history.pageInfo} what="revisions" />
            </>
          )
        }
      </Loaded>
    </div>
  );
}

type Revision = NonNullable<RuleHistoryQuery["rule"]>["history"]["edges"][number]["node"];

function Revisions({ id, newest, of }: { id: string; newest: number; of: readonly Revision[] }) {
  const isAdmin = useIsAdmin();
  const [result, rollBack] = useMutation(ROLL_BACK);
  const announce = useAnnounce();
  const problems = result.data?.rollBackRule.userErrors ?? [];
  const restored = useRef<HTMLLIElement>(null);
  const isRestored = useRef(false);
  const first = of[0]?.revision;
  // The button that was pressed is pushed away by what it made.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each revision has another place in the list
  useEffect(() => {
    if (isRestored.current && restored.current) focusPart(restored.current);
    isRestored.current = false;
  }, [first]);
  const restore = async (toRevision: number) => {
    const { data } = await rollBack({ id, expectedRevision: newest, toRevision });
    const made = data?.rollBackRule.rule;
    if (!made) return;
    isRestored.current = true;
    announce(`Revision ${made.revision} is what revision ${toRevision} was.`);
  };
  return (
    <>
      {result.error && <Failed error={result.error} />}
      {problems.length > 0 && <Problems of={problems} />}
      <ol className="plain stack">
        {of.map((one) => (
          <li key={one.revision} className="card stack" ref={one.revision === first ? restored : undefined}>
            <div className="row between">
              <p>
                <strong>Revision {one.revision}</strong>, {inLowerCase(one.kind)} by {one.by}, {instant(one.at)}
              </p>
              {isAdmin && one.revision !== newest && (
                <Button isPending={result.fetching} onPress={() => void restore(one.revision)}>
                  Make it the newest again
                </Button>
              )}
            </div>
            <Changes of={one.changes} />
          </li>
        ))}
      </ol>
    </>
  );
}
