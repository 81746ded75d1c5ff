/** How are many rows shown? As a table of which only the rows in sight are rendered, sorted by what heads a column. */
import {
  type ColumnDef,
  createSortedRowModel,
  type Header,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import type { Column } from "./table";
import { TableFrame } from "./table-frame";

/** `sortBy`: the table can be sorted by this, among the rows at hand; null comes last. */
export type DataColumn<Row> = Column<Row> & Readonly<{ sortBy?: (row: Row) => string | number | null }>;

const ROW_HEIGHT_PX = 40;
/** Columns are as wide as what is rendered: rows that come and go near those in sight would move what is looked at. */
const ROWS_BEYOND = 100;
const FEATURES = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

export function DataTable<Row extends object>(props: {
  caption: string;
  columns: readonly DataColumn<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
}) {
  const { caption, columns, rows, keyOf } = props;
  const frame = useRef<HTMLDivElement>(null);
  const table = useTable({
    features: FEATURES,
    columns: useMemo(() => columns.map(defined), [columns]),
    data: rows,
    getRowId: keyOf,
  });
  const sorted = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: ROWS_BEYOND,
  });
  const shown = virtual.getVirtualItems();
  const before = shown[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <TableFrame label={caption} ref={frame}>
      <table aria-rowcount={rows.length + 1}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {table.getFlatHeaders().map((header, at) => (
              <Heading key={header.id} of={header} numeric={columns[at]?.numeric} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap height={before} />
          {shown.map((item) => {
            const row = sorted[item.index];
            return row === undefined ? null : (
              <tr key={row.id} data-index={item.index} ref={virtual.measureElement} aria-rowindex={item.index + 2}>
                {columns.map((column) => (
                  <td key={column.name} className={column.numeric ? "numeric" : undefined}>
                    {column.cell(row.original)}
                  </td>
                ))}
              </tr>
            );
          })}
          <Gap height={after} />
        </tbody>
      </table>
    </TableFrame>
  );
}

function defined<Row extends object>({ name, sortBy, numeric }: DataColumn<Row>): ColumnDef<typeof FEATURES, Row> {
  return {
    id: name,
    header: name,
    accessorFn: (row) => sortBy?.(row) ?? undefined,
    enableSorting: sortBy !== undefined,
    sortUndefined: "last",
    sortDescFirst: numeric ?? false,
  };
}

const DIRECTIONS = { asc: "ascending", desc: "descending" } as const;
const MARKS = { asc: " ↑", desc: " ↓" } as const;

function Heading<Row extends object>({ of, numeric }: { of: Header<typeof FEATURES, Row>; numeric?: boolean }) {
  const direction = of.column.getIsSorted();
  const sort = of.column.getToggleSortingHandler();
  return (
    <th
      scope="col"
      className={numeric ? "numeric" : undefined}
      aria-sort={direction ? DIRECTIONS[direction] : undefined}
    >
      {of.column.getCanSort() ? (
        <button type="button" className="heading" onClick={sort}>
          {of.column.id}
          <span aria-hidden="true">{direction ? MARKS[direction] : " ↕"}</span>
        </button>
      ) : (
        of.column.id
      )}
    </th>
  );
}

function Gap({ height }: { height: number }) {
  return height > 0 ? <tr style={{ height }} /> : null;
}
