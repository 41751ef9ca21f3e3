/** Counters become rates: of the sample before, whichever order samples come in. */
import { rateBetween, rowAt, settleRows, setValueIn, valueIn, type CounterRow } from './counter-log.js';
import type { Route } from './route.js';
import type { StepContext } from './step-context.js';
import { touch } from './touch.js';
import { addValues, growBlock, setSlot, type SlotTotals, type WindowBlock } from './window-block.js';
import { maxLogValues } from './window-settings.js';
import { growRow } from './window-tools.js';

/** All counters of a full row. The first sample of a counter gives no rate; a rate belongs to the window of its own time. */
export function addCounters(context: StepContext, block: WindowBlock, route: Route['counters'], values: Float64Array, timeMs: number, closed: boolean): void {
  const { windows, tools } = context;
  const state = windows.counters;
  const { newest, newestMs } = state;
  const { raw, slot, counter, scale } = route;
  const { rateScales } = windows.layout;
  const { length } = raw;
  growRow(tools, length);
  const { slots, values: rates } = tools.row;
  let logRow: CounterRow | undefined;
  let size = 0;
  let late: number[] | undefined;
  for (let i = 0; i < length; i++) {
    const index = counter[i]!;
    const beforeMs = newestMs[index]!;
    if (beforeMs >= timeMs) {
      (late ??= []).push(i);
      continue;
    }
    const value = values[raw[i]!]! * scale[i]!;
    logRow ??= rowAt(block.rows, timeMs, length, state, tools.pool);
    setValueIn(logRow, index, value, true, state);
    if (beforeMs > -Infinity) {
      slots[size] = slot[i]!;
      rates[size++] = rateBetween(beforeMs, newest[index]!, timeMs, value) * rateScales[slot[i]!]!;
    }
    newest[index] = value;
    newestMs[index] = timeMs;
  }
  addValues(block, slots, rates, size, timeMs, tools.pool);
  if (closed) touch(block, slots, size);
  if (late) for (const i of late) addLate(context, block, slot[i]!, counter[i]!, values[raw[i]!]! * scale[i]!, timeMs);
  if (state.logged > maxLogValues) settleEarly(context);
}

const one = { slots: new Uint32Array(1), values: new Float64Array(1) };

/** One counter of a row that holds only some. */
export function addCounter(context: StepContext, block: WindowBlock, slot: number, counter: number, value: number, timeMs: number, closed: boolean): void {
  const { windows, tools } = context;
  const state = windows.counters;
  const beforeMs = state.newestMs[counter]!;
  if (beforeMs >= timeMs) return addLate(context, block, slot, counter, value, timeMs);
  setValueIn(rowAt(block.rows, timeMs, 4, state, tools.pool), counter, value, true, state);
  if (beforeMs > -Infinity) {
    one.slots[0] = slot;
    one.values[0] = rateBetween(beforeMs, state.newest[counter]!, timeMs, value) * windows.layout.rateScales[slot]!;
    addValues(block, one.slots, one.values, 1, timeMs, tools.pool);
    if (closed) touch(block, one.slots, 1);
  }
  state.newest[counter] = value;
  state.newestMs[counter] = timeMs;
  if (state.logged > maxLogValues) settleEarly(context);
}

/** A sample that is not newer than those before it: its window, and the one of the sample after it, are made anew from the log. */
function addLate(context: StepContext, block: WindowBlock, slot: number, counter: number, value: number, timeMs: number): void {
  const { windows, tools, stats } = context;
  const { counters: state, blocks } = windows;
  if (block.startMs <= state.settledToMs) {
    stats.dropped['counter-log'] += 1;
    return;
  }
  setValueIn(rowAt(block.rows, timeMs, 1, state, tools.pool), counter, value, false, state);
  if (timeMs === state.newestMs[counter]) state.newest[counter] = value;
  const place = blocks.indexOf(block);
  rebuild(context, place, slot, counter);
  const lastHere = block.rows.findLast((row) => !Number.isNaN(valueIn(row, counter)))!;
  if (lastHere.timeMs > timeMs) return;
  const next = blocks.findIndex((later, index) => index > place && later.rows.some((row) => !Number.isNaN(valueIn(row, counter))));
  if (next > place) rebuild(context, next, slot, counter);
}

/** Makes one counter's part of a window anew. */
function rebuild(context: StepContext, place: number, slot: number, counter: number): void {
  const { windows, tools, position } = context;
  const block = windows.blocks[place]!;
  const before = sampleBefore(context, place, counter);
  const totals: SlotTotals = { count: 0, sum: 0, min: Infinity, max: -Infinity, last: NaN, lastTimeMs: NaN };
  for (const row of block.rows) {
    const value = valueIn(row, counter);
    if (Number.isNaN(value)) continue;
    if (before.timeMs < row.timeMs && before.timeMs > -Infinity) {
      const rate = rateBetween(before.timeMs, before.value, row.timeMs, value) * windows.layout.rateScales[slot]!;
      totals.count += 1;
      totals.sum += rate;
      totals.min = Math.min(totals.min, rate);
      totals.max = Math.max(totals.max, rate);
      totals.last = rate;
      totals.lastTimeMs = row.timeMs;
    }
    before.timeMs = row.timeMs;
    before.value = value;
  }
  growBlock(block, windows.layout.size, tools.pool);
  setSlot(block, slot, totals, tools.pool);
  block.revision = position;
  const closedToMs = windows.sources[windows.owners[slot]!]?.closedToMs ?? -Infinity;
  one.slots[0] = slot;
  if (totals.count > 0 && block.endMs <= closedToMs) touch(block, one.slots, 1);
}

/** The newest sample of a counter before a block. Blocks of several sources do not leave in order, so what is settled may be newer than a row. */
function sampleBefore({ windows: { blocks, counters } }: StepContext, place: number, counter: number): { timeMs: number; value: number } {
  const settled = { timeMs: counters.settledMs[counter]!, value: counters.settled[counter]! };
  for (let index = place - 1; index >= 0; index--) {
    const row = blocks[index]!.rows.findLast((earlier) => !Number.isNaN(valueIn(earlier, counter)));
    if (row) return settled.timeMs > row.timeMs && settled.timeMs < blocks[place]!.startMs ? settled : { timeMs: row.timeMs, value: valueIn(row, counter) };
  }
  return settled;
}

/** The log is full: the oldest rows leave it before their time, and what comes late in their windows is refused. */
function settleEarly({ windows: { blocks, counters }, tools }: StepContext): void {
  for (const { rows } of blocks) {
    while (rows.length > 0 && counters.logged > maxLogValues / 2) {
      const row = rows.shift()!;
      settleRows([row], counters, tools.pool);
      counters.settledToMs = Math.max(counters.settledToMs, row.timeMs);
    }
  }
}
