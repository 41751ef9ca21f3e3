import type { Aggregate } from '@opsloop/contracts';
import type { MetricStore, SeriesSelector, TopRow } from '@opsloop/ports';
import type { TierPlan } from './choose-tier.js';
import { readHistory, type Buckets } from './read-history.js';

export interface Ranking {
  readonly aggregate: Aggregate;
  readonly n: number;
  readonly direction: 'highest' | 'lowest';
}

/** The n series with the highest or lowest aggregate over a plan's range, best first. */
export async function readTop(store: MetricStore, selectors: readonly SeriesSelector[], plan: TierPlan, { aggregate, n, direction }: Ranking): Promise<readonly TopRow[]> {
  const { stepMs, segments } = plan;
  const [only] = segments;
  const sign = direction === 'highest' ? -1 : 1;
  const best = (rows: readonly TopRow[]): readonly TopRow[] => rows.toSorted((a, b) => sign * (a.value - b.value)).slice(0, n);
  if (only && segments.length === 1) {
    const found: TopRow[] = [];
    for (const selector of selectors) found.push(...(await store.topN({ selector, ...only, aggregate, n, direction })));
    return best(found);
  }
  // The best of each tier need not be the best of all, so every series is read: its range in one step, which two buckets may share.
  const rangeMs = segments.at(-1)!.toMs - only!.fromMs;
  const series = await readHistory(store, selectors, { ...plan, stepMs: Math.ceil(rangeMs / stepMs) * stepMs });
  return best(series.map(({ resource, labels, buckets }) => ({ resource, labels, value: valueOf(buckets, aggregate) })));
}

/** One aggregate of all buckets together. */
function valueOf({ count, sum, min, max, last }: Buckets, aggregate: Aggregate): number {
  switch (aggregate) {
    case 'min': return Math.min(...min);
    case 'max': return Math.max(...max);
    case 'last': return last.at(-1)!;
    case 'count': return total(count);
    case 'sum': return total(sum);
    case 'avg': return total(sum) / total(count);
  }
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
