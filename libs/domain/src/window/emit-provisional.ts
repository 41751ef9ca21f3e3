/** Emits what became certain of windows that are still open. */
import { emitSlots } from './emit-windows.js';
import { watermarkOf, type WindowSource } from './resource-windows.js';
import type { StepContext } from './step-context.js';
import { isBounded, type WindowBlock } from './window-block.js';

/** A source that sent so many rows in order is not expected to send what is older; until then its rows may be the whole grace apart. */
const orderlyAfterRows = 32;

/**
 * Emits the awaited series that crossed a limit. It waits until no earlier window of their source is expected to change:
 * whether that one matches decides when the alarm began. Called after each batch, and once a second of arrival time.
 */
export function emitProvisional(context: StepContext): void {
  const { windows, stats } = context;
  windows.hasNews = false;
  for (const block of windows.blocks) {
    const news = block.crossings?.news;
    if (!news || news.size === 0) continue;
    for (const source of windows.sources) {
      if (!source) continue;
      const slots = [...news].filter((slot) => windows.owners[slot] === source.index);
      if (slots.length === 0) continue;
      const isOpen = block.endMs > source.closedToMs;
      if (isOpen && !isSettled(context, block, source)) continue;
      for (const slot of slots) news.delete(slot);
      // A window that has closed was emitted as what it is.
      if (!isOpen) continue;
      const bounded = slots.filter((slot) => isBounded((block.full?.sum ?? block.last)[slot]!)).toSorted((a, b) => a - b);
      if (bounded.length === 0) continue;
      stats.provisional += bounded.length;
      emitSlots(context, block, source, { slots: Uint32Array.from(bounded), closedToMs: source.closedToMs, correction: false, provisional: true });
    }
    if (news.size > 0) windows.hasNews = true;
  }
}

function isSettled({ clockMs, tools }: StepContext, { startMs }: WindowBlock, source: WindowSource): boolean {
  // Of a clock that is ahead: everything until then is still to come.
  if (startMs > clockMs) return false;
  if (source.closedToMs >= startMs) return true;
  if (source.orderlyRows >= orderlyAfterRows && watermarkOf(source, clockMs) >= startMs) return true;
  // What is still under way has had its time.
  return clockMs - source.lastArrivalMs >= tools.settings.graceMs;
}
