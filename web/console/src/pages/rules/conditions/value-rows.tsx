/** What must traits or attributes be? */
import { Add } from "@attune/interface/add";
import { Choice, TextEntry } from "@attune/interface/fields";
import { useListKeys } from "@attune/interface/list-keys";
import { useState } from "react";
import { Button } from "react-aria-components";
import {
  COMPARISONS,
  type Comparison,
  documentOf,
  type Row,
  rowsOf,
  takesList,
  typedAs,
  valueTyped,
} from "./tests-of-values";

const OPTIONS = (Object.keys(COMPARISONS) as Comparison[]).map((value) => ({ value, name: COMPARISONS[value] }));
const NEW: Row = { name: "", comparison: "is", value: "" };

export function ValueRows({ value, change }: { value: object; change: (document: object) => void }) {
  const [rows, setRows] = useState(() => rowsOf(value));
  const { keys, removed } = useListKeys(rows?.length ?? 0);
  if (!rows)
    return (
      <p className="soft">
        This test says more than rows can: <code>{JSON.stringify(value)}</code>. It stays as it is.
      </p>
    );
  const document = documentOf(rows);
  const say = (next: readonly Row[]) => {
    setRows([...next]);
    const said = documentOf(next);
    if (said) change(said);
  };
  const replaced = (at: number, row: Row) => rows.map((one, index) => (index === at ? row : one));
  return (
    <div className="stack">
      {rows.map((row, at) => (
        <RowFields
          key={keys[at]}
          row={row}
          change={(next) => say(replaced(at, next))}
          remove={() => {
            removed(at);
            say(rows.toSpliced(at, 1));
          }}
        />
      ))}
      {!document && <p className="bad">One name is tested twice in the same way: put the second test into a group.</p>}
      <Add add={() => setRows([...rows, NEW])}>Add a test</Add>
    </div>
  );
}

function RowFields({ row, change, remove }: { row: Row; change: (row: Row) => void; remove: () => void }) {
  const isList = takesList(row.comparison);
  const [typed, setTyped] = useState(() => [row.value].flat().map(typedAs).join(", "));
  const said = (text: string, comparison: Comparison): Row => ({
    ...row,
    comparison,
    value: takesList(comparison) ? text.split(",").map(valueTyped) : valueTyped(text),
  });
  return (
    <div className="row">
      <TextEntry label="Name" value={row.name} change={(name) => change({ ...row, name })} />
      <Choice label="Test" value={row.comparison} options={OPTIONS} change={(next) => change(said(typed, next))} />
      <TextEntry
        label={isList ? "Values, with commas between" : "Value"}
        value={typed}
        change={(text) => {
          setTyped(text);
          change(said(text, row.comparison));
        }}
      />
      <Button aria-label="Remove this test" onPress={remove}>
        ✕
      </Button>
    </div>
  );
}
