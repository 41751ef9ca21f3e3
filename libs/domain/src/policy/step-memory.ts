import type { Verdict } from '../condition/condition.js';
import type { CompiledPolicy } from './compiled-policy.js';
import type { ClosedWindow, SeriesWatch } from './series-watch.js';

/** Lets the condition of a policy take a window into what it remembers of the series; a memory of another shape is begun anew. */
export function stepMemory(watch: SeriesWatch, { condition }: CompiledPolicy, seen: ClosedWindow): Verdict | undefined {
  const series = condition?.series;
  if (!series) return undefined;
  let { memory } = watch;
  if (memory?.key !== series.key) memory = { key: series.key, condition: series, data: series.create() };
  else if (!memory.condition) memory = { key: series.key, condition: series, data: series.decode(memory.data) ?? series.create() };
  watch.memory = memory;
  return series.step(memory.data, seen);
}
