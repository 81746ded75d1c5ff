/** What has an experiment found, and how surely? */
import { type Column, Table } from "@attune/interface";
import { Chart } from "@attune/interface/chart";
import { amount, chance, change, inLowerCase, pValue, share, whole, written } from "@attune/interface/figures";
import * as Plot from "@observablehq/plot";
import { useMemo } from "react";
import { type FragmentType, graphql, readFragment } from "../../generated";
import type { FoundResultsFragment, GoalMeasure, Verdict } from "../../generated/graphql";

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

const GOOD: readonly Verdict[] = ["VARIATION_WINS", "CONTROL_WINS"];

type Props = Readonly<{ of: FragmentType<typeof FOUND>; measure: GoalMeasure; guardrails: readonly string[] }>;

export function Found({ of, measure, guardrails }: Props) {
  const found = readFragment(FOUND, of);
  return (
    <>
      <section className="card stack" aria-labelledby="verdict">
        <h2 id="verdict">Verdict</h2>
        <p>
          <span className={GOOD.includes(found.verdict) ? "tag good" : "tag"}>{inLowerCase(found.verdict)}</span>{" "}
          {found.verdictText}
        </p>
        <SampleRatio of={found} />
      </section>
      <section className="card stack" aria-labelledby="variations">
        <h2 id="variations">Variations</h2>
        <LiftChart variations={found.variations} />
        <Variations variations={found.variations} measure={measure} />
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
        ? `Users were not divided as allocated (p: ${pValue(sampleRatioPValue)}): no difference can be believed.`
        : `Users were divided as allocated (p: ${pValue(sampleRatioPValue)}).`}
      {typeof drift === "number" && ` Of ${whole(linkedUsers)} linked users the variation of ${share(drift)} changed.`}
    </p>
  );
}

function Variations({ variations, measure }: { variations: readonly Variation[]; measure: GoalMeasure }) {
  const columns = useMemo(() => columnsOf(variations[0], measure), [variations, measure]);
  return (
    <Table
      caption="What each variation brought"
      columns={columns}
      rows={variations}
      keyOf={({ variation }) => variation}
    />
  );
}

function columnsOf(control: Variation | undefined, measure: GoalMeasure): Column<Variation>[] {
  const perUser = measure === "CONVERSION_RATE" ? share : amount;
  return [
    { name: "Variation", cell: ({ variation }) => variation },
    { name: "Users", cell: ({ users }) => whole(users), numeric: true },
    { name: "Reached the goal", cell: ({ conversions }) => whole(conversions), numeric: true },
    { name: "Per user", cell: ({ mean }) => perUser(mean), numeric: true },
    { name: "Against the control", cell: (one) => (one === control ? "the control" : <Against of={one} />) },
    { name: "Chance to win", cell: ({ lift }) => written(chance, lift?.chanceToWin), numeric: true },
    { name: "p, for one look", cell: ({ lift }) => written(pValue, lift?.pValue), numeric: true },
  ];
}

function Against({ of: { lift, absent } }: { of: Variation }) {
  if (!lift) return <span className="soft">{absent}</span>;
  return (
    <>
      {change(lift.relative)}{" "}
      <span className="soft">
        [{change(lift.low)}, {change(lift.high)}]; whenever looked at [{change(lift.sequentialLow)},{" "}
        {change(lift.sequentialHigh)}]
      </span>
    </>
  );
}

/** Thick: the interval for one look. Thin: the one that holds whenever it is looked at. */
function LiftChart({ variations }: { variations: readonly Variation[] }) {
  const options = useMemo(() => {
    const lifted = variations.flatMap(({ variation, lift }) => (lift ? [{ variation, ...lift }] : []));
    return {
      height: 50 + 36 * lifted.length,
      marginLeft: 120,
      x: { label: "lift over the control", tickFormat: change, grid: true },
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
                {lift ? `${change(lift.relative)} [${change(lift.low)}, ${change(lift.high)}]` : absent}
              </span>
            </li>
          )),
        )}
      </ul>
    </section>
  );
}
