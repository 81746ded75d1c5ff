/** One experiment: what it has found, how surely, and what follows. */
import { Empty, Loaded } from "@attune/interface";
import { instant } from "@attune/interface/figures";
import { useQuery } from "urql";
import { Link } from "wouter";
import { graphql } from "../../generated";
import type { InteractionKind } from "../../generated/graphql";
import { Missing } from "../../missing";
import { INTERACTIONS } from "../../words";
import { Conduct } from "./conduct";
import { Found } from "./found";
import { Growth } from "./growth";
import { Segments } from "./segments";

const EXPERIMENT = graphql(`
  query Experiment($id: ID!) {
    rule(id: $id) {
      id
      name
      status
      ...ConductedRule
      experiment {
        status
        run
        startedAt
        concludedAt
        goal {
          kind
          target
          windowDays
          measure
          increase
        }
        guardrails {
          kind
          target
        }
        results {
          ...FoundResults
        }
        growth {
          ...GrownResults
        }
        bySegment {
          ...ChosenBySegment
        }
      }
    }
  }
`);

const MEASURES = {
  CONVERSION_RATE: "the share of users who",
  COUNT_MEAN: "how often a user",
  VALUE_MEAN: "the value per user where they",
};

type Deed = Readonly<{ kind: InteractionKind; target?: string | null }>;

function inWords({ kind, target }: Deed): string {
  const deed = INTERACTIONS.find(({ value }) => value === kind)?.name.toLowerCase() ?? kind;
  return target ? `${deed} (${target})` : deed;
}

export default function OneExperiment({ id }: { id: string }) {
  const [result, again] = useQuery({ query: EXPERIMENT, variables: { id }, requestPolicy: "cache-and-network" });
  return (
    <>
      <Link href="/">← All experiments</Link>
      <Loaded result={result} what="experiment" again={again}>
        {({ rule }) => {
          if (!rule?.experiment) return <Missing what="experiment" />;
          const { experiment } = rule;
          return (
            <>
              <h1>{rule.name}</h1>
              <p>
                <span className="tag">{experiment.status.toLowerCase()}</span>{" "}
                {experiment.startedAt && `run ${experiment.run}, since ${instant(experiment.startedAt)}`}
                {experiment.concludedAt && ` until ${instant(experiment.concludedAt)}`}; decided by{" "}
                {MEASURES[experiment.goal.measure]} {inWords(experiment.goal)} within {experiment.goal.windowDays} days.{" "}
                <a href={`#/rules/${rule.id}`}>The rule</a>
              </p>
              <Conduct of={rule} again={() => again({ requestPolicy: "network-only" })} />
              {experiment.results ? (
                <Found
                  of={experiment.results}
                  measure={experiment.goal.measure}
                  guardrails={experiment.guardrails.map(inWords)}
                />
              ) : (
                <Empty>
                  It was not started yet. Once it is, users are divided at random, and what they do is compared here.
                </Empty>
              )}
              <Growth of={experiment.growth} />
              {experiment.bySegment && <Segments of={experiment.bySegment} measure={experiment.goal.measure} />}
            </>
          );
        }}
      </Loaded>
    </>
  );
}
