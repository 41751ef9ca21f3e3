import type { ColumnPool } from './column-pool.js';
import type { CounterRow } from './counter-log.js';

/** The columns that a block needs once a series has more than one sample in it. By slot; valid where `last` is. */
export interface FullColumns {
  count: Float64Array;
  sum: Float64Array;
  min: Float64Array;
  max: Float64Array;
  lastTimeMs: Float64Array;
}

/** The windows of one resource that share a start. While every series has one sample and all have one time, a single column holds everything. */
export interface WindowBlock {
  readonly startMs: number;
  readonly endMs: number;
  /** Position of the newest raw record that contributed. */
  revision: number;
  /** A bit for each source that owns series in it. */
  sources: number;
  /** The time of all samples, while `full` is missing; NaN before the first. */
  timeMs: number;
  /** By slot; NaN where there is no sample. Slots beyond its length have none. */
  last: Float64Array;
  full: FullColumns | undefined;
  /** Counter samples of this window, ascending by time. */
  rows: CounterRow[];
  /** By slot: 1 when a closed window changed in this step and must be emitted again. */
  touched: Uint8Array | undefined;
  /** Of awaited series: how many limits are told by slot, and whose are not yet. No part of a snapshot: what is told twice changes nothing. */
  crossings: { readonly told: Map<number, { readonly up: number; readonly down: number }>; readonly news: Set<number> } | undefined;
}

export function createBlock(startMs: number, widthMs: number, size: number, pool: ColumnPool): WindowBlock {
  return { startMs, endMs: startMs + widthMs, revision: -1, sources: 0, timeMs: NaN, last: pool.takeEmpty(size), full: undefined, rows: [], touched: undefined, crossings: undefined };
}

/** Makes room for slots that came later. */
export function growBlock(block: WindowBlock, size: number, pool: ColumnPool): void {
  if (block.last.length >= size) return;
  const grow = (column: Float64Array, empty: boolean) => {
    const grown = empty ? pool.takeEmpty(size) : pool.take(size);
    grown.set(column);
    pool.give(column);
    return grown;
  };
  block.last = grow(block.last, true);
  const { full } = block;
  if (!full) return;
  for (const name of fullColumnNames) full[name] = grow(full[name], false);
}

export const fullColumnNames = ['count', 'sum', 'min', 'max', 'lastTimeMs'] as const;

/** Gives the columns back. */
export function recycleBlock(block: WindowBlock, pool: ColumnPool): void {
  pool.give(block.last);
  if (block.full) for (const name of fullColumnNames) pool.give(block.full[name]);
}

/** Adds values[i] to slots[i] for i < length: distinct slots, one time. LAST is the greatest time, then the later call. */
export function addValues(block: WindowBlock, slots: Uint32Array, values: Float64Array, length: number, timeMs: number, pool: ColumnPool): void {
  const { last } = block;
  if (!block.full) {
    const fresh = Number.isNaN(block.timeMs);
    if (fresh || (block.timeMs === timeMs && !overlaps(last, slots, length))) {
      if (length > 0) block.timeMs = timeMs;
      for (let i = 0; i < length; i++) last[slots[i]!] = values[i]!;
      return;
    }
  }
  const { count, sum, min, max, lastTimeMs } = block.full ?? widen(block, pool);
  for (let i = 0; i < length; i++) {
    const slot = slots[i]!;
    const value = values[i]!;
    const before = last[slot]!;
    // NaN is the one value that differs from itself: no sample yet.
    if (before !== before) {
      count[slot] = 1;
      sum[slot] = min[slot] = max[slot] = last[slot] = value;
      lastTimeMs[slot] = timeMs;
      continue;
    }
    count[slot]! += 1;
    sum[slot]! += value;
    if (value < min[slot]!) min[slot] = value;
    if (value > max[slot]!) max[slot] = value;
    if (timeMs >= lastTimeMs[slot]!) {
      last[slot] = value;
      lastTimeMs[slot] = timeMs;
    }
  }
}

/** Whether a sum, and so every value in it, is finite: a difference with itself is NaN for NaN and the infinities alone. */
export function isBounded(sum: number): boolean {
  return sum - sum === 0;
}

function overlaps(last: Float64Array, slots: Uint32Array, length: number): boolean {
  for (let i = 0; i < length; i++) {
    const before = last[slots[i]!]!;
    if (before === before) return true;
  }
  return false;
}

function widen(block: WindowBlock, pool: ColumnPool): FullColumns {
  const { length } = block.last;
  const full = { count: pool.take(length), sum: pool.take(length), min: pool.take(length), max: pool.take(length), lastTimeMs: pool.take(length) };
  full.count.fill(1);
  full.sum.set(block.last);
  full.min.set(block.last);
  full.max.set(block.last);
  full.lastTimeMs.fill(block.timeMs);
  block.full = full;
  return full;
}

/** What a series has in one window. */
export interface SlotTotals {
  count: number;
  sum: number;
  min: number;
  max: number;
  last: number;
  lastTimeMs: number;
}

/** Replaces what a series has in the window; a count of 0 means nothing. */
export function setSlot(block: WindowBlock, slot: number, totals: SlotTotals, pool: ColumnPool): void {
  if (!block.full && totals.count <= 1) {
    const fresh = Number.isNaN(block.timeMs);
    if (totals.count === 0 || fresh || totals.lastTimeMs === block.timeMs) {
      if (totals.count > 0) block.timeMs = totals.lastTimeMs;
      block.last[slot] = totals.count > 0 ? totals.last : NaN;
      return;
    }
  }
  const full = block.full ?? widen(block, pool);
  block.last[slot] = totals.count > 0 ? totals.last : NaN;
  full.count[slot] = totals.count;
  full.sum[slot] = totals.sum;
  full.min[slot] = totals.min;
  full.max[slot] = totals.max;
  full.lastTimeMs[slot] = totals.lastTimeMs;
}
