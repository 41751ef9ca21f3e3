import { useWindowVirtualizer } from '@tanstack/react-virtual';
import type { RefObject } from 'react';

const fewRows = 120;
const rowHeight = 61;

export interface VisibleRows<Row> {
  readonly visible: readonly { readonly row: Row; readonly index: number }[];
  /** Pixels of the rows before and after them. */
  readonly before: number;
  readonly after: number;
  readonly measure: ((element: HTMLTableRowElement | null) => void) | undefined;
}

/** Of a long list, the rows in sight and some around them; of a short one, all. The page scrolls, not the table. */
export function useVisibleRows<Row>(rows: readonly Row[], table: RefObject<HTMLTableElement | null>): VisibleRows<Row> {
  const long = rows.length > fewRows;
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoised by a compiler
  const virtualizer = useWindowVirtualizer<HTMLTableRowElement>({ count: rows.length, estimateSize: () => rowHeight, overscan: 12, scrollMargin: table.current?.offsetTop ?? 0, enabled: long });
  if (!long) return { visible: rows.map((row, index) => ({ row, index })), before: 0, after: 0, measure: undefined };
  const items = virtualizer.getVirtualItems();
  const margin = virtualizer.options.scrollMargin;
  return {
    visible: items.flatMap(({ index }) => (index < rows.length ? [{ row: rows[index]!, index }] : [])),
    before: (items[0]?.start ?? margin) - margin,
    after: Math.max(0, virtualizer.getTotalSize() - ((items.at(-1)?.end ?? margin) - margin)),
    measure: virtualizer.measureElement,
  };
}
