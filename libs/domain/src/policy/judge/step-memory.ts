import type { Verdict } from '../../condition/condition.js';
import type { MemorySlots } from '../../condition/memory-slots.js';
import type { CompiledPolicy } from '../compiled-policy.js';
import { memoryKey, type ClosedWindow, type SeriesWatch } from '../watch/series-watch.js';

/** Lets the condition of a policy take a window into what it remembers of the series; a memory of another shape is begun anew. */
export function stepMemory(watch: SeriesWatch, policy: CompiledPolicy, seen: ClosedWindow, slots: MemorySlots): Verdict | undefined {
  const series = policy.condition?.series;
  if (!series) return undefined;
  let { memory } = watch;
  if (!memory || learnsAnew(watch, policy)) {
    dropMemory(watch, slots);
    memory = { condition: series, data: series.create(slots) };
  } else if (!memory.condition) memory = { condition: series, data: series.decode(memory.data, slots) ?? series.create(slots) };
  watch.memory = memory;
  return series.step(memory.data, seen, slots);
}

/** Whether the policy remembers something else of the series than it did so far, or did not remember anything. */
export function learnsAnew({ memory, birth }: SeriesWatch, { condition }: CompiledPolicy): boolean {
  if (!condition?.series) return false;
  return memory ? memoryKey(memory) !== condition.series.key : !birth;
}

/** Forgets what was remembered of the series; what it took is free for others. */
export function dropMemory(watch: SeriesWatch, slots: MemorySlots): void {
  const { memory } = watch;
  watch.memory = undefined;
  memory?.condition?.release?.(memory.data, slots);
}
