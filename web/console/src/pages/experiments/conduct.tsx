/** How is an experiment started and concluded? */
import { Failed, useAnnounce } from "@attune/interface";
import { Choice } from "@attune/interface/fields";
import { useState } from "react";
import { Button } from "react-aria-components";
import { useMutation } from "urql";
import { Confirmation } from "../../confirmation";
import { type FragmentType, graphql, readFragment } from "../../generated";
import type { RuleStatus } from "../../generated/graphql";
import { Problems } from "../../problems";
import { useIsAdmin } from "../../session/signed-in";

const CONDUCTED = graphql(`
  fragment ConductedRule on Rule {
    id
    status
    experiment {
      status
      winner
      variations {
        key
        control
        allocation
      }
    }
  }
`);

const START = graphql(`
  mutation StartExperiment($id: ID!) {
    startExperiment(ruleId: $id) {
      rule {
        id
        experiment {
          status
        }
      }
      userErrors {
        message
        path
      }
    }
  }
`);

const CONCLUDE = graphql(`
  mutation ConcludeExperiment($id: ID!, $winner: String!) {
    concludeExperiment(ruleId: $id, winner: $winner) {
      rule {
        id
        experiment {
          status
        }
      }
      userErrors {
        message
        path
      }
    }
  }
`);

export function Conduct({ of, again }: { of: FragmentType<typeof CONDUCTED>; again: () => void }) {
  const { id, status, experiment } = readFragment(CONDUCTED, of);
  const isAdmin = useIsAdmin();
  const [started, start] = useMutation(START);
  const [concluded, conclude] = useMutation(CONCLUDE);
  const announce = useAnnounce();
  const variations = experiment?.variations ?? [];
  const [winner, setWinner] = useState(variations.find(({ control }) => control)?.key ?? "");
  const problems = [
    ...(started.data?.startExperiment.userErrors ?? []),
    ...(concluded.data?.concludeExperiment.userErrors ?? []),
  ];
  const begin = async () => {
    const { data } = await start({ id });
    if (data?.startExperiment.rule) announce("The experiment is running.");
    again();
  };
  const end = async () => {
    const { data } = await conclude({ id, winner });
    if (data?.concludeExperiment.rule) announce(`The experiment is concluded: everybody gets ${winner}.`);
    again();
  };
  const error = started.error ?? concluded.error;
  if (!isAdmin) return <Standing winner={experiment?.winner} status={status} />;
  return (
    <section className="card stack" aria-label="Start and conclude">
      {experiment?.status === "RUNNING" ? (
        <div className="row end">
          <Choice
            label="Give everybody"
            value={winner}
            options={variations.map(({ key }) => ({ value: key, name: key }))}
            change={setWinner}
          />
          <Confirmation
            ask="Conclude …"
            consequence={`Everybody gets ${winner} from now on, and nobody is counted any more.`}
            no="Go on trying"
            yes="Conclude"
            isPending={concluded.fetching}
            act={() => void end()}
          />
        </div>
      ) : (
        <Button className="react-aria-Button primary" isPending={started.fetching} onPress={() => void begin()}>
          {experiment?.status === "CONCLUDED" ? "Start another run" : "Start"}
        </Button>
      )}
      <Standing winner={experiment?.winner} status={status} />
      {error && <Failed error={error} />}
      {problems.length > 0 && <Problems of={problems} />}
    </section>
  );
}

function Standing({ winner, status }: { winner?: string | null; status: RuleStatus }) {
  return (
    <>
      {winner && <p>Everybody gets {winner}.</p>}
      {status !== "ACTIVE" && (
        <p className="warned">The rule is {status.toLowerCase()}: nobody is assigned anything.</p>
      )}
    </>
  );
}
