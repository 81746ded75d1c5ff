/** Why does the planner look like this, and what would change it? */
import type { Context } from "@attune/client";
import { useConfig } from "@attune/client/react";
import { Loaded } from "@attune/interface";
import { inLowerCase } from "@attune/interface/figures";
import { useEffect } from "react";
import { useQuery, useSubscription } from "urql";
import { graphql } from "../generated";

const WHY = graphql(`
  query WhyThisConfig($context: ContextInput!) {
    viewer {
      id
      explanation(context: $context) {
        rules(first: 20) {
          applied
          outcome
          failed
          wouldApplyIf
          rule {
            key
            name
          }
        }
      }
    }
  }
`);

const LEARNT = graphql(`
  subscription ProfileRevision {
    profileUpdated(knownRevision: 0) {
      profile {
        revision
      }
    }
  }
`);

export function Why({ context }: { context: Context }) {
  const revision = useConfig(context)?.revision;
  const [learnt] = useSubscription({ query: LEARNT });
  const profile = learnt.data?.profileUpdated.profile.revision;
  const [result, again] = useQuery({ query: WHY, variables: { context } });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another config or profile has other reasons
  useEffect(() => again({ requestPolicy: "network-only" }), [again, revision, profile]);
  return (
    <section className="stack" aria-label="Why">
      <h2>Why it looks like this</h2>
      <Loaded result={result} what="reasons" again={again}>
        {({ viewer }) => (
          <ul className="plain stack">
            {viewer.explanation.rules.map(({ rule, applied, outcome, failed, wouldApplyIf }) => (
              <li key={rule.key}>
                <span className={applied ? "good" : "soft"}>{applied ? "✓" : "–"}</span> {rule.name}
                <div className="soft">
                  {applied ? "applies" : (failed ?? inLowerCase(outcome))}
                  {wouldApplyIf && `; would apply if: ${wouldApplyIf}`}
                </div>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}
