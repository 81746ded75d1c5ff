/** Why does the planner look like this, and what would change it? */
import type { Config, Context } from "@attune/client";
import { useConfig } from "@attune/client/react";
import { Empty, Loaded } from "@attune/interface";
import { inLowerCase, whole } from "@attune/interface/figures";
import { useEffect } from "react";
import { useQuery, useSubscription } from "urql";
import { graphql } from "../generated";
import type { WhyThisConfigQuery } from "../generated/graphql";
import { inWords } from "./slots";

const WHY = graphql(`
  query WhyThisConfig($context: ContextInput!) {
    viewer {
      id
      config(context: $context) {
        decisions {
          slot
          rule {
            key
          }
        }
      }
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
  const config = useConfig(context);
  const revision = config?.revision;
  const [learnt] = useSubscription({ query: LEARNT });
  const profile = learnt.data?.profileUpdated.profile.revision;
  const [result, again] = useQuery({ query: WHY, variables: { context } });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another config or profile has other reasons
  useEffect(() => again({ requestPolicy: "network-only" }), [again, revision, profile]);
  const title = context.device === "MOBILE" ? "Why the phone looks like this" : "Why it looks like this";
  return (
    <section className="stack" aria-label={context.device === "MOBILE" ? "Why, on the phone" : "Why"}>
      <h2>{title}</h2>
      <Loaded result={result} what="reasons" again={again}>
        {({ viewer }) => <Verdicts of={viewer} config={config} isOpen={context.device !== "MOBILE"} />}
      </Loaded>
    </section>
  );
}

type Reasons = WhyThisConfigQuery["viewer"];

function Verdicts({ of, config, isOpen }: { of: Reasons; config: Config | null; isOpen: boolean }) {
  const { rules } = of.explanation;
  if (rules.some(({ outcome }) => outcome === "OPTED_OUT"))
    return <Empty>You opted out: it is the default, whatever rules there are.</Empty>;
  const applied = rules.filter((verdict) => verdict.applied);
  // What is tried on simulated users only concerns nobody here: it comes last.
  const isSimulated = ({ rule }: (typeof rules)[number]) => Number(rule.key.startsWith("sim_"));
  const others = rules.filter((one) => !one.applied).toSorted((one, other) => isSimulated(one) - isSimulated(other));
  const decided = (rule: string) =>
    of.config.decisions.flatMap((decision) =>
      config && decision.rule?.key === rule ? [inWords(decision.slot, config)] : [],
    );
  return (
    <>
      {applied.length === 0 && <Empty>No rule applies: it is the default, and what you chose yourself.</Empty>}
      <ul className="plain stack">
        {applied.map(({ rule }) => (
          <li key={rule.key}>
            <span className="good">✓</span> {rule.name}
            <div className="soft">applies: {decided(rule.key).join(", ")}</div>
          </li>
        ))}
      </ul>
      <details open={isOpen}>
        <summary>{counted(others.length, "rule")} not applied, and why not</summary>
        <ul className="plain stack reasons">
          {others.map(({ rule, outcome, failed, wouldApplyIf }) => (
            <li key={rule.key}>
              <span className="soft">–</span> {rule.name}
              <div className="soft">
                {failed ?? inLowerCase(outcome)}
                {wouldApplyIf && `; would apply if: ${wouldApplyIf}`}
              </div>
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}

const counted = (count: number, what: string) => `${whole(count)} ${what}${count === 1 ? "" : "s"}`;
