/** What could be changed because of what was measured, and what speaks for it? */
import { whole } from "@attune/interface/figures";
import { useState } from "react";
import { Button } from "react-aria-components";
import { type FragmentType, graphql, readFragment } from "../generated";
import { type Fact, factsOf } from "./evidence";

export const SUGGESTED = graphql(`
  fragment Suggested on Suggestion {
    id
    kind
    text
    evidence
    applicable
    rule {
      id
      name
    }
    segment {
      key
      name
    }
  }
`);

const NAMES = {
  ROLL_OUT: "Give it to everybody",
  PAUSE: "Pause",
  REPRIORITISE: "Change the priority",
  REALLOCATE: "Divide users otherwise",
  CONCLUDE: "Conclude",
  FIX_CONFLICT: "Settle a conflict",
  TARGET_SEGMENT: "Keep to a segment",
} as const;

export type Suggestions = readonly FragmentType<typeof SUGGESTED>[];

const AT_ONCE = 5;

/** Many rules have many: the first ones are shown, they matter most. */
export function SuggestionList({ of }: { of: Suggestions }) {
  const [most, setMost] = useState(AT_ONCE);
  return (
    <>
      <Shown of={of.slice(0, most)} />
      {of.length > most && (
        <div className="row">
          <Button onPress={() => setMost(most + AT_ONCE)}>Show {Math.min(AT_ONCE, of.length - most)} more</Button>
          <span className="soft">
            {most} of {whole(of.length)} are shown.
          </span>
        </div>
      )}
    </>
  );
}

function Shown({ of }: { of: Suggestions }) {
  return (
    <ul className="plain stack">
      {readFragment(SUGGESTED, of).map(({ id, kind, text, evidence, applicable, rule, segment }) => (
        <li key={id} className="warned stack tight">
          <p className="row">
            <strong>{NAMES[kind]}</strong>
            {rule && <a href={`#/rules/${rule.id}`}>{rule.name}</a>}
            {segment && <a href={`#/segments/of/${encodeURIComponent(segment.key)}`}>{segment.name}</a>}
            {applicable && <span className="tag">the figures alone decide</span>}
          </p>
          <p>{text}</p>
          <Evidence facts={factsOf(evidence)} />
        </li>
      ))}
    </ul>
  );
}

function Evidence({ facts }: { facts: readonly Fact[] }) {
  if (facts.length === 0) return null;
  return (
    <details>
      <summary>What was measured</summary>
      <dl className="pairs">
        {facts.map(({ name, value }) => (
          <div key={name}>
            <dt className="soft">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
