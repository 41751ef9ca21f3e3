import type { ReactNode } from 'react';
import styles from './table.module.css';

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  cell(row: Row): ReactNode;
  readonly align?: 'right';
  /** On a narrow screen: the headline of the row's card, a line of its own, or left out. Default: beside the others. */
  readonly narrow?: 'headline' | 'line' | 'hide';
  readonly width?: string;
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  keyOf(row: Row): string;
  /** Rows that are over: told quietly. */
  quiet?(row: Row): boolean;
}

/** A table that becomes a list of cards where there is no room. Its roles are spelt out: cards would lose them otherwise. */
export function DataTable<Row>({ label, columns, rows, keyOf, quiet }: DataTableProps<Row>) {
  return (
    <table role="table" aria-label={label} className={styles['table']}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column.key} role="columnheader" scope="col" data-align={column.align} style={column.width === undefined ? undefined : { width: column.width }}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr role="row" key={keyOf(row)} data-quiet={quiet?.(row) || undefined}>
            {columns.map((column) => (
              <td role="cell" key={column.key} data-align={column.align} data-narrow={column.narrow}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
