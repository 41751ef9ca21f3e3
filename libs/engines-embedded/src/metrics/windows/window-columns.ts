import type { ColumnName } from './window-tables.js';

/** Rows of windows of one sample as columns: what crosses to the worker by transfer and is copied into DuckDB's vectors as it is. */
export interface SingleColumns {
  /** Rows in use; the arrays may be longer. */
  rows: number;
  readonly series: Int32Array;
  readonly startMs: BigInt64Array;
  readonly revision: BigInt64Array;
  readonly sum: Float64Array;
  /** Time of `last` behind the start of its window, whole ms. */
  readonly lastOffsetMs: Int32Array;
}

/** Rows of windows, whatever they are made of. */
export interface WindowColumns extends SingleColumns {
  readonly widthMs: Int32Array;
  readonly count: Int32Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly last: Float64Array;
}

/** The rows of one write, where there are any of a kind. */
export interface WriteRows {
  /** Newer than all others of their series; of one sample each, and as wide as base windows are now. */
  readonly single: SingleColumns | undefined;
  /** Newer than all others of their series. */
  readonly fresh: WindowColumns | undefined;
  /** May be there already, in this or another revision. */
  readonly late: WindowColumns | undefined;
}

const leastCapacity = 1_024;
const maxSpares = 2;

/** Columns that come back from the worker are used again: fresh memory for each write would cost as much as filling it. */
export interface SpareColumns<Columns> {
  /** Empty columns for so many rows. */
  take(capacity: number): Columns;
  give(columns: Columns): void;
}

export function createSpareColumns<Columns extends SingleColumns>(allocate: (capacity: number) => Columns): SpareColumns<Columns> {
  const spares: Columns[] = [];
  return {
    take(capacity) {
      const at = spares.findIndex(({ series }) => series.length >= capacity);
      return at < 0 ? allocate(Math.max(leastCapacity, 2 ** Math.ceil(Math.log2(capacity)))) : spares.splice(at, 1)[0]!;
    },
    give(columns) {
      columns.rows = 0;
      spares.push(columns);
      // What was too small for the last write is of no use to the next one.
      if (spares.length > maxSpares) spares.shift();
    },
  };
}

export function allocateSingleColumns(capacity: number): SingleColumns {
  return {
    rows: 0,
    series: new Int32Array(capacity),
    startMs: new BigInt64Array(capacity),
    revision: new BigInt64Array(capacity),
    sum: new Float64Array(capacity),
    lastOffsetMs: new Int32Array(capacity),
  };
}

export function allocateWindowColumns(capacity: number): WindowColumns {
  return {
    ...allocateSingleColumns(capacity),
    widthMs: new Int32Array(capacity),
    count: new Int32Array(capacity),
    min: new Float64Array(capacity),
    max: new Float64Array(capacity),
    last: new Float64Array(capacity),
  };
}

type Column = Int32Array | BigInt64Array | Float64Array;

/** By the names of the table's columns. */
export function columnsByName(columns: SingleColumns | WindowColumns): ReadonlyMap<ColumnName, Column> {
  const { series, startMs, revision, sum, lastOffsetMs } = columns;
  const byName = new Map<ColumnName, Column>([['series', series], ['start', startMs], ['revision', revision], ['sum', sum], ['last_offset', lastOffsetMs]]);
  if (!('widthMs' in columns)) return byName;
  const { widthMs, count, min, max, last } = columns;
  return new Map([...byName, ['width', widthMs], ['count', count], ['min', min], ['max', max], ['last', last]]);
}

export function countRows({ single, fresh, late }: WriteRows): number {
  return (single?.rows ?? 0) + (fresh?.rows ?? 0) + (late?.rows ?? 0);
}

/** What can cross without a copy. */
export function buffersOf({ single, fresh, late }: WriteRows): ArrayBuffer[] {
  return [single, fresh, late].flatMap((columns) => (columns ? Array.from(columnsByName(columns).values(), ({ buffer }) => buffer as ArrayBuffer) : []));
}
