/** How did the rule become what it is? Any revision can be compared, and made the newest again. */
import { Failed, Loaded, useAnnounce } from "@attune/interface";
import { Choice } from "@attune/interface/fields";
import { inLowerCase, instant } from "@attune/interface/figures";
import { useEffect, useRef, useState } from "react";
import { Button } from "react-aria-components";
import { useMutation, useQuery } from "urql";
import { type FragmentType, graphql, readFragment } from "../../generated";
import { Problems } from "../../problems";
import { useIsAdmin } from "../../session/signed-in";

const HISTORY = graphql(`
  fragment RuleHistory on Rule {
    id
    revision
    revisions: history(first: 100) {
      edges {
        node {
          revision
          at
          by
          kind
          changes
        }
      }
    }
  }
`);

const COMPARISON = graphql(`
  query CompareRevisions($id: ID!, $from: Int!, $until: Int!) {
    rule(id: $id) {
      id
      updatedBy
      comparison(from: $from, until: $until)
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

export function History({ of }: { of: FragmentType<typeof HISTORY> }) {
  const { id, revision, revisions } = readFragment(HISTORY, of);
  const isAdmin = useIsAdmin();
  const [result, rollBack] = useMutation(ROLL_BACK);
  const announce = useAnnounce();
  const problems = result.data?.rollBackRule.userErrors ?? [];
  const newest = useRef<HTMLLIElement>(null);
  const isRestored = useRef(false);
  // The button that was pressed is pushed away by what it made.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each revision has another place in the list
  useEffect(() => {
    if (isRestored.current) newest.current?.focus();
    isRestored.current = false;
  }, [revision]);
  const restore = async (toRevision: number) => {
    const { data } = await rollBack({ id, expectedRevision: revision, toRevision });
    const made = data?.rollBackRule.rule;
    if (!made) return;
    isRestored.current = true;
    announce(`Revision ${made.revision} is what revision ${toRevision} was.`);
  };
  const all = revisions.edges.map(({ node }) => node);
  return (
    <div className="stack">
      <Comparison id={id} newest={revision} revisions={all.map((one) => one.revision)} />
      {result.error && <Failed error={result.error} />}
      {problems.length > 0 && <Problems of={problems} />}
      <ol className="plain stack">
        {all.map((one) => (
          <li
            key={one.revision}
            className="card stack"
            ref={one.revision === revision ? newest : undefined}
            tabIndex={-1}
          >
            <div className="row between">
              <p>
                <strong>Revision {one.revision}</strong>, {inLowerCase(one.kind)} by {one.by}, {instant(one.at)}
              </p>
              {isAdmin && one.revision !== revision && (
                <Button isPending={result.fetching} onPress={() => void restore(one.revision)}>
                  Make it the newest again
                </Button>
              )}
            </div>
            <Changes of={one.changes} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function Comparison({ id, newest, revisions }: { id: string; newest: number; revisions: readonly number[] }) {
  const [from, setFrom] = useState(String(Math.max(1, newest - 1)));
  const [until, setUntil] = useState(String(newest));
  const variables = { id, from: Number(from), until: Number(until) };
  const [result, again] = useQuery({ query: COMPARISON, variables, pause: revisions.length < 2 });
  if (revisions.length < 2) return null;
  const options = revisions.map((one) => ({ value: String(one), name: `revision ${one}` }));
  return (
    <section className="card stack" aria-label="Comparison">
      <div className="row">
        <Choice label="Compare" value={from} options={options} change={setFrom} />
        <Choice label="with" value={until} options={options} change={setUntil} />
      </div>
      <div aria-live="polite">
        <Loaded result={result} what="comparison" again={again}>
          {({ rule }) => <Changes of={rule?.comparison ?? []} />}
        </Loaded>
      </div>
    </section>
  );
}

/** What somebody else made of the rule while it was being written here. */
export function ChangedMeanwhile({ id, from, until }: { id: string; from: number; until: number }) {
  const [result, again] = useQuery({ query: COMPARISON, variables: { id, from, until } });
  return (
    <Loaded result={result} what="changes" again={again}>
      {({ rule }) => (
        <>
          <p>
            While you changed it, {rule?.updatedBy} made it revision {until}:
          </p>
          <Changes of={rule?.comparison ?? []} />
        </>
      )}
    </Loaded>
  );
}

function Changes({ of }: { of: readonly string[] }) {
  if (of.length === 0) return <p className="soft">Nothing differs.</p>;
  return (
    <ul className="changes">
      {of.map((change) => (
        <li key={change}>{change}</li>
      ))}
    </ul>
  );
}
