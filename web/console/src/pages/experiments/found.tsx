/** What has an experiment found, and how surely? */
import { TableFrame } from "@attune/interface";
import { Chart } from "@attune/interface/chart";
import * as Plot from "@observablehq/plot";
import { useMemo } from "react";
import { type FragmentType, graphql, readFragment } from "../../generated";
import type { FoundResultsFragment, Verdict } from "../../generated/graphql";

const FOUND = graphql(`
  fragment FoundResults on ExperimentResults {
    exposedUsers
    sampleRatioPValue
    sampleRatioMismatch
    verdict
    verdictText
    winner
    linkedUsers
    drift
    variations {
      variation
      users
      conversions
      mean
      absent
      lift {
        relative
        low
        high
        sequentialLow
        sequentialHigh
        pValue
        chanceToWin
        varianceReduction
      }
      guardrails {
        number
        mean
        isWorse
        absent
        lift {
          relative
          low
          high
        }
      }
    }
  }
`);

type Variation = FoundResultsFragment["variations"][number];

const WHOLE = new Intl.NumberFormat("en");
const SHARE = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 2, signDisplay: "auto" });
const CHANGE = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1, signDisplay: "exceptZero" });
const MEAN = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const GOOD: readonly Verdict[] = ["VARIATION_WINS", "CONTROL_WINS"];

export function Found({ of, guardrails }: { of: FragmentType<typeof FOUND>; guardrails: readonly string[] }) {
  const found = readFragment(FOUND, of);
  return (
    <>
      <section className="card stack" aria-labelledby="verdict">
        <h2 id="verdict">Verdict</h2>
        <p>
          <span className={GOOD.includes(found.verdict) ? "tag good" : "tag"}>
            {found.verdict.toLowerCase().replaceAll("_", " ")}
          </span>{" "}
          {found.verdictText}
        </p>
        <SampleRatio of={found} />
      </section>
      <section className="card stack" aria-labelledby="variations">
        <h2 id="variations">Variations</h2>
        <LiftChart variations={found.variations} />
        <Variations variations={found.variations} />
      </section>
      {guardrails.length > 0 && <Guardrails variations={found.variations} names={guardrails} />}
    </>
  );
}

function SampleRatio({
  of: { sampleRatioMismatch, sampleRatioPValue, linkedUsers, drift },
}: {
  of: FoundResultsFragment;
}) {
  return (
    <p className={sampleRatioMismatch ? "bad" : "soft"}>
      {sampleRatioMismatch
        ? `Users were not divided as allocated (p = ${sampleRatioPValue.toPrecision(2)}): no difference can be believed.`
        : `Users were divided as allocated (p = ${sampleRatioPValue.toPrecision(2)}).`}
      {typeof drift === "number" && ` Of ${linkedUsers} linked users the variation of ${SHARE.format(drift)} changed.`}
    </p>
  );
}

function Variations({ variations }: { variations: readonly Variation[] }) {
  return (
    <TableFrame label="Variations">
      <table>
        <thead>
          <tr>
            {["Variation", "Users", "Reached the goal", "Per user", "Against the control", "Chance to win", "p"].map(
              (name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {variations.map(({ variation, users, conversions, mean, lift, absent }, at) => (
            <tr key={variation}>
              <th scope="row">{variation}</th>
              <td>{WHOLE.format(users)}</td>
              <td>{WHOLE.format(conversions)}</td>
              <td>{MEAN.format(mean)}</td>
              {lift ? (
                <>
                  <td>
                    {CHANGE.format(lift.relative)}{" "}
                    <span className="soft">
                      [{CHANGE.format(lift.low)}, {CHANGE.format(lift.high)}]; whenever looked at [
                      {CHANGE.format(lift.sequentialLow)}, {CHANGE.format(lift.sequentialHigh)}]
                    </span>
                  </td>
                  <td>{SHARE.format(lift.chanceToWin)}</td>
                  <td>{lift.pValue.toPrecision(2)}</td>
                </>
              ) : (
                <td colSpan={3} className="soft">
                  {at === 0 ? "the control" : absent}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

/** Thick: the interval for one look. Thin: the one that holds whenever it is looked at. */
function LiftChart({ variations }: { variations: readonly Variation[] }) {
  const options = useMemo(() => {
    const lifted = variations.flatMap(({ variation, lift }) => (lift ? [{ variation, ...lift }] : []));
    return {
      height: 50 + 36 * lifted.length,
      marginLeft: 120,
      x: { label: "lift over the control", tickFormat: "+.0%", grid: true },
      y: { label: null, domain: lifted.map(({ variation }) => variation) },
      marks: [
        Plot.ruleX([0], { stroke: "var(--ink-soft)" }),
        Plot.ruleY(lifted, { y: "variation", x1: "sequentialLow", x2: "sequentialHigh", stroke: "var(--accent)" }),
        Plot.ruleY(lifted, { y: "variation", x1: "low", x2: "high", stroke: "var(--accent)", strokeWidth: 6 }),
        Plot.dot(lifted, { y: "variation", x: "relative", fill: "var(--ink)", r: 4 }),
      ],
    };
  }, [variations]);
  if (options.y.domain.length === 0) return null;
  return <Chart label="Lift of each variation over the control, with intervals" options={options} />;
}

function Guardrails({ variations, names }: { variations: readonly Variation[]; names: readonly string[] }) {
  return (
    <section className="card stack" aria-labelledby="guardrails">
      <h2 id="guardrails">Guardrails</h2>
      <ul className="plain">
        {variations.slice(1).flatMap(({ variation, guardrails }) =>
          guardrails.map(({ number, isWorse, lift, absent }) => (
            <li key={`${variation} ${number}`}>
              <span className={isWorse ? "bad" : "good"}>{isWorse ? "worse" : "not worse"}</span> {variation}:{" "}
              {names[number]}{" "}
              <span className="soft">
                {lift
                  ? `${CHANGE.format(lift.relative)} [${CHANGE.format(lift.low)}, ${CHANGE.format(lift.high)}]`
                  : absent}
              </span>
            </li>
          )),
        )}
      </ul>
    </section>
  );
}
