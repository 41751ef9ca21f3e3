import { useContext, useRef, type ReactNode } from 'react';
import { useWords } from '../language/language.js';
import { pageWords } from '../page/page-words.js';
import { GoneRows } from './gone-rows.js';
import styles from './table.module.css';
import { useVisibleRows } from './visible-rows.js';

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  renderCell(row: Row): ReactNode;
  readonly align?: 'right';
  /** On a narrow screen: at the end of the card's first line, its headline, a line of its own, or left out. Default: beside the others. */
  readonly narrow?: 'first' | 'corner' | 'headline' | 'line' | 'hide';
  /** Nothing in a cell is no missing fact. */
  readonly blank?: boolean;
  /** How the row is now, or what can be done with it. Of a row that is gone neither is known: the first of these says that it is gone, the others nothing. */
  readonly live?: boolean;
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
  const table = useRef<HTMLTableElement>(null);
  const { visible, before, after, measure } = useVisibleRows(rows, table);
  const words = useWords(pageWords);
  const gone = useContext(GoneRows);
  const firstLive = columns.find((column) => column.live)?.key;
  function renderCell(column: Column<Row>, row: Row): ReactNode {
    if (!column.live || !gone.has(keyOf(row))) return column.renderCell(row);
    return column.key === firstLive ? words.gone : null;
  }
  return (
    <table ref={table} role="table" aria-label={label} aria-rowcount={rows.length + 1} className={styles['table']}>
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
        <Gap height={before} />
        {visible.map(({ row, index }) => (
          <tr role="row" key={keyOf(row)} ref={measure} data-index={index} aria-rowindex={index + 2} data-quiet={gone.has(keyOf(row)) || quiet?.(row) || undefined}>
            {columns.map((column) => (
              <td role="cell" key={column.key} data-align={column.align} data-narrow={column.narrow} data-blank={column.blank || undefined}>
                {renderCell(column, row)}
              </td>
            ))}
          </tr>
        ))}
        <Gap height={after} />
      </tbody>
    </table>
  );
}

/** The room of rows that are out of sight. */
function Gap({ height }: { readonly height: number }) {
  return height === 0 ? null : <tr aria-hidden="true" className={styles['gap']} style={{ height }} />;
}
