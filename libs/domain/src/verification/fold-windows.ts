import type { Labels } from '@opsloop/contracts';
import type { WindowAggregate } from '../condition/condition.js';

/** Base windows of one series, ascending by start; every column has the same length. */
export interface BaseSeries {
  /** Needed where a policy reads several. */
  readonly metric?: string;
  readonly labels: Labels;
  readonly startsMs: ArrayLike<number>;
  readonly count: ArrayLike<number>;
  readonly sum: ArrayLike<number>;
  readonly min: ArrayLike<number>;
  readonly max: ArrayLike<number>;
  readonly last: ArrayLike<number>;
}

export interface FoldedWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly value: number;
}

export interface FoldOptions {
  readonly windowMs: number;
  readonly baseMs: number;
  readonly aggregate: WindowAggregate;
  /** Everything that ends by then is stored, ms since the epoch: what is not there does not come any more. */
  readonly storedToMs?: number;
}

/**
 * Policy windows of a series, aligned to the epoch, ascending, the complete ones alone: all base windows are there, or a
 * later one is, so that no more can come in order, or none can be on its way any more.
 */
export function foldWindows(series: BaseSeries, { windowMs, baseMs, aggregate, storedToMs = -Infinity }: FoldOptions): FoldedWindow[] {
  const folded: FoldedWindow[] = [];
  const size = series.startsMs.length;
  let from = 0;
  while (from < size) {
    const startMs = Math.floor(series.startsMs[from]! / windowMs) * windowMs;
    const endMs = startMs + windowMs;
    let to = from;
    while (to < size && series.startsMs[to]! < endMs) to += 1;
    if (to < size || endMs <= storedToMs || to - from >= windowMs / baseMs) folded.push({ startMs, endMs, value: valueOf(series, from, to, aggregate) });
    from = to;
  }
  return folded;
}

function valueOf(series: BaseSeries, from: number, to: number, aggregate: FoldOptions['aggregate']): number {
  if (aggregate === 'LAST') return series.last[to - 1]!;
  let [sum, count, min, max] = [0, 0, Infinity, -Infinity];
  for (let i = from; i < to; i += 1) {
    sum += series.sum[i]!;
    count += series.count[i]!;
    min = Math.min(min, series.min[i]!);
    max = Math.max(max, series.max[i]!);
  }
  if (aggregate === 'SUM') return sum;
  // The sum of equal values has a rest of rounding.
  return aggregate === 'AVG' ? (min === max ? min : sum / count) : aggregate === 'MIN' ? min : max;
}
