/** Why does each rule apply, or not, and what would change that? For all rules, or those that want one slot. */
import { Loaded } from "@attune/interface";
import { inLowerCase } from "@attune/interface/figures";
import { slotName } from "@attune/interface/slots";
import { useEffect } from "react";
import { useQuery } from "urql";
import { graphql } from "../../generated";
import type { ContextInput } from "../../generated/graphql";
import { useNames } from "../../vocabulary";

const WHY = graphql(`
  query Why($id: ID!, $context: ContextInput!, $slot: String, $first: Int!) {
    user(id: $id) {
      id
      explanation(context: $context) {
        revision
        rules(first: $first, slot: $slot) {
          applied
          outcome
          failed
          wouldApplyIf
          bucket
          variation
          rule {
            id
            name
            priority
          }
        }
      }
    }
  }
`);

const MOST = 50;

type Question = { userId: string; context: ContextInput; slot: string | null; revision: string | undefined } & {
  profile: number | undefined;
};

export function Why({ userId, context, slot, revision, profile }: Question) {
  const [result, again] = useQuery({ query: WHY, variables: { id: userId, context, slot, first: MOST } });
  const names = useNames();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another config or profile has other reasons
  useEffect(() => again({ requestPolicy: "network-only" }), [again, revision, profile]);
  return (
    <section className="card stack" aria-labelledby="why">
      <h2 id="why">{slot ? `Why is it so: ${slotName(slot, names)}` : "Why each rule applies or does not"}</h2>
      <Loaded result={result} what="reasons" again={again}>
        {({ user }) => (
          <ul className="plain stack">
            {user?.explanation.rules.map(({ rule, applied, outcome, failed, wouldApplyIf, variation }) => (
              <li key={rule.id}>
                <span className={applied ? "good" : "soft"} aria-hidden="true">
                  {applied ? "✓" : "–"}
                </span>{" "}
                <a href={`#/rules/${rule.id}`}>{rule.name}</a> <span className="soft">priority {rule.priority}</span>{" "}
                <span className="tag">{inLowerCase(outcome)}</span>
                {variation && ` variation ${variation}`}
                {failed && <div>{failed}</div>}
                {wouldApplyIf && <div className="soft">would apply if: {wouldApplyIf}</div>}
              </li>
            ))}
            {user?.explanation.rules.length === MOST && (
              <li className="soft">These are the {MOST} that come nearest.</li>
            )}
          </ul>
        )}
      </Loaded>
    </section>
  );
}
