import { settleRows } from './counter-log.js';
import { emitWindows } from './emit-windows.js';
import { watermarkOf, type ResourceWindows, type WindowSource } from './resource-windows.js';
import type { StepContext } from './step-context.js';
import { recycleBlock, type WindowBlock } from './window-block.js';
import { boundaryAt } from './window-grid.js';
import { hibernateMs } from './window-settings.js';

/** Closes what the watermark of a source has passed. */
export function closeByWatermark(context: StepContext, source: WindowSource): void {
  const { windows, clockMs, tools } = context;
  const closableMs = boundaryAt(windows.grid, watermarkOf(source, clockMs) - tools.settings.graceMs);
  if (closableMs > source.closedToMs) closeTo(context, source, closableMs);
}

/**
 * Closes the windows of a source that has been silent for too long, and lets go of them when the silence lasts. One that
 * lies ahead of the arrival clock waits until it is over: whatever comes before it would be late.
 */
export function closeBySilence(context: StepContext, source: WindowSource): void {
  const { clockMs, tools } = context;
  const silentMs = clockMs - source.lastArrivalMs;
  if (silentMs >= tools.settings.idleMs) {
    source.idle = true;
    closeUpTo(context, source, clockMs);
  }
  if (silentMs >= hibernateMs && source.retiredToMs < source.closedToMs) {
    source.retiredToMs = source.closedToMs;
    retireBlocks(context);
  }
}

/** Closes the windows of a source that end by `toMs`. */
export function closeUpTo(context: StepContext, source: WindowSource, toMs: number): void {
  const newest = context.windows.blocks.findLast((block) => block.endMs <= toMs && block.sources & (1 << source.index));
  if (newest && newest.endMs > source.closedToMs) closeTo(context, source, newest.endMs);
}

function closeTo(context: StepContext, source: WindowSource, toMs: number): void {
  const { windows, clockMs, tools } = context;
  const bit = 1 << source.index;
  let due: WindowBlock | undefined;
  for (const block of windows.blocks) {
    if (block.endMs > toMs) break;
    if (block.endMs <= source.closedToMs || !(block.sources & bit)) continue;
    if (due) emitWindows(context, due, source, due.endMs, false);
    due = block;
  }
  if (due) emitWindows(context, due, source, toMs, false);
  source.closedToMs = toMs;
  source.retiredToMs = Math.max(source.retiredToMs, Math.min(toMs, watermarkOf(source, clockMs) - tools.settings.latenessMs));
  retireBlocks(context);
}

/** Windows that no sample can change any more give their memory back. */
export function retireBlocks({ windows, tools }: StepContext): void {
  const { blocks, counters } = windows;
  if (windows.sources.length === 1 && blocks[0] && !isRetired(windows, blocks[0])) return;
  let kept = 0;
  for (const block of blocks) {
    if (isRetired(windows, block)) {
      settleRows(block.rows, counters, tools.pool);
      recycleBlock(block, tools.pool);
    } else blocks[kept++] = block;
  }
  blocks.length = kept;
}

function isRetired({ sources }: ResourceWindows, { endMs, sources: mask, touched }: WindowBlock): boolean {
  if (touched) return false;
  for (let index = 0, bits = mask; bits !== 0; index++, bits >>>= 1) {
    const source = sources[index];
    if (bits & 1 && source && endMs > source.retiredToMs) return false;
  }
  return true;
}

/** Emits the closed windows that changed in this step, only their changed series, each with its new revision. */
export function emitCorrections(context: StepContext): void {
  const { windows } = context;
  for (const block of windows.blocks) {
    if (!block.touched) continue;
    for (const source of windows.sources) {
      if (source && block.endMs <= source.closedToMs) emitWindows(context, block, source, source.closedToMs, true);
    }
    block.touched = undefined;
  }
}
