/** Rows of windows as columns: what crosses to the worker by transfer and is copied into DuckDB's vectors as it is. */
export interface WindowColumns {
  /** Rows in use; the arrays may be longer. */
  rows: number;
  readonly series: Int32Array;
  readonly startMs: BigInt64Array;
  readonly widthMs: Int32Array;
  readonly revision: BigInt64Array;
  readonly count: Int32Array;
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly last: Float64Array;
  /** Time of `last` behind the start of its window, whole ms. */
  readonly lastOffsetMs: Int32Array;
}

const leastCapacity = 1_024;
const maxSpares = 2;

/** Columns that come back from the worker are used again: fresh memory for each write would cost as much as filling it. */
export interface SpareColumns {
  /** Empty columns for so many rows. */
  take(capacity: number): WindowColumns;
  give(columns: WindowColumns): void;
}

export function createSpareColumns(): SpareColumns {
  const spares: WindowColumns[] = [];
  return {
    take(capacity) {
      const at = spares.findIndex(({ series }) => series.length >= capacity);
      return at < 0 ? allocateWindowColumns(Math.max(leastCapacity, 2 ** Math.ceil(Math.log2(capacity)))) : spares.splice(at, 1)[0]!;
    },
    give(columns) {
      columns.rows = 0;
      spares.push(columns);
      // What was too small for the last write is of no use to the next one.
      if (spares.length > maxSpares) spares.shift();
    },
  };
}

function allocateWindowColumns(capacity: number): WindowColumns {
  return {
    rows: 0,
    series: new Int32Array(capacity),
    startMs: new BigInt64Array(capacity),
    widthMs: new Int32Array(capacity),
    revision: new BigInt64Array(capacity),
    count: new Int32Array(capacity),
    sum: new Float64Array(capacity),
    min: new Float64Array(capacity),
    max: new Float64Array(capacity),
    last: new Float64Array(capacity),
    lastOffsetMs: new Int32Array(capacity),
  };
}

/** In the order of the table's columns. */
export function columnsInOrder(columns: WindowColumns): readonly (Int32Array | BigInt64Array | Float64Array)[] {
  const { series, startMs, widthMs, revision, count, sum, min, max, last, lastOffsetMs } = columns;
  return [series, startMs, widthMs, revision, count, sum, min, max, last, lastOffsetMs];
}

export function buffersOf(columns: WindowColumns): ArrayBuffer[] {
  return columnsInOrder(columns).map((column) => column.buffer as ArrayBuffer);
}
