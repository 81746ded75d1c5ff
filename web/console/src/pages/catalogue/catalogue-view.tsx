/** What does the catalogue hold, for those who may not change it? */
import { Empty } from "@attune/interface";
import { inLowerCase, share } from "@attune/interface/figures";
import type { ReactNode } from "react";
import { type Draft, ITEM_KINDS, ITEMS } from "./drafts";

export function CatalogueView({ of }: { of: Draft }) {
  return (
    <div className="grid">
      {ITEM_KINDS.map((kind) => (
        <Section key={kind} title={ITEMS[kind].title} isEmpty={of[kind].length === 0}>
          {of[kind].map(({ key, name, stage }) => (
            <li key={key}>
              {name} <code className="soft">{key}</code>
              {stage && <span className="soft"> from {inLowerCase(stage)} on</span>}
            </li>
          ))}
        </Section>
      ))}
      <Section title="Parameters" isEmpty={of.parameters.length === 0}>
        {of.parameters.map((parameter) => (
          <li key={parameter.key}>
            {parameter.name} <code className="soft">{parameter.key}</code>: {JSON.stringify(parameter.default)}
          </li>
        ))}
      </Section>
      <Section title="Defaults" isEmpty={of.defaults.length === 0}>
        {of.defaults.map(({ place, themeMode, density, hiddenFeatures, navigation }) => (
          <li key={place}>
            <strong>{place}</strong>: theme {inLowerCase(themeMode ?? "SYSTEM")},{" "}
            {inLowerCase(density ?? "COMFORTABLE")}
            {hiddenFeatures?.length ? `, without ${hiddenFeatures.join(", ")}` : ""}
            {navigation?.length ? `, navigation ${navigation.join(", ")}` : ""}
          </li>
        ))}
      </Section>
      <p className="card">
        {of.holdout > 0
          ? `${share(of.holdout)} of all users get no rule and no suggestion of a model, to measure what these gain.`
          : "Nobody is held out: what the whole programme gains is not measured."}
      </p>
    </div>
  );
}

function Section({ title, isEmpty, children }: { title: string; isEmpty: boolean; children: ReactNode }) {
  return (
    <section className="card stack tight" aria-label={title}>
      <h2>{title}</h2>
      {isEmpty ? <Empty>There is none.</Empty> : <ul className="plain stack tight">{children}</ul>}
    </section>
  );
}
