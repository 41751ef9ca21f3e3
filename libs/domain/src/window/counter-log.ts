/** Counter samples of the lateness horizon, and what rates are made of. */
import type { ColumnPool } from './column-pool.js';

/** Counter samples that share one time, as they were sent (before their scale). Dense: by counter, NaN where there is none. Sparse: in `counters`. */
export interface CounterRow {
  readonly timeMs: number;
  counters: Uint32Array | undefined;
  values: Float64Array;
  /** Entries in use, when sparse. */
  size: number;
}

/** By counter: its newest sample, and its newest sample that is older than all rows. -Infinity: none. */
export interface CounterState {
  newestMs: Float64Array;
  newest: Float64Array;
  settledMs: Float64Array;
  settled: Float64Array;
  /** Values in the rows of all blocks. */
  logged: number;
  /** Rows up to this time were settled before their time: what is late in their windows is refused. */
  settledToMs: number;
}

export function createCounterState(): CounterState {
  return { newestMs: new Float64Array(), newest: new Float64Array(), settledMs: new Float64Array(), settled: new Float64Array(), logged: 0, settledToMs: -Infinity };
}

export function growCounters(state: CounterState, counters: number): void {
  const before = state.newest.length;
  if (before >= counters) return;
  for (const name of ['newestMs', 'newest', 'settledMs', 'settled'] as const) {
    const grown = new Float64Array(counters);
    grown.set(state[name]);
    if (name.endsWith('Ms')) grown.fill(-Infinity, before);
    state[name] = grown;
  }
}

/** The row of a time among `rows`; it is made when there is none, with room for `expected` counters. */
export function rowAt(rows: CounterRow[], timeMs: number, expected: number, state: CounterState, pool: ColumnPool): CounterRow {
  let place = rows.length;
  while (place > 0 && rows[place - 1]!.timeMs > timeMs) place--;
  const found = rows[place - 1];
  if (found?.timeMs === timeMs) return found;
  const dense = expected * 4 >= state.newest.length;
  const values = pool.takeEmpty(dense ? state.newest.length : expected);
  const row = { timeMs, counters: dense ? undefined : new Uint32Array(expected), values, size: 0 };
  state.logged += values.length;
  if (place === rows.length) rows.push(row);
  else rows.splice(place, 0, row);
  return row;
}

/** NaN when the row has none. */
export function valueIn(row: CounterRow, counter: number): number {
  if (!row.counters) return counter < row.values.length ? row.values[counter]! : NaN;
  const place = placeIn(row, counter);
  return place < 0 ? NaN : row.values[place]!;
}

/** Sets the value of a counter; `isNew`: the row surely has none of it yet. */
export function setValueIn(row: CounterRow, counter: number, value: number, isNew: boolean, state: CounterState): void {
  const place = row.counters && !isNew ? placeIn(row, counter) : -1;
  if (place >= 0) {
    row.values[place] = value;
    return;
  }
  if (row.counters && row.size >= row.values.length) makeRoom(row, state);
  if (row.counters) {
    row.counters[row.size] = counter;
    row.values[row.size++] = value;
    return;
  }
  if (counter >= row.values.length) replaceValues(row, new Float64Array(state.newest.length).fill(NaN, row.values.length), row.values, state);
  row.values[counter] = value;
}

function placeIn(row: CounterRow, counter: number): number {
  for (let i = 0; i < row.size; i++) if (row.counters![i] === counter) return i;
  return -1;
}

/** A sparse row that is full doubles, or becomes dense when that is smaller. */
function makeRoom(row: CounterRow, state: CounterState): void {
  const length = Math.max(4, row.size * 2);
  const { counters, values, size } = row;
  if (length * 2 >= state.newest.length) {
    replaceValues(row, new Float64Array(state.newest.length).fill(NaN), undefined, state);
    row.counters = undefined;
    for (let i = 0; i < size; i++) row.values[counters![i]!] = values[i]!;
    return;
  }
  replaceValues(row, new Float64Array(length), values, state);
  row.counters = new Uint32Array(length);
  row.counters.set(counters!);
}

function replaceValues(row: CounterRow, values: Float64Array, copied: Float64Array | undefined, state: CounterState): void {
  if (copied) values.set(copied);
  state.logged += values.length - row.values.length;
  row.values = values;
}

/** Rows that leave the log: their samples become the ones that the next rate starts from. */
export function settleRows(rows: readonly CounterRow[], state: CounterState, pool: ColumnPool): void {
  const { settled, settledMs } = state;
  for (const { timeMs, counters, values, size } of rows) {
    state.logged -= values.length;
    const length = counters ? size : values.length;
    for (let i = 0; i < length; i++) {
      const value = values[i]!;
      const counter = counters ? counters[i]! : i;
      if (value === value && timeMs > settledMs[counter]!) {
        settledMs[counter] = timeMs;
        settled[counter] = value;
      }
    }
    pool.give(values);
  }
}

/** Increase per second between two samples of a counter. After a reset (a fall) the increase is the new value, as Prometheus' rate() takes it. */
export function rateBetween(beforeMs: number, before: number, timeMs: number, value: number): number {
  return ((value >= before ? value - before : value) * 1000) / (timeMs - beforeMs);
}
