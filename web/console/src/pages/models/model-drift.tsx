/** Are users still those that a model was trained on? */
import { instant, measured, whole } from "@attune/interface/figures";
import { type FragmentType, graphql, readFragment } from "../../generated";

const DRIFT = graphql(`
  fragment ModelDrift on Drift {
    measuredAt
    users
    level
    score
    signals {
      signal
      stability
    }
  }
`);

const LEVELS = {
  STABLE: { text: "Nothing moved that matters.", tone: "good" },
  MOVING: { text: "Some signals move: worth watching.", tone: "warned" },
  DRIFTED: { text: "These are other users than those it was trained on: train it again.", tone: "bad" },
} as const;
const ANOTHER_POPULATION = 0.25;
const SIGNALS_SHOWN = 8;

export function ModelDrift({ of }: { of: FragmentType<typeof DRIFT> | null | undefined }) {
  const drift = readFragment(DRIFT, of);
  if (!drift) return <p className="soft">Drift was not measured yet.</p>;
  const level = LEVELS[drift.level];
  return (
    <div className="stack tight">
      <h3>Drift</h3>
      <p>
        <span className={level.tone}>{level.text}</span>{" "}
        <span className="soft">
          Measured {instant(drift.measuredAt)} on {whole(drift.users)} users; 0 is unmoved, from {ANOTHER_POPULATION} on
          it is another population.
          {typeof drift.score === "number" && ` Predictions themselves: ${measured(drift.score)}.`}
        </span>
      </p>
      <ul className="plain stack tight">
        {drift.signals.slice(0, SIGNALS_SHOWN).map(({ signal, stability }) => (
          <li key={signal} className="row">
            <span className="grow">{signal}</span>
            <meter
              value={stability}
              max={Math.max(stability, 2 * ANOTHER_POPULATION)}
              high={ANOTHER_POPULATION}
              optimum={0}
              aria-label={`Drift of ${signal}`}
            />
            <span className="number">{measured(stability)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
