/** What is tried, on whom, and what decides? */
import { Add } from "@attune/interface/add";
import { Choice, NumberEntry, TextEntry, YesNo } from "@attune/interface/fields";
import { useListKeys } from "@attune/interface/list-keys";
import { Button } from "react-aria-components";
import type { ExperimentInput, GoalInput, VariationInput } from "../../generated/graphql";
import { INTERACTIONS } from "../../words";
import { AdaptationList } from "./adaptations/adaptation-list";

type Fields = { value: ExperimentInput | null; change: (experiment: ExperimentInput | undefined) => void };

const FRESH: ExperimentInput = {
  variations: [
    { key: "as_it_is", allocation: 0.5, control: true, adaptations: [] },
    { key: "changed", allocation: 0.5, adaptations: [{ setLayout: { density: "COMPACT" } }] },
  ],
  goal: { kind: "CONVERSION", windowDays: 7 },
};
const MODES = [
  { value: "FIXED", name: "as allocated" },
  { value: "BANDIT", name: "new users go to what does better" },
] as const;
const MEASURES = [
  { value: "CONVERSION_RATE", name: "share of users who do it" },
  { value: "COUNT_MEAN", name: "how often, per user" },
  { value: "VALUE_MEAN", name: "value, per user" },
] as const;

export function ExperimentFields({ value, change }: Fields) {
  if (!value) {
    return (
      <>
        <p className="soft">Everybody whom the rule is for gets its changes. An experiment tries variations first.</p>
        <Button onPress={() => change(FRESH)}>Try variations</Button>
      </>
    );
  }
  const say = (part: Partial<ExperimentInput>) => change({ ...value, ...part });
  return (
    <>
      <Variations value={value.variations} change={(variations) => say({ variations })} />
      <h3>Goal</h3>
      <GoalFields value={value.goal} change={(goal) => say({ goal })} />
      <Guardrails value={value.guardrails ?? []} change={(guardrails) => say({ guardrails })} />
      <div className="row top">
        <NumberEntry
          label="Holdout"
          hint="The share that gets nothing of the rule: from 0 to 0.5."
          value={value.holdout ?? 0}
          min={0}
          max={0.5}
          change={(holdout) => say({ holdout: holdout ?? 0 })}
        />
        <Choice label="Allocation" value={value.mode ?? "FIXED"} options={MODES} change={(mode) => say({ mode })} />
      </div>
      <Button className="react-aria-Button danger" onPress={() => change(undefined)}>
        No experiment
      </Button>
    </>
  );
}

function Variations(props: { value: readonly VariationInput[]; change: (variations: VariationInput[]) => void }) {
  const { value, change } = props;
  const { keys, removed } = useListKeys(value.length);
  const replaced = (at: number, part: Partial<VariationInput>) =>
    value.map((one, index) => (index === at ? { ...one, ...part } : one));
  const asControl = (at: number) => value.map((one, index) => ({ ...one, control: index === at }));
  return (
    <>
      {value.map((variation, at) => (
        <fieldset key={keys[at]} className="condition stack">
          <legend>Variation {at + 1}</legend>
          <div className="row top">
            <TextEntry label="Key" value={variation.key} change={(key) => change(replaced(at, { key }))} />
            <NumberEntry
              label="Allocation"
              hint="All add up to 1."
              value={variation.allocation}
              min={0}
              max={1}
              change={(allocation) => change(replaced(at, { allocation: allocation ?? 0 }))}
            />
            <YesNo
              label="The others are compared with it"
              value={variation.control ?? false}
              change={() => change(asControl(at))}
            />
          </div>
          <AdaptationList
            value={variation.adaptations}
            change={(adaptations) => change(replaced(at, { adaptations }))}
          />
          {value.length > 2 && (
            <Button
              onPress={() => {
                removed(at);
                change(value.toSpliced(at, 1));
              }}
            >
              Remove this variation
            </Button>
          )}
        </fieldset>
      ))}
      <Add add={() => change([...value, { key: `variation_${value.length}`, allocation: 0, adaptations: [] }])}>
        Add a variation
      </Add>
    </>
  );
}

function GoalFields({ value, change }: { value: GoalInput; change: (goal: GoalInput) => void }) {
  const say = (part: Partial<GoalInput>) => change({ ...value, ...part });
  return (
    <div className="row top">
      <Choice label="What" value={value.kind} options={INTERACTIONS} change={(kind) => say({ kind })} />
      <TextEntry
        label="With"
        hint="Empty: with anything."
        value={value.target ?? ""}
        change={(target) => say({ target: target || undefined })}
      />
      <NumberEntry
        label="Within"
        unit="days"
        value={value.windowDays}
        min={1}
        max={90}
        step={1}
        change={(days) => say({ windowDays: days ?? 1 })}
      />
      <Choice
        label="Compared by"
        value={value.measure ?? "CONVERSION_RATE"}
        options={MEASURES}
        change={(measure) => say({ measure })}
      />
      <YesNo label="More is better" value={value.increase ?? true} change={(increase) => say({ increase })} />
    </div>
  );
}

function Guardrails({ value, change }: { value: readonly GoalInput[]; change: (guardrails: GoalInput[]) => void }) {
  const { keys, removed } = useListKeys(value.length);
  return (
    <>
      {value.map((goal, at) => (
        <fieldset key={keys[at]} className="condition">
          <legend>Guardrail {at + 1}: may not get worse</legend>
          <GoalFields value={goal} change={(next) => change(value.map((one, index) => (index === at ? next : one)))} />
          <Button
            onPress={() => {
              removed(at);
              change(value.toSpliced(at, 1));
            }}
          >
            Remove this guardrail
          </Button>
        </fieldset>
      ))}
      <Add add={() => change([...value, { kind: "DISMISS", windowDays: 7, increase: false }])}>Add a guardrail</Add>
    </>
  );
}
