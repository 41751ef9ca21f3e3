import type { Aggregate, Labels, ResourceRecord } from '@opsloop/contracts';
import { EngineError, type HistorySeries, type MetricStore, type SeriesSelector } from '@opsloop/ports';
import type { TierPlan } from './choose-tier.js';

export interface Buckets {
  readonly startsMs: number[];
  readonly count: number[];
  readonly sum: number[];
  readonly min: number[];
  readonly max: number[];
  readonly last: number[];
}

export interface ReadSeries {
  readonly resource: string;
  readonly labels: Labels;
  readonly buckets: Buckets;
}

/** Of one answer, and of what is read from one tier for it. */
export const mostPoints = 500_000;

/** Reads the segments of a plan and joins them by series, ascending in time. No series is in two of the selections. */
export async function readHistory(store: MetricStore, selectors: readonly SeriesSelector[], plan: TierPlan): Promise<ReadSeries[]> {
  const series = new Map<string, ReadSeries>();
  for (const { tier, fromMs, toMs } of plan.segments) {
    let points = 0;
    for (const selector of selectors) {
      for (const one of await store.query({ selector, fromMs, toMs, stepMs: plan.stepMs, tier, maxPoints: mostPoints })) {
        points += one.startsMs.length;
        append(series, one);
      }
      if (points > mostPoints) throw new EngineError(`the answer has more than ${mostPoints} points: ask for a longer step, a shorter range or fewer series`, { retryable: false });
    }
  }
  return [...series.values()];
}

function append(series: Map<string, ReadSeries>, found: HistorySeries): void {
  const key = `${found.resource}\n${JSON.stringify(found.labels)}`;
  const known = series.get(key) ?? { resource: found.resource, labels: found.labels, buckets: emptyBuckets() };
  series.set(key, known);
  for (let i = 0; i < found.startsMs.length; i++) {
    push(known.buckets, found.startsMs[i]!, found.count[i]!, found.sum[i]!, found.min[i]!, found.max[i]!, found.last[i]!);
  }
}

function emptyBuckets(): Buckets {
  return { startsMs: [], count: [], sum: [], min: [], max: [], last: [] };
}

function push(buckets: Buckets, startMs: number, count: number, sum: number, min: number, max: number, last: number): void {
  const at = buckets.startsMs.length - 1;
  // The first bucket of a finer segment may be the last one of the coarser: they hold different windows of one bucket.
  if (at >= 0 && buckets.startsMs[at] === startMs) {
    buckets.count[at]! += count;
    buckets.sum[at]! += sum;
    buckets.min[at] = Math.min(buckets.min[at]!, min);
    buckets.max[at] = Math.max(buckets.max[at]!, max);
    buckets.last[at] = last;
    return;
  }
  buckets.startsMs.push(startMs);
  buckets.count.push(count);
  buckets.sum.push(sum);
  buckets.min.push(min);
  buckets.max.push(max);
  buckets.last.push(last);
}

/** Joins series that agree in the keys of `groupBy` (`resource`, a label, or an attribute of the resource). LAST becomes the sum of the lasts. */
export function groupSeries(series: readonly ReadSeries[], groupBy: readonly string[], records: ReadonlyMap<string, ResourceRecord>): ReadSeries[] {
  const groups = new Map<string, { labels: Record<string, string>; resource: string; members: ReadSeries[] }>();
  for (const one of series) {
    const record = records.get(one.resource);
    const labels: Record<string, string> = {};
    for (const key of groupBy) {
      const value = key === 'resource' ? (record?.name ?? one.resource) : (one.labels[key] ?? record?.attributes[key]);
      if (value !== undefined) labels[key] = value;
    }
    const id = JSON.stringify(labels);
    const group = groups.get(id) ?? { labels, resource: groupBy.includes('resource') ? one.resource : '', members: [] };
    group.members.push(one);
    groups.set(id, group);
  }
  return [...groups.values()].map(({ labels, resource, members }) => ({ resource, labels, buckets: joinBuckets(members.map((member) => member.buckets)) }));
}

function joinBuckets(all: readonly Buckets[]): Buckets {
  const byStart = new Map<number, { count: number; sum: number; min: number; max: number; last: number }>();
  for (const buckets of all) {
    for (const [i, startMs] of buckets.startsMs.entries()) {
      const joined = byStart.get(startMs);
      if (!joined) byStart.set(startMs, { count: buckets.count[i]!, sum: buckets.sum[i]!, min: buckets.min[i]!, max: buckets.max[i]!, last: buckets.last[i]! });
      else {
        joined.count += buckets.count[i]!;
        joined.sum += buckets.sum[i]!;
        joined.min = Math.min(joined.min, buckets.min[i]!);
        joined.max = Math.max(joined.max, buckets.max[i]!);
        joined.last += buckets.last[i]!;
      }
    }
  }
  const joined = emptyBuckets();
  for (const [startMs, one] of [...byStart].toSorted(([a], [b]) => a - b)) push(joined, startMs, one.count, one.sum, one.min, one.max, one.last);
  return joined;
}

export type Fill = 'null' | 'none' | 'zero' | 'previous';

export interface Grid {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/** How many points `toPoints` makes of all series together, for each aggregate. */
export function countPoints(series: readonly ReadSeries[], grid: Grid, fill: Fill): number {
  if (fill === 'none') return series.reduce((sum, { buckets }) => sum + buckets.startsMs.length, 0);
  return series.length * Math.ceil((grid.toMs - startOf(grid)) / grid.stepMs);
}

/** Points of one aggregate on the grid of `stepMs`; what was not measured is null unless `fill` says otherwise. */
export function toPoints(buckets: Buckets, aggregate: Aggregate, grid: Grid, fill: Fill): [number, number | null][] {
  const valueAt = (i: number): number => (aggregate === 'avg' ? buckets.sum[i]! / buckets.count[i]! : buckets[aggregate][i]!);
  if (fill === 'none') return buckets.startsMs.map((startMs, i) => [startMs, valueAt(i)]);
  const points: [number, number | null][] = [];
  let next = 0;
  let previous: number | null = null;
  for (let startMs = startOf(grid); startMs < grid.toMs; startMs += grid.stepMs) {
    if (buckets.startsMs[next] === startMs) {
      previous = valueAt(next);
      points.push([startMs, previous]);
      next += 1;
    } else points.push([startMs, fill === 'zero' ? 0 : fill === 'previous' ? previous : null]);
  }
  return points;
}

function startOf({ fromMs, stepMs }: Grid): number {
  return Math.floor(fromMs / stepMs) * stepMs;
}
