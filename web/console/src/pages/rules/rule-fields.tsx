/** Everything that the author of a rule writes. */
import { Choices, NumberEntry, TextEntry } from "@attune/interface/fields";
import type { RuleInput } from "../../generated/graphql";
import { renamed } from "../../keys";
import { useVocabulary } from "../../vocabulary";
import { AdaptationList } from "./adaptations/adaptation-list";
import { ConditionBuilder } from "./conditions/condition-builder";
import { type Problem, problemOf } from "./drafts";
import { ExperimentFields } from "./experiment-fields";
import { ScheduleFields } from "./schedule-fields";

type Fields = {
  draft: RuleInput;
  change: (draft: RuleInput) => void;
  problems: readonly Problem[];
  /** Then its key follows its name. */
  isNew?: boolean;
};

export function RuleFields({ draft, change, problems, isNew = false }: Fields) {
  const say = (part: Partial<RuleInput>) => change({ ...draft, ...part });
  return (
    <div className="stack">
      <Naming draft={draft} say={say} problems={problems} isNew={isNew} />
      <section className="card stack" aria-labelledby="for-whom">
        <h2 id="for-whom">For whom</h2>
        <ConditionBuilder value={draft.condition} change={(condition) => say({ condition })} />
        <Coverage draft={draft} say={say} problems={problems} />
      </section>
      <section className="card stack" aria-labelledby="what-changes">
        <h2 id="what-changes">What changes</h2>
        <AdaptationList value={draft.adaptations} change={(adaptations) => say({ adaptations })} />
      </section>
      <section className="card stack" aria-labelledby="when">
        <h2 id="when">When</h2>
        <ScheduleFields value={draft.schedule ?? {}} change={(schedule) => say({ schedule })} />
      </section>
      <section className="card stack" aria-labelledby="experiment">
        <h2 id="experiment">Experiment</h2>
        <ExperimentFields value={draft.experiment ?? null} change={(experiment) => say({ experiment })} />
      </section>
    </div>
  );
}

type Part = { draft: RuleInput; say: (part: Partial<RuleInput>) => void; problems: readonly Problem[] };

function Naming({ draft, say, problems, isNew }: Part & { isNew: boolean }) {
  const { places } = useVocabulary();
  return (
    <section className="card stack" aria-label="Name and place">
      <div className="row top">
        <TextEntry
          label="Name"
          value={draft.name}
          change={(name) => say(isNew ? renamed(draft, name) : { name })}
          error={problemOf(problems, "name")}
          required
        />
        <TextEntry
          label="Key"
          hint="For programs; small letters, digits, _ . : and -"
          value={draft.key}
          change={(key) => say({ key })}
          error={problemOf(problems, "key")}
          required
        />
        <NumberEntry
          label="Priority"
          hint="Larger wins."
          value={draft.priority ?? 0}
          step={1}
          change={(priority) => say({ priority: priority ?? 0 })}
          error={problemOf(problems, "priority")}
        />
      </div>
      <TextEntry
        label="Description"
        value={draft.description ?? ""}
        lines={2}
        change={(description) => say({ description })}
        error={problemOf(problems, "description")}
      />
      <Choices
        label="Places"
        hint="None chosen: everywhere."
        value={draft.places ?? []}
        options={places}
        change={(chosen) => say({ places: chosen })}
        empty="The catalogue names no place."
      />
    </section>
  );
}

function Coverage({ draft, say, problems }: Part) {
  return (
    <div className="row top">
      <NumberEntry
        label="Coverage"
        hint="The share of them who get it: from 0 to 1."
        value={draft.coverage ?? 1}
        min={0}
        max={1}
        change={(coverage) => say({ coverage: coverage ?? 1 })}
        error={problemOf(problems, "coverage")}
      />
      <TextEntry
        label="Exclusion group"
        hint="Rules of one group share no user."
        value={draft.exclusionGroup ?? ""}
        change={(group) => say({ exclusionGroup: group.trim() || undefined })}
        error={problemOf(problems, "exclusionGroup")}
      />
    </div>
  );
}
