import type { WindowBatch } from '@opsloop/contracts';
import type { WindowSource } from './resource-windows.js';
import type { StepContext } from './step-context.js';
import { isBounded, type WindowBlock } from './window-block.js';

/** Emits what a source owns in a block: all of it, or only what changed in this step. */
export function emitWindows(context: StepContext, block: WindowBlock, source: WindowSource, closedToMs: number, correction: boolean): void {
  const { windows, stats } = context;
  const slots = slotsToEmit(context, block, source, correction);
  const length = slots ? slots.length : windows.layout.size;
  if (length === 0) return;
  stats.windows += length;
  if (correction) stats.corrections += length;
  emitSlots(context, block, source, { slots, closedToMs, correction });
}

/** `slots` ascend; undefined: all of the resource. */
export function emitSlots({ windows, tools, emit }: StepContext, block: WindowBlock, source: WindowSource, what: Pick<WindowBatch, 'slots' | 'closedToMs' | 'correction' | 'provisional'>): void {
  const { slots, closedToMs, correction, provisional } = what;
  const length = slots ? slots.length : windows.layout.size;
  const { full } = block;
  const last = pick(block.last, slots);
  const batch: WindowBatch = {
    resource: windows.resource,
    attributes: windows.attributes,
    source: source.name,
    dictionary: windows.layout.dictionary,
    startMs: block.startMs,
    widthMs: block.endMs - block.startMs,
    revision: block.revision,
    correction,
    closedToMs,
    slots,
    count: full ? pick(full.count, slots) : tools.pool.ones(length),
    sum: full ? pick(full.sum, slots) : last,
    min: full ? pick(full.min, slots) : last,
    max: full ? pick(full.max, slots) : last,
    last,
    lastTimeMs: full ? pick(full.lastTimeMs, slots) : tools.pool.filled(length, block.timeMs),
  };
  emit(provisional ? { ...batch, provisional } : batch);
}

function pick(column: Float64Array, slots: Uint32Array | undefined): Float64Array {
  if (!slots) return column;
  const picked = new Float64Array(slots.length);
  for (let i = 0; i < slots.length; i++) picked[i] = column[slots[i]!]!;
  return picked;
}

/**
 * Undefined when every series of the resource has a value and belongs to the source. Series whose sum has left the range
 * of doubles are left out and counted: history cannot keep them, and would refuse what else the resource has.
 */
function slotsToEmit({ windows, stats }: StepContext, { last, full, touched }: WindowBlock, source: WindowSource, correction: boolean): Uint32Array | undefined {
  const { owners } = windows;
  const sums = full?.sum ?? last;
  const alone = windows.sources.length === 1;
  const length = last.length;
  let storable = 0;
  for (let slot = 0; slot < length; slot++) if (last[slot] === last[slot] && isBounded(sums[slot]!)) storable++;
  if (alone && !correction && storable === windows.layout.size) return undefined;
  const slots = new Uint32Array(storable);
  let size = 0;
  for (let slot = 0; slot < length; slot++) {
    if (last[slot] !== last[slot] || (correction && !touched![slot])) continue;
    if (!alone && owners[slot] !== source.index) continue;
    if (isBounded(sums[slot]!)) slots[size++] = slot;
    else stats.dropped.overflow += full ? full.count[slot]! : 1;
  }
  return size === windows.layout.size ? undefined : slots.subarray(0, size);
}
