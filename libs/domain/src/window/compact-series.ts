import { type ResourceWindows } from './resource-windows.js';
import { keepSeries } from './series-layout.js';
import type { ColumnPool } from './column-pool.js';
import { fullColumnNames, type WindowBlock } from './window-block.js';
import type { CounterRow, CounterState } from './counter-log.js';
import type { WindowTools } from './window-tools.js';

/** A counter without samples for so long, behind the newest of its resource, loses its last value when room is made. */
const counterKeptMs = 3_600_000;

/**
 * Drops series that have nothing in the windows that are held: containers and processes come and go, and their
 * names must not fill a resource for ever. Slots get new numbers.
 */
export function compactSeries(windows: ResourceWindows, { pool, settings }: WindowTools): void {
  const { layout, counters } = windows;
  const kept = activeSlots(windows);
  windows.compactAbove = Math.min(settings.maxSeries, Math.max(256, kept.length * 2));
  if (kept.length === layout.size) return;
  const keptCounters = kept.map((slot) => layout.counterOf[slot]!).filter((counter) => counter >= 0);
  windows.layout = keepSeries(layout, kept);
  windows.owners = Uint8Array.from(kept, (slot) => windows.owners[slot]!);
  for (const name of ['newestMs', 'newest', 'settledMs', 'settled'] as const) counters[name] = Float64Array.from(keptCounters, (counter) => counters[name][counter]!);
  for (const block of windows.blocks) {
    keepColumns(block, kept, pool);
    block.crossings = undefined;
    for (const row of block.rows) keepCounters(row, keptCounters, counters);
  }
  windows.bindEpoch += 1;
}

function activeSlots({ layout, blocks, counters }: ResourceWindows): number[] {
  const active = new Uint8Array(layout.size);
  for (const { last } of blocks) {
    for (let slot = 0; slot < last.length; slot++) if (last[slot] === last[slot]) active[slot] = 1;
  }
  const newestMs = counters.newestMs.reduce((newest, ms) => Math.max(newest, ms), -Infinity);
  const slots: number[] = [];
  for (let slot = 0; slot < layout.size; slot++) {
    const counter = layout.counterOf[slot]!;
    if (active[slot] || (counter >= 0 && counters.newestMs[counter]! > newestMs - counterKeptMs)) slots.push(slot);
  }
  return slots;
}

function keepColumns(block: WindowBlock, kept: readonly number[], pool: ColumnPool): void {
  const within = kept.filter((slot) => slot < block.last.length);
  const keep = (column: Float64Array) => {
    const smaller = pool.take(within.length);
    for (const [index, slot] of within.entries()) smaller[index] = column[slot]!;
    pool.give(column);
    return smaller;
  };
  block.last = keep(block.last);
  if (block.full) for (const name of fullColumnNames) block.full[name] = keep(block.full[name]);
}

function keepCounters(row: CounterRow, kept: readonly number[], state: CounterState): void {
  state.logged -= row.values.length;
  const values = row.counters ? valuesByCounter(row) : row.values;
  row.values = Float64Array.from(kept, (counter) => values[counter] ?? NaN);
  row.counters = undefined;
  state.logged += row.values.length;
}

function valuesByCounter({ counters, values, size }: CounterRow): readonly (number | undefined)[] {
  const byCounter: (number | undefined)[] = [];
  for (let i = 0; i < size; i++) byCounter[counters![i]!] = values[i];
  return byCounter;
}
