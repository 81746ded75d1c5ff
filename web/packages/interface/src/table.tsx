/** How are a few rows shown? As a table whose first column names what the others tell of. */
import type { ReactNode } from "react";
import { TableFrame } from "./table-frame";

/** `id`: where two columns may have the same name. */
export type Column<Row> = Readonly<{
  name: string;
  id?: string;
  cell: (row: Row) => ReactNode;
  numeric?: boolean;
}>;

export function Table<Row>(props: {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
}) {
  const { caption, columns, rows, keyOf } = props;
  const [naming, ...telling] = columns;
  return (
    <TableFrame label={caption}>
      <table>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ id, name, numeric }) => (
              <th key={id ?? name} scope="col" className={numeric ? "numeric" : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              <th scope="row">{naming?.cell(row)}</th>
              {telling.map(({ id, name, cell, numeric }) => (
                <td key={id ?? name} className={numeric ? "numeric" : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}
