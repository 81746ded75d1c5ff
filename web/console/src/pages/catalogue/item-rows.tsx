/** How are the features, places and so on of the catalogue named? */
import { Choice, TextEntry } from "@attune/interface/fields";
import type { CatalogueItemInput, SkillLevel } from "../../generated/graphql";
import { SKILLS } from "../../words";
import { ITEMS, type ItemKind } from "./drafts";
import { Rows } from "./rows";

type Fields = { kind: ItemKind; items: readonly CatalogueItemInput[]; change: (items: CatalogueItemInput[]) => void };

const STAGES: readonly { value: SkillLevel | ""; name: string }[] = [{ value: "", name: "any" }, ...SKILLS];

export function ItemRows({ kind, items, change }: Fields) {
  const { title, told, hasStage } = ITEMS[kind];
  return (
    <section className="card stack" aria-label={title}>
      <p className="soft">{told}</p>
      <Rows
        rows={items}
        change={change}
        fresh={{ key: "", name: "" }}
        add="Add one"
        nameOf={({ name }) => name || "it"}
      >
        {(item, say) => (
          <>
            <TextEntry label="Key" value={item.key} change={(key) => say({ ...item, key })} required />
            <TextEntry label="Name" value={item.name} change={(name) => say({ ...item, name })} required />
            {hasStage && (
              <Choice
                label="From the skill"
                value={item.stage ?? ""}
                options={STAGES}
                change={(stage) => say({ ...item, stage: stage || null })}
              />
            )}
          </>
        )}
      </Rows>
    </section>
  );
}
