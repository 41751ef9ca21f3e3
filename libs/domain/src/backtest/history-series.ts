import type { Attributes, Resource } from '@opsloop/contracts';
import type { BaseSeries } from '../verification/fold-windows.js';

/** Windows of one series as history keeps them, COUNT at least 1, and what they are of. */
export interface HistorySeriesData extends BaseSeries {
  readonly resource: Resource;
  readonly attributes: Attributes;
  readonly metric: string;
  readonly widthMs: number;
}

/** Samples (ascending, ms) as windows of `widthMs`: what the aggregator makes of them when none is late. */
export function windowsOfSamples(about: Pick<HistorySeriesData, 'resource' | 'attributes' | 'metric' | 'labels' | 'widthMs'>, samples: readonly { readonly timeMs: number; readonly value: number }[]): HistorySeriesData {
  const { widthMs } = about;
  const [startsMs, count, sum, min, max, last]: number[][] = [[], [], [], [], [], []];
  for (const { timeMs, value } of samples) {
    const startMs = Math.floor(timeMs / widthMs) * widthMs;
    const at = startsMs!.length - 1;
    if (at < 0 || startsMs![at] !== startMs) {
      startsMs!.push(startMs);
      count!.push(1);
      for (const column of [sum, min, max, last]) column!.push(value);
      continue;
    }
    count![at]! += 1;
    sum![at]! += value;
    min![at] = Math.min(min![at]!, value);
    max![at] = Math.max(max![at]!, value);
    last![at] = value;
  }
  return { ...about, startsMs: startsMs!, count: count!, sum: sum!, min: min!, max: max!, last: last! };
}
