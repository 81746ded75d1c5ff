/** How is a list edited whose order matters? Rows can be added, removed and moved up. */
import { Add } from "@attune/interface/add";
import { useListKeys } from "@attune/interface/list-keys";
import type { ReactNode } from "react";
import { Button } from "react-aria-components";

export function Rows<Row>(props: {
  rows: readonly Row[];
  change: (rows: Row[]) => void;
  fresh: Row;
  add: string;
  nameOf: (row: Row) => string;
  children: (row: Row, change: (row: Row) => void) => ReactNode;
}) {
  const { rows, change, fresh, add, nameOf, children } = props;
  const { keys, removed } = useListKeys(rows.length);
  return (
    <div className="stack">
      {rows.map((row, at) => (
        <div key={keys[at]} className="row end catalogue-row">
          {children(row, (next) => change(rows.map((one, index) => (index === at ? next : one))))}
          <Button aria-label={`Move ${nameOf(row)} up`} isDisabled={at === 0} onPress={() => change(moved(rows, at))}>
            ↑
          </Button>
          <Button
            aria-label={`Remove ${nameOf(row)}`}
            onPress={() => {
              removed(at);
              change(rows.toSpliced(at, 1));
            }}
          >
            ✕
          </Button>
        </div>
      ))}
      <Add add={() => change([...rows, fresh])}>{add}</Add>
    </div>
  );
}

function moved<Row>(rows: readonly Row[], at: number): Row[] {
  const without = rows.toSpliced(at, 1);
  return without.toSpliced(at - 1, 0, ...rows.slice(at, at + 1));
}
