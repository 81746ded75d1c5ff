/** How is a condition of each kind filled in? */
import { Choice, Choices, NumberEntry, TextEntry, YesNo } from "@attune/interface/fields";
import type { ReactNode } from "react";
import { useVocabulary } from "../../../vocabulary";
import { DEVICES, INTERACTIONS, MEASURES, SKILLS } from "../../../words";
import { WindowFields } from "../windows";
import type { Kind, Parts } from "./kinds";
import { RangeFields } from "./ranges";
import { ValueRows } from "./value-rows";

type Fields<K extends Kind> = (props: { value: Parts[K]; change: (value: Parts[K]) => void }) => ReactNode;
type Simple = Exclude<Kind, "all" | "any" | "not">;

export const PART_FIELDS: { readonly [K in Simple]: Fields<K> } = {
  always: ({ value, change }) => (
    <YesNo label="Holds always; not at all if this is off" value={value} change={change} />
  ),
  segment: SegmentFields,
  device: ({ value, change }) => <Choices label="Devices" value={value} options={DEVICES} change={change} />,
  place: PlaceFields,
  skill: ({ value, change }) => <Choices label="Levels" value={value} options={SKILLS} change={change} />,
  activity: ({ value, change }) => (
    <div className="row">
      <Choice
        label="What"
        value={value.measure}
        options={MEASURES}
        change={(measure) => change({ ...value, measure })}
      />
      <RangeFields value={value.range} change={(range) => change({ ...value, range })} />
    </div>
  ),
  featureUse: FeatureFields,
  did: DeedFields,
  localTime: ({ value, change }) => <WindowFields value={value} change={change} />,
  churnRisk: RangeFields,
  lifetimeValue: RangeFields,
  lastSeenDays: RangeFields,
  traits: ValueRows,
  attributes: ValueRows,
};

function SegmentFields({ value, change }: Parameters<Fields<"segment">>[0]) {
  const { segments } = useVocabulary();
  return (
    <>
      <Choices
        label="In any of"
        value={value.in}
        options={segments}
        change={(chosen) => change({ ...value, in: chosen })}
        empty="There is no segment."
      />
      <NumberEntry
        label="How surely"
        hint="From 0 to 1: 0.5 is more likely than not."
        value={value.confidence ?? null}
        min={0}
        max={1}
        change={(confidence) => change({ ...value, confidence })}
      />
    </>
  );
}

function PlaceFields({ value, change }: Parameters<Fields<"place">>[0]) {
  const { places } = useVocabulary();
  return (
    <Choices label="Places" value={value} options={places} change={change} empty="The catalogue names no place." />
  );
}

function FeatureFields({ value, change }: Parameters<Fields<"featureUse">>[0]) {
  const { features } = useVocabulary();
  const isRecent = Boolean(value.lastUsedDays);
  return (
    <div className="row">
      <Choice
        label="Feature"
        value={value.feature}
        options={features}
        change={(feature) => change({ ...value, feature })}
      />
      <RangeFields value={value.uses} change={(uses) => change({ ...value, uses })} />
      <YesNo
        label="Also by days since the last use"
        value={isRecent}
        change={(wanted) => change({ ...value, lastUsedDays: wanted ? { lte: 30 } : undefined })}
      />
      {value.lastUsedDays && (
        <RangeFields value={value.lastUsedDays} change={(lastUsedDays) => change({ ...value, lastUsedDays })} />
      )}
    </div>
  );
}

function DeedFields({ value, change }: Parameters<Fields<"did">>[0]) {
  return (
    <div className="row">
      <Choice label="What" value={value.kind} options={INTERACTIONS} change={(kind) => change({ ...value, kind })} />
      <TextEntry
        label="With"
        hint="Empty: with anything."
        value={value.target ?? ""}
        change={(target) => change({ ...value, target: target || undefined })}
      />
      <RangeFields value={value.times} change={(times) => change({ ...value, times })} />
      <NumberEntry
        label="Within"
        unit="days"
        value={value.days}
        min={1}
        step={1}
        change={(days) => change({ ...value, days: days ?? 1 })}
      />
    </div>
  );
}
