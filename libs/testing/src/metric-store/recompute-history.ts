import type { Labels, WindowBatch } from '@opsloop/contracts';
import type { HistorySeries } from '@opsloop/ports';

/** One bucket of one series, as plain numbers. */
export interface Bucket {
  readonly startMs: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
}

export type History = Record<string, Bucket[]>;

export function nameOf(resource: string, labels: Labels): string {
  return `${resource} ${JSON.stringify(labels)}`;
}

/** What a store should answer for one metric, in the slowest and plainest way: every window, highest revision, bucket by bucket. */
export function recomputeHistory(batches: readonly WindowBatch[], metric: string, stepMs: number, fromMs = -Infinity, toMs = Infinity): History {
  const windows = new Map<string, { name: string; startMs: number; revision: number; bucket: Bucket }>();
  for (const { resource, dictionary, startMs, widthMs, revision, slots, count, sum, min, max, last } of batches) {
    for (let row = 0; row < count.length; row++) {
      const slot = slots ? slots[row]! : row;
      if (dictionary.metrics[dictionary.metricOf[slot]!] !== metric || startMs < fromMs || startMs >= toMs) continue;
      const name = nameOf(resource.id, dictionary.labelSets[dictionary.labelsOf[slot]!]!);
      const key = `${name} ${startMs} ${widthMs}`;
      if ((windows.get(key)?.revision ?? -1) >= revision) continue;
      const bucket = { startMs: Math.floor(startMs / stepMs) * stepMs, count: count[row]!, sum: sum[row]!, min: min[row]!, max: max[row]!, last: last[row]! };
      windows.set(key, { name, startMs, revision, bucket });
    }
  }
  const history: History = {};
  for (const { name, bucket } of [...windows.values()].toSorted((a, b) => a.startMs - b.startMs)) {
    const buckets = (history[name] ??= []);
    const before = buckets.at(-1);
    if (before?.startMs !== bucket.startMs) buckets.push(bucket);
    else buckets[buckets.length - 1] = { startMs: bucket.startMs, count: before.count + bucket.count, sum: before.sum + bucket.sum, min: Math.min(before.min, bucket.min), max: Math.max(before.max, bucket.max), last: bucket.last };
  }
  return history;
}

/** The answer of a store in the same form. */
export function toHistory(answer: readonly HistorySeries[]): History {
  return Object.fromEntries(answer.map(({ resource, labels, startsMs, count, sum, min, max, last }) => [
    nameOf(resource, labels),
    Array.from(startsMs, (startMs, row) => ({ startMs, count: count[row]!, sum: sum[row]!, min: min[row]!, max: max[row]!, last: last[row]! })),
  ]));
}

/** Series and bucket starts are the same, and every number agrees to 1e-9 relative. Throws with the first difference. */
export function expectSameHistory(found: History, expected: History): void {
  expect(Object.keys(found).toSorted()).toEqual(Object.keys(expected).toSorted());
  for (const [name, buckets] of Object.entries(expected)) {
    expect(found[name]!.map(({ startMs }) => startMs)).toEqual(buckets.map(({ startMs }) => startMs));
    buckets.forEach((bucket, at) => {
      for (const column of ['count', 'sum', 'min', 'max', 'last'] as const) {
        const difference = Math.abs(found[name]![at]![column] - bucket[column]);
        if (!(difference <= Math.abs(bucket[column]) * 1e-9)) throw new Error(`${name} at ${bucket.startMs}: ${column} is ${found[name]![at]![column]}, expected ${bucket[column]}`);
      }
    });
  }
}
