/** Brings the samples of a batch into the windows of its resource. */
import type { RawBatch, SampleRow } from '@opsloop/contracts';
import { addCounter, addCounters } from './add-counters.js';
import { closeByWatermark, emitCorrections } from './close-windows.js';
import { emitProvisional } from './emit-provisional.js';
import type { RouteWatch } from './early-watch.js';
import { noteDense, noteSparse, watchOf } from './note-crossings.js';
import { watermarkOf, type Binding, type WindowSource } from './resource-windows.js';
import type { Route } from './route.js';
import type { StepContext } from './step-context.js';
import { touch } from './touch.js';
import { addValues, createBlock, growBlock, type WindowBlock } from './window-block.js';
import { narrowestWidth, widthAt } from './window-grid.js';
import { maxBlocks } from './window-settings.js';
import { growRow } from './window-tools.js';

/** Rows come in the order of their times, so windows close on the way and few are open however long the batch reaches. */
export function addRows(context: StepContext, source: WindowSource, binding: Binding, batch: RawBatch): void {
  const watch = watchOf(binding, context.windows, context.tools);
  for (const row of batch.rows) {
    context.stats.samples += row.values.length;
    source.orderlyRows = row.timeMs < source.maxEventMs ? 0 : source.orderlyRows + 1;
    addRow(context, binding, row, watch);
    if (row.timeMs < source.firstEventMs) source.firstEventMs = row.timeMs;
    // A timestamp ahead of its arrival says nothing of what is still to come: the watermark would run on with the clock from then on.
    const heardMs = Math.min(row.timeMs, context.clockMs);
    if (heardMs > source.maxEventMs) {
      source.maxEventMs = heardMs;
      closeByWatermark(context, source);
    }
  }
  emitCorrections(context);
  if (context.windows.hasNews) emitProvisional(context);
}

function addRow(context: StepContext, binding: Binding, row: SampleRow, watch: readonly (RouteWatch | undefined)[]): void {
  const { windows, clockMs, tools, stats, position } = context;
  const widthMs = widthAt(windows.grid, row.timeMs);
  const startMs = Math.floor(row.timeMs / widthMs) * widthMs;
  let placed = 0;
  for (let index = 0; index < binding.parts.length; index++) {
    const { owner, route } = binding.parts[index]!;
    const samples = row.slots ? samplesIn(route, row.slots) : route.samples;
    if (samples === 0) continue;
    placed += samples;
    const closer = windows.sources[owner]!;
    if (row.timeMs < watermarkOf(closer, clockMs) - tools.settings.latenessMs || startMs + widthMs <= closer.retiredToMs) {
      stats.dropped.late += samples;
      continue;
    }
    const block = blockAt(context, startMs, widthMs);
    if (!block) {
      stats.dropped['window-limit'] += samples;
      continue;
    }
    block.sources |= 1 << owner;
    block.revision = position;
    const closed = startMs + widthMs <= closer.closedToMs;
    const awaited = closed ? undefined : watch[index];
    if (row.slots) addSparse(context, block, route, row, row.slots, closed, awaited);
    else addDense(context, block, route, row, closed, awaited);
  }
  stats.dropped['series-limit'] += Math.max(0, row.values.length - placed);
}

function addDense(context: StepContext, block: WindowBlock, route: Route, { timeMs, values }: SampleRow, closed: boolean, watch: RouteWatch | undefined): void {
  const { tools } = context;
  const { raw, slot, scale, offset } = route.gauges;
  const { length } = raw;
  growRow(tools, length);
  const scaled = tools.row.values;
  for (let i = 0; i < length; i++) scaled[i] = values[raw[i]!]! * scale[i]! + offset[i]!;
  addValues(block, slot, scaled, length, timeMs, tools.pool);
  if (closed) touch(block, slot, length);
  if (watch) noteDense(context.windows, block, watch, scaled);
  if (route.counters.raw.length > 0) addCounters(context, block, route.counters, values, timeMs, closed);
}

/** A row that holds some of its dictionary's slots. */
function addSparse(context: StepContext, block: WindowBlock, route: Route, { timeMs, values }: SampleRow, rawSlots: Uint32Array, closed: boolean, watch: RouteWatch | undefined): void {
  const { tools } = context;
  const { first, slot, counter, scale, offset, hasDuplicates } = route.sparse();
  const taken = hasDuplicates ? new Set<number>() : undefined;
  growRow(tools, slot.length);
  const { row } = tools;
  let gauges = 0;
  // From the end: where two slots feed one series, the last counts.
  for (let i = rawSlots.length - 1; i >= 0; i--) {
    const raw = rawSlots[i]!;
    for (let step = first[raw]!; step < first[raw + 1]!; step++) {
      if (taken?.has(slot[step]!)) continue;
      taken?.add(slot[step]!);
      if (counter[step]! >= 0) {
        addCounter(context, block, slot[step]!, counter[step]!, values[i]! * scale[step]!, timeMs, closed);
        continue;
      }
      row.slots[gauges] = slot[step]!;
      row.values[gauges++] = values[i]! * scale[step]! + offset[step]!;
    }
  }
  addValues(block, row.slots, row.values, gauges, timeMs, tools.pool);
  if (closed) touch(block, row.slots, gauges);
  if (watch) noteSparse(context.windows, block, watch, row.slots, row.values, gauges);
}

/** How many of the slots lead somewhere. */
function samplesIn(route: Route, rawSlots: Uint32Array): number {
  const { first } = route.sparse();
  let samples = 0;
  for (const raw of rawSlots) if (first[raw + 1]! > first[raw]!) samples++;
  return samples;
}

/** The block of a start, made when there is none; undefined when the resource holds too many. */
function blockAt({ windows, tools }: StepContext, startMs: number, widthMs: number): WindowBlock | undefined {
  const { blocks, layout } = windows;
  let place = blocks.length;
  while (place > 0 && blocks[place - 1]!.startMs > startMs) place--;
  const found = blocks[place - 1];
  if (found?.startMs === startMs) {
    growBlock(found, layout.size, tools.pool);
    return found;
  }
  if (blocks.length >= maxBlocks(tools.settings, narrowestWidth(windows.grid))) return undefined;
  const block = createBlock(startMs, widthMs, layout.size, tools.pool);
  if (place === blocks.length) blocks.push(block);
  else blocks.splice(place, 0, block);
  return block;
}
