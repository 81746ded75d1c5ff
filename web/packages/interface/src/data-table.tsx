/** How are many rows shown? As a table of which only the rows in sight are rendered. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useRef } from "react";

export type Column<Row> = Readonly<{ name: string; cell: (row: Row) => ReactNode; numeric?: boolean }>;

const ROW_HEIGHT_PX = 40;
const ROWS_BEYOND = 8;

export function DataTable<Row>(props: {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  endReached?: () => void;
}) {
  const { caption, columns, rows, keyOf } = props;
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: ROWS_BEYOND,
  });
  const shown = virtual.getVirtualItems();
  const before = shown[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    // A frame that scrolls has to be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section className="table-frame" ref={frame} tabIndex={0} aria-label={caption}>
      <table aria-rowcount={rows.length + 1}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col">
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap height={before} />
          {shown.map((item) => {
            const row = rows[item.index];
            return row === undefined ? null : (
              <tr key={keyOf(row)} data-index={item.index} ref={virtual.measureElement} aria-rowindex={item.index + 2}>
                {columns.map((column) => (
                  <td key={column.name}>{column.cell(row)}</td>
                ))}
              </tr>
            );
          })}
          <Gap height={after} />
        </tbody>
      </table>
    </section>
  );
}

function Gap({ height }: { height: number }) {
  return height > 0 ? <tr style={{ height }} /> : null;
}
