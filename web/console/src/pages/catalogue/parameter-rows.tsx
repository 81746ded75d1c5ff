/** Which slots does the host application define itself, and what do they hold where nothing decides them? */
import { TextEntry } from "@attune/interface/fields";
import { useState } from "react";
import type { CatalogueParameterInput } from "../../generated/graphql";
import { typedAs, type Value, valueTyped } from "../rules/conditions/tests-of-values";
import { Rows } from "./rows";

type Fields = { parameters: readonly CatalogueParameterInput[]; change: (rows: CatalogueParameterInput[]) => void };

export function ParameterRows({ parameters, change }: Fields) {
  return (
    <section className="card stack" aria-label="Parameters">
      <p className="soft">
        Slots of your own, which rules can set. Numbers, yes and no are meant as such; put a text that looks like one
        into quotation marks.
      </p>
      <Rows
        rows={parameters}
        change={change}
        fresh={{ key: "", name: "", default: "" }}
        add="Add one"
        nameOf={({ name }) => name || "it"}
      >
        {(parameter, say) => (
          <>
            <TextEntry label="Key" value={parameter.key} change={(key) => say({ ...parameter, key })} required />
            <TextEntry label="Name" value={parameter.name} change={(name) => say({ ...parameter, name })} required />
            <DefaultEntry value={parameter.default} change={(value) => say({ ...parameter, default: value })} />
          </>
        )}
      </Rows>
    </section>
  );
}

/** Lists and objects are shown, and stay as they are. */
function DefaultEntry({ value, change }: { value: unknown; change: (value: Value) => void }) {
  const isPlain = value === null || typeof value !== "object";
  const [typed, setTyped] = useState(() => (isPlain ? typedAs(value as Value) : ""));
  if (!isPlain) return <code className="broken">{JSON.stringify(value)}</code>;
  return (
    <TextEntry
      label="Default"
      value={typed}
      change={(text) => {
        setTyped(text);
        change(valueTyped(text));
      }}
    />
  );
}
