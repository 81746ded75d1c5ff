/** How is an adaptation of each kind filled in? From what the catalogue names. */
import { Choice, Choices, TextEntry, YesNo } from "@attune/interface/fields";
import { type ReactNode, useState } from "react";
import { useVocabulary } from "../../../vocabulary";
import { DENSITIES, SKILLS, THEMES } from "../../../words";
import { typedAs, type Value, valueTyped } from "../conditions/tests-of-values";
import type { Kind, Parts } from "./kinds";

type Fields<K extends Kind> = (props: { value: Parts[K]; change: (value: Parts[K]) => void }) => ReactNode;

export const PART_FIELDS: { readonly [K in Kind]: Fields<K> } = {
  setTheme: ({ value, change }) => (
    <Choice label="Theme" value={value.mode} options={THEMES} change={(mode) => change({ mode })} />
  ),
  setLayout: ({ value, change }) => (
    <Choice label="Density" value={value.density} options={DENSITIES} change={(density) => change({ density })} />
  ),
  setDifficulty: ({ value, change }) => (
    <Choice label="Difficulty" value={value.level} options={SKILLS} change={(level) => change({ level })} />
  ),
  setFeature: FeatureFields,
  orderNavigation: NavigationFields,
  addShortcut: ShortcutFields,
  filterContent: ContentFields,
  recommendFeature: RecommendationFields,
  setParameter: ParameterFields,
};

function FeatureFields({ value, change }: Parameters<Fields<"setFeature">>[0]) {
  const { features } = useVocabulary();
  return (
    <div className="row">
      <Choice
        label="Feature"
        value={value.feature}
        options={features}
        change={(feature) => change({ ...value, feature })}
      />
      <YesNo label="Visible" value={value.visible ?? true} change={(visible) => change({ ...value, visible })} />
      <YesNo
        label="Highlighted"
        value={value.highlighted ?? false}
        change={(highlighted) => change({ ...value, highlighted })}
      />
    </div>
  );
}

function NavigationFields({ value, change }: Parameters<Fields<"orderNavigation">>[0]) {
  const { navigation } = useVocabulary();
  return (
    <>
      <Choices
        label="To the front, in the order in which they are chosen"
        value={value.first ?? []}
        options={navigation}
        change={(first) => change({ ...value, first })}
        empty="The catalogue names no navigation."
      />
      <YesNo
        label="Then by how often each user goes there"
        value={value.byUsage ?? false}
        change={(byUsage) => change({ ...value, byUsage })}
      />
    </>
  );
}

function ShortcutFields({ value, change }: Parameters<Fields<"addShortcut">>[0]) {
  const { navigation, features } = useVocabulary();
  const targets = [...navigation, ...features.filter(({ value }) => !navigation.some((item) => item.value === value))];
  return <Choice label="Leads to" value={value.target} options={targets} change={(target) => change({ target })} />;
}

function ContentFields({ value, change }: Parameters<Fields<"filterContent">>[0]) {
  const { tags } = useVocabulary();
  const empty = "The catalogue names no tags.";
  return (
    <div className="row">
      <Choices
        label="Include"
        value={value.include ?? []}
        options={tags}
        change={(include) => change({ ...value, include })}
        empty={empty}
      />
      <Choices
        label="Exclude"
        value={value.exclude ?? []}
        options={tags}
        change={(exclude) => change({ ...value, exclude })}
        empty={empty}
      />
    </div>
  );
}

function RecommendationFields({ value, change }: Parameters<Fields<"recommendFeature">>[0]) {
  const { features } = useVocabulary();
  return <Choice label="Feature" value={value.feature} options={features} change={(feature) => change({ feature })} />;
}

function ParameterFields({ value, change }: Parameters<Fields<"setParameter">>[0]) {
  const { parameters } = useVocabulary();
  const isPlain = typeof value.value !== "object" || value.value === null;
  const [typed, setTyped] = useState(() => (isPlain ? typedAs(value.value as Value) : ""));
  return (
    <div className="row">
      <Choice label="Parameter" value={value.key} options={parameters} change={(key) => change({ ...value, key })} />
      {isPlain ? (
        <TextEntry
          label="Value"
          hint="A number, yes, no, nothing, or text."
          value={typed}
          change={(text) => {
            setTyped(text);
            change({ ...value, value: valueTyped(text) });
          }}
        />
      ) : (
        <p className="soft">
          The value has parts: <code>{JSON.stringify(value.value)}</code>. It stays as it is.
        </p>
      )}
    </div>
  );
}
