/** The windows of one partition: what the aggregator keeps, steps over its log with, and snapshots. Read this file first. */
import type { RawBatch } from '@opsloop/contracts';
import { hashRow } from '../sample/hash-row.js';
import { addRows } from './add-rows.js';
import { bindingOf } from './bind-source.js';
import { closeBySilence, closeByWatermark, closeUpTo, retireBlocks } from './close-windows.js';
import { emitProvisional } from './emit-provisional.js';
import { createResourceWindows, createSource, mergeAttributes, noOwner, type ResourceWindows, type WindowSource } from './resource-windows.js';
import { SeenBatches } from './seen-batches.js';
import type { StepContext } from './step-context.js';
import { forgetMs, maxSources, mostHashedRows } from './window-settings.js';
import { createWindowStats, type EmitWindows, type WindowStats, type WindowTools } from './window-tools.js';

export interface PartitionWindows {
  readonly tools: WindowTools;
  /** Greatest arrival time read from the log. Nothing else is taken for the present. */
  clockMs: number;
  /** Second of the arrival clock up to which silence was judged. */
  scannedS: number;
  readonly resources: Map<string, ResourceWindows>;
  readonly seen: SeenBatches;
  /** What was done since the state was created or read; no part of a snapshot. */
  readonly stats: WindowStats;
}

export function createPartitionWindows(tools: WindowTools): PartitionWindows {
  return { tools, clockMs: -Infinity, scannedS: -Infinity, resources: new Map(), seen: new SeenBatches(), stats: createWindowStats() };
}

/**
 * Takes the batch of one record: its samples, as `position` and arrival time (ms) of the record date them.
 * Emits the windows that it closes, and those closed before that it corrects.
 */
export function stepBatch(state: PartitionWindows, batch: RawBatch, record: { readonly position: number; readonly arrivalMs: number }, emit: EmitWindows): void {
  moveClock(state, record.arrivalMs, emit);
  const { clockMs, tools, stats } = state;
  // What holds texts alone has no samples to tell it by, and to take it twice changes nothing.
  if (batch.rows.length > 0 && state.seen.seen(batch.contentHash, clockMs)) {
    stats.dropped.duplicate += samplesOf(batch);
    return;
  }
  const fresh = withoutSeenRows(state, batch);
  if (!fresh) return;
  let windows = state.resources.get(batch.resource.id);
  if (!windows) state.resources.set(batch.resource.id, (windows = createResourceWindows(batch.resource, tools.layouts.empty, tools.grid)));
  const context = { windows, position: record.position, clockMs, tools, stats, emit };
  const source = sourceOf(context, batch.source);
  if (!source) {
    stats.dropped['source-limit'] += samplesOf(batch);
    return;
  }
  const plan = tools.mapper.planOf(batch.dictionary);
  const binding = bindingOf(windows, source, batch, plan.shape, clockMs, tools);
  mergeAttributes(windows, plan.attributes);
  mergeAttributes(windows, batch.attributes);
  source.lastArrivalMs = clockMs;
  source.idle = false;
  addRows(context, source, binding, fresh);
}

/**
 * An agent that missed an answer sends the same rows again, but often with newer ones behind them: rows that came before,
 * alone or with others, count once, too. Undefined: nothing is new.
 */
function withoutSeenRows({ seen, clockMs, stats }: PartitionWindows, batch: RawBatch): RawBatch | undefined {
  // The hash of a batch of one row is that of its row. Bodies of many rows bring history, which nobody sends in pieces again.
  if (batch.rows.length < 2 || batch.rows.length > mostHashedRows) return batch;
  const rows = batch.rows.filter((row) => !seen.seen(hashRow(batch, row), clockMs));
  if (rows.length === batch.rows.length) return batch;
  const fresh = { ...batch, rows };
  stats.dropped.duplicate += samplesOf(batch) - samplesOf(fresh);
  return rows.length === 0 ? undefined : fresh;
}

/** Moves the arrival clock (ms) without data, so that silence closes windows. */
export function stepTick(state: PartitionWindows, arrivalMs: number, emit: EmitWindows): void {
  moveClock(state, arrivalMs, emit);
}

/** Open windows and series that are held, for our own metrics. */
export function countHeld(state: PartitionWindows): { readonly resources: number; readonly series: number; readonly windows: number } {
  let series = 0;
  let windows = 0;
  for (const { layout, blocks } of state.resources.values()) {
    series += layout.size;
    windows += blocks.length * layout.size;
  }
  return { resources: state.resources.size, series, windows };
}

/** Once a second of arrival time every source is looked at: time may have closed its windows. */
function moveClock(state: PartitionWindows, arrivalMs: number, emit: EmitWindows): void {
  if (!(arrivalMs > state.clockMs)) return;
  state.clockMs = arrivalMs;
  const second = Math.floor(arrivalMs / 1000);
  if (second === state.scannedS) return;
  state.scannedS = second;
  const { tools, stats, clockMs } = state;
  for (const [id, windows] of state.resources) {
    const context = { windows, position: -1, clockMs, tools, stats, emit };
    for (const source of windows.sources) {
      if (!source) continue;
      closeByWatermark(context, source);
      closeBySilence(context, source);
      if (clockMs - source.lastArrivalMs >= forgetMs) forget(windows, source);
    }
    if (windows.hasNews) emitProvisional(context);
    if (windows.sources.every((source) => !source)) {
      retireBlocks(context);
      state.resources.delete(id);
    }
  }
}

/** The source of that name; undefined when too many others are at it. */
function sourceOf(context: StepContext, name: string): WindowSource | undefined {
  const { windows, clockMs } = context;
  const { sources } = windows;
  for (const source of sources) if (source?.name === name) return source;
  let index = sources.findIndex((source) => !source);
  if (index < 0 && sources.length < maxSources) index = sources.length;
  if (index < 0) {
    const silent = sources.filter((source) => source !== undefined && source.idle).toSorted((a, b) => a!.lastArrivalMs - b!.lastArrivalMs)[0];
    if (!silent) return undefined;
    closeUpTo(context, silent, Infinity);
    forget(windows, silent);
    index = silent.index;
  }
  return (sources[index] = createSource(name, index, clockMs));
}

/** Its series are free for the next sender; its windows were emitted when it fell silent. */
function forget(windows: ResourceWindows, source: WindowSource): void {
  windows.sources[source.index] = undefined;
  windows.bindEpoch += 1;
  for (let slot = 0; slot < windows.owners.length; slot++) if (windows.owners[slot] === source.index) windows.owners[slot] = noOwner;
  for (const block of windows.blocks) block.sources &= ~(1 << source.index);
}

function samplesOf(batch: RawBatch): number {
  return batch.rows.reduce((sum, row) => sum + row.values.length, 0);
}
