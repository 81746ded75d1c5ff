/** What is expected of a person, and what speaks for it? */
import { amount, chance, difference, inLowerCase } from "@attune/interface/figures";
import { type FragmentType, graphql, readFragment } from "../../generated";
import { useNames } from "../../vocabulary";

const INSIGHTS = graphql(`
  fragment KnownInsights on Insights {
    computedAt
    churn {
      risk
      level
      horizonDays
      factors(first: 6) {
        signal
        contribution
        text
      }
    }
    lifetimeValue {
      expected
      low
      high
      horizonDays
    }
    nextActions(first: 4) {
      kind
      target
      probability
    }
    recommendations(first: 4) {
      feature
      score
      reason
    }
  }
`);

export function Insights({ of }: { of: FragmentType<typeof INSIGHTS> }) {
  const { churn, lifetimeValue, nextActions, recommendations } = readFragment(INSIGHTS, of);
  const names = useNames();
  return (
    <div className="grid">
      <section className="card stack" aria-labelledby="churn">
        <h2 id="churn">Will they stay away?</h2>
        {churn ? (
          <>
            <p>
              <strong>{chance(churn.risk)}</strong> in the next {churn.horizonDays} days: {churn.level.toLowerCase()}{" "}
              risk
            </p>
            <Factors of={churn.factors} />
          </>
        ) : (
          <p className="soft">No model can say.</p>
        )}
      </section>
      <section className="card stack" aria-labelledby="value">
        <h2 id="value">What will they spend?</h2>
        {lifetimeValue ? (
          <p>
            <strong>{amount(lifetimeValue.expected)}</strong> in {lifetimeValue.horizonDays} days, four times out of
            five between {amount(lifetimeValue.low)} and {amount(lifetimeValue.high)}
          </p>
        ) : (
          <p className="soft">No model can say.</p>
        )}
      </section>
      <section className="card stack" aria-labelledby="next">
        <h2 id="next">What comes next?</h2>
        <ul className="plain">
          {nextActions.map(({ kind, target, probability }) => (
            <li key={`${kind} ${target}`}>
              {chance(probability)} {inLowerCase(kind)} {target && names.targets(target)}
            </li>
          ))}
          {recommendations.map(({ feature, reason }) => (
            <li key={feature}>
              might like <strong>{names.features(feature)}</strong>: <span className="soft">{reason}</span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

type Factor = Readonly<{ signal: string; contribution: number; text: string }>;

/** Bars to the right speak for it, to the left against it. */
function Factors({ of }: { of: readonly Factor[] }) {
  const most = Math.max(...of.map(({ contribution }) => Math.abs(contribution)), Number.EPSILON);
  return (
    <ul className="plain factors">
      {of.map(({ signal, contribution, text }) => {
        const width = (Math.abs(contribution) / most) * 50;
        const left = contribution < 0 ? 50 - width : 50;
        return (
          <li key={signal}>
            <span>{text}</span>
            <span
              className="factor"
              role="img"
              aria-label={`${contribution < 0 ? "speaks against it" : "speaks for it"}: ${difference(contribution)}`}
            >
              <span
                className={contribution < 0 ? "signed against" : "signed for"}
                style={{ left: `${left}%`, width: `${width}%` }}
              />
            </span>
          </li>
        );
      })}
    </ul>
  );
}
