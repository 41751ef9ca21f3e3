/** Columns of doubles that are used again: windows come and go all the time, and a fresh column costs more than filling it. */
export interface ColumnPool {
  /** A column of NaN. */
  takeEmpty(length: number): Float64Array;
  /** A column with any content. */
  take(length: number): Float64Array;
  give(column: Float64Array): void;
  /** A shared column of ones; read only. */
  ones(length: number): Float64Array;
  /** A shared column of `value`; its content lasts until the next call with this length. */
  filled(length: number, value: number): Float64Array;
}

const maxLengths = 256;
const maxPerLength = 64;

export function createColumnPool(): ColumnPool {
  let free = new Map<number, Float64Array[]>();
  let ones = new Map<number, Float64Array>();
  let filled = new Map<number, Float64Array>();

  function shared(columns: Map<number, Float64Array>, length: number): Float64Array {
    const known = columns.get(length);
    if (known) return known;
    const column = new Float64Array(length);
    columns.set(length, column);
    return column;
  }

  return {
    take: (length) => free.get(length)?.pop() ?? new Float64Array(length),
    takeEmpty: (length) => (free.get(length)?.pop() ?? new Float64Array(length)).fill(NaN),
    give(column) {
      const list = free.get(column.length);
      if (list) {
        if (list.length < maxPerLength) list.push(column);
        return;
      }
      if (free.size >= maxLengths) free = new Map();
      free.set(column.length, [column]);
    },
    ones(length) {
      if (ones.size >= maxLengths) ones = new Map();
      const known = ones.get(length);
      return known ?? shared(ones, length).fill(1);
    },
    filled(length, value) {
      if (filled.size >= maxLengths) filled = new Map();
      return shared(filled, length).fill(value);
    },
  };
}
