/** Which rules does somebody look for? */
import { Choice, type Option, TextEntry } from "@attune/interface/fields";
import { slotName, slotsOf } from "@attune/interface/slots";
import { useMemo } from "react";
import type { ExperimentStatus, RuleFilter, RuleStatus } from "../../generated/graphql";
import { useNames, useVocabulary, type Vocabulary } from "../../vocabulary";

export type Wanted = RuleFilter;

const ANY = { value: "", name: "any" } as const;
const STATUSES = [
  { value: "", name: "all but archived" },
  { value: "DRAFT", name: "draft" },
  { value: "ACTIVE", name: "active" },
  { value: "PAUSED", name: "paused" },
  { value: "ARCHIVED", name: "archived" },
] as const;
const EXPERIMENTS = [
  ANY,
  { value: "DRAFT", name: "not started" },
  { value: "RUNNING", name: "running" },
  { value: "CONCLUDED", name: "concluded" },
] as const;

export function RuleFilters({ wanted, change }: { wanted: Wanted; change: (wanted: Wanted) => void }) {
  const vocabulary = useVocabulary();
  const { places } = vocabulary;
  const slots = useSlots(vocabulary);
  const say = (part: Wanted) =>
    change(Object.fromEntries(Object.entries({ ...wanted, ...part }).filter(([, one]) => one)));
  return (
    <search className="row filters">
      <TextEntry
        label="Search"
        placeholder="key, name or description"
        value={wanted.search ?? ""}
        change={(search) => say({ search })}
      />
      <Choice
        label="Status"
        value={(wanted.status?.[0] ?? "") as RuleStatus | ""}
        options={STATUSES}
        change={(status) => say({ status: status ? [status] : undefined })}
      />
      <Choice label="Place" value={wanted.place ?? ""} options={[ANY, ...places]} change={(place) => say({ place })} />
      <Choice
        label="Experiment"
        value={(wanted.experiment ?? "") as ExperimentStatus | ""}
        options={EXPERIMENTS}
        change={(experiment) => say({ experiment: experiment || undefined })}
      />
      <Choice label="Changes" value={wanted.slot ?? ""} options={[ANY, ...slots]} change={(slot) => say({ slot })} />
    </search>
  );
}

/** All that rules can change. */
function useSlots({ features, navigation, tags, parameters }: Vocabulary): Option<string>[] {
  const names = useNames();
  return useMemo(() => {
    const keys = (options: readonly Option<string>[]) => options.map(({ value }) => value);
    const targets = [...new Set(keys([...navigation, ...features]))];
    return slotsOf({ features: keys(features), targets, tags: keys(tags), parameters: keys(parameters) }).map(
      (slot) => ({
        value: slot,
        name: slotName(slot, names),
      }),
    );
  }, [features, navigation, tags, parameters, names]);
}
