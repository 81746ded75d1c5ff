/** How is a condition segment made or changed? */
import { Failed } from "@attune/interface";
import { TextEntry } from "@attune/interface/fields";
import { useMutation } from "urql";
import { graphql } from "../../generated";
import type { ConditionInput, SegmentInput } from "../../generated/graphql";
import { renamed } from "../../keys";
import { Problems } from "../../problems";
import { Overtaken } from "../../unsaved/overtaken";
import { Saving } from "../../unsaved/saving";
import { useUnsaved } from "../../unsaved/use-unsaved";
import { useVocabulary } from "../../vocabulary";
import { ConditionBuilder } from "../rules/conditions/condition-builder";

const SAVE = graphql(`
  mutation SaveSegment($input: SegmentInput!) {
    saveSegment(input: $input) {
      segment {
        key
        name
        description
        condition
      }
      userErrors {
        message
        path
      }
    }
  }
`);

export const NEW_SEGMENT: SegmentInput = {
  key: "",
  name: "",
  description: "",
  condition: { activity: { measure: "SESSIONS_30D", range: { gte: 1 } } },
};

type Known = Readonly<{ key: string; name: string; description: string; condition?: unknown }>;

/** The condition of a segment has the shape of ConditionInput. */
export const draftOf = ({ key, name, description, condition }: Known): SegmentInput => ({
  key,
  name,
  description,
  condition: condition as ConditionInput,
});

type Editor = { draft: SegmentInput; isNew: boolean; saved?: (key: string) => void };

export function SegmentEditor({ draft: before, isNew, saved }: Editor) {
  const unsaved = useUnsaved(isNew ? "new segment" : `segment ${before.key}`, before);
  const { draft } = unsaved;
  const [result, save] = useMutation(SAVE);
  const problems = result.data?.saveSegment.userErrors ?? [];
  const wrong = (field: string) => problems.find(({ path }) => path.length === 2 && path[1] === field)?.message;
  const taken = useVocabulary().segments.find(({ value }) => isNew && value === draft.key);
  const say = (part: Partial<SegmentInput>) => unsaved.change({ ...draft, ...part });
  const send = async () => {
    const { data } = await save({ input: draft });
    if (!data?.saveSegment.segment) return;
    unsaved.saved();
    saved?.(data.saveSegment.segment.key);
  };
  return (
    <div className="stack">
      <section className="card stack" aria-label="Name">
        <div className="row top">
          <TextEntry
            label="Name"
            value={draft.name}
            change={(name) => say(isNew ? renamed(draft, name) : { name })}
            error={wrong("name")}
            required
          />
          {isNew && (
            <TextEntry
              label="Key"
              hint="For programs; small letters, digits, _ . : and -."
              value={draft.key}
              change={(key) => say({ key })}
              error={wrong("key")}
              required
            />
          )}
        </div>
        <TextEntry
          label="Description"
          value={draft.description ?? ""}
          lines={2}
          change={(description) => say({ description })}
          error={wrong("description")}
        />
      </section>
      <section className="card stack" aria-labelledby="who">
        <h2 id="who">Who is in it</h2>
        <p className="soft">
          Only what is known of a user counts: no device, place, attribute or hour of a request, and of segments only
          built-in ones.
        </p>
        <ConditionBuilder key={unsaved.edition} value={draft.condition} change={(condition) => say({ condition })} />
      </section>
      <Overtaken mine={unsaved} />
      {taken && <p className="warned">“{taken.name}” has this key: saving replaces it.</p>}
      <Saving
        of={unsaved}
        name="Save the segment"
        isPending={result.fetching}
        save={() => void send()}
        saved={
          result.data?.saveSegment.segment && <span className="good">Saved. Users join and leave within seconds.</span>
        }
      />
      {result.error && <Failed error={result.error} />}
      {problems.length > 0 && <Problems of={problems} />}
    </div>
  );
}
