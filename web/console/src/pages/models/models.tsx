/** Which models predict, how good are they, and do they still fit? */
import { Empty, Loaded } from "@attune/interface";
import { inLowerCase, instant, whole } from "@attune/interface/figures";
import { useQuery } from "urql";
import { graphql } from "../../generated";
import type { ModelsQuery } from "../../generated/graphql";
import { Calibration } from "./calibration";
import { ModelDrift } from "./model-drift";
import { Quality } from "./quality";

const MODELS = graphql(`
  query Models {
    models {
      name
      task
      version
      trainedAt
      trainingRows
      servesBaseline
      note
      quality {
        ...ModelQualities
      }
      calibration {
        ...CalibratedShares
      }
      drift {
        ...ModelDrift
      }
    }
  }
`);

const TASKS = {
  CHURN: "Whether a user stays away",
  LIFETIME_VALUE: "What a user will spend",
  NEXT_ACTION: "What a user does next",
  RECOMMENDATION: "Which features a user will like",
  SEGMENTS: "In which segments a user will be",
} as const;

export default function Models() {
  const [result, again] = useQuery({ query: MODELS, requestPolicy: "cache-and-network" });
  return (
    <>
      <h1>Models</h1>
      <Loaded result={result} what="models" again={again}>
        {({ models }) =>
          models.length === 0 ? (
            <Empty>
              <p>
                No model is trained yet, so nothing is predicted. Once users have done enough, <code>attune train</code>{" "}
                trains all of them; a running engine does so by itself when <code>ATTUNE_TRAIN_EVERY</code> is set.
              </p>
            </Empty>
          ) : (
            models.map((model) => <OneModel key={`${model.name} ${model.version}`} of={model} />)
          )
        }
      </Loaded>
    </>
  );
}

function OneModel({ of: model }: { of: ModelsQuery["models"][number] }) {
  return (
    <section className="card stack" aria-labelledby={`model-${model.name}`}>
      <div className="row between">
        <h2 id={`model-${model.name}`}>{TASKS[model.task]}</h2>
        <span className="tag">{model.servesBaseline ? "a simple method answers" : "the model answers"}</span>
      </div>
      <p className="soft">
        {inLowerCase(model.name)}, version {model.version}, trained {instant(model.trainedAt)}
        {model.trainingRows > 0 && ` on ${whole(model.trainingRows)} snapshots of users`}
      </p>
      {(model.note || model.servesBaseline) && (
        <p className={model.servesBaseline ? "warned" : undefined}>
          {model.note || "It did not beat the simple method by more than its interval."}
        </p>
      )}
      <div className="grid">
        <Quality of={model.quality} />
        <Calibration of={model.calibration} />
      </div>
      <ModelDrift of={model.drift} />
    </section>
  );
}
