import { setTimeout as sleep } from 'node:timers/promises';
import { metricSourcesOf, type QueryAnswer } from '@opsloop/contracts';
import type { ApiClient } from '../server/api-client.js';
import type { ReplayedSeries } from './encode-rows.js';

const pollMs = 500;
/** A query answers at most 100,000 steps. */
const stepsPerQuery = 50_000;
/** A range that begins further ahead is not asked for: nothing can be there, and the server says so at an hour. */
const mostAheadMs = 1_800_000;

export interface WatchedHistory {
  /** How many of the rows that the server accepted have come to history; waits while more of them arrive. */
  countKept(accepted: number): Promise<number>;
}

/**
 * Counts what history holds of a series where the rows lie, now and again once they are sent: the write API says 204 also to
 * rows that are too late to count. Undefined: senders' fields of this name are stored as other metrics.
 */
export async function watchHistory(api: ApiClient, series: ReplayedSeries, timesMs: readonly number[], windowMs: number): Promise<WatchedHistory | undefined> {
  if (metricSourcesOf(series.metric).length > 0) return undefined;
  const ranges = queriesOf(series, timesMs, windowMs);
  // The last windows close once the source has been silent for a while; what lies before them is there at once.
  const settled = timesMs.filter((timeMs) => windowStart(timeMs, windowMs) + 2 * windowMs <= timesMs.at(-1)!).length || timesMs.length;
  const patienceMs = 4 * windowMs + 2_000;

  async function count(): Promise<number> {
    let rows = 0;
    for (const { fromMs, path } of ranges) {
      if (fromMs > Date.now() + mostAheadMs) continue;
      for (const { points } of (await api.get<QueryAnswer>(path)).series) for (const [, value] of points) rows += value ?? 0;
    }
    return rows;
  }

  const before = await count();
  return {
    async countKept(accepted) {
      let kept = 0;
      for (let grewMs = performance.now(); performance.now() - grewMs < patienceMs; await sleep(pollMs)) {
        const found = (await count()) - before;
        if (found >= Math.min(settled, accepted)) return accepted;
        if (found > kept) [kept, grewMs] = [found, performance.now()];
      }
      return kept;
    },
  };
}

/** Ranges of whole windows that hold rows, each short enough for one query. */
function queriesOf({ metric, host, labels }: ReplayedSeries, timesMs: readonly number[], windowMs: number): { readonly fromMs: number; readonly path: string }[] {
  const selected = new URLSearchParams({ metric, 'label.uid': host, step: String(windowMs), aggregate: 'count', fill: 'none' });
  for (const label of labels) selected.set(`label.${label.slice(0, label.indexOf('='))}`, label.slice(label.indexOf('=') + 1));
  const starts = new Set(timesMs.map((timeMs) => windowStart(timeMs, windowMs * stepsPerQuery)));
  const [firstMs, endMs] = [windowStart(timesMs[0]!, windowMs), windowStart(timesMs.at(-1)!, windowMs) + windowMs];
  return [...starts].map((startMs) => {
    const fromMs = Math.max(startMs, firstMs);
    return { fromMs, path: `query?${selected}&from=${iso(fromMs)}&to=${iso(Math.min(startMs + windowMs * stepsPerQuery, endMs))}` };
  });
}

function windowStart(timeMs: number, windowMs: number): number {
  return Math.floor(timeMs / windowMs) * windowMs;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
