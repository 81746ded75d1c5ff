/** How do two revisions of a rule differ? */
import { Loaded } from "@attune/interface";
import { NumberEntry } from "@attune/interface/fields";
import { useState } from "react";
import { useQuery } from "urql";
import { graphql } from "../../generated";

const COMPARISON = graphql(`
  query CompareRevisions($id: ID!, $from: Int!, $until: Int!) {
    rule(id: $id) {
      id
      updatedBy
      comparison(from: $from, until: $until)
    }
  }
`);

/** Of any two revisions; at first of the newest one and the one before. */
export function Comparison({ id, newest }: { id: string; newest: number }) {
  const [from, setFrom] = useState<number | null>(newest - 1);
  const [until, setUntil] = useState<number | null>(newest);
  const isAsked = [from, until].every((one) => one !== null && one >= 1 && one <= newest);
  const variables = { id, from: from ?? 1, until: until ?? 1 };
  const [result, again] = useQuery({ query: COMPARISON, variables, pause: !isAsked });
  return (
    <section className="card stack" aria-label="Comparison">
      <div className="row">
        <NumberEntry label="Compare revision" value={from} min={1} max={newest} step={1} change={setFrom} />
        <NumberEntry label="with revision" value={until} min={1} max={newest} step={1} change={setUntil} />
      </div>
      <div aria-live="polite">
        {isAsked ? (
          <Loaded result={result} what="comparison" again={again}>
            {({ rule }) => <Changes of={rule?.comparison ?? []} />}
          </Loaded>
        ) : (
          <p className="soft">There are revisions from 1 to {newest}.</p>
        )}
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

export function Changes({ of }: { of: readonly string[] }) {
  if (of.length === 0) return <p className="soft">Nothing differs.</p>;
  return (
    <ul className="changes">
      {of.map((change) => (
        <li key={change}>{change}</li>
      ))}
    </ul>
  );
}
