import type { WindowBatch } from '@opsloop/contracts';
import { isRetryable, type ServiceContext } from '@opsloop/runtime';

/** How long windows wait for others, and how many of them wait at most. */
const gatherMs = 1_000;
const gatherRows = 200_000;

interface Waiting {
  readonly batches: readonly WindowBatch[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface WriteGate {
  /** Resolves when the windows are durable, written together with those of other partitions unless `alone`. An aborted signal hastens it. */
  write(batches: readonly WindowBatch[], options: { readonly alone: boolean; readonly signal: AbortSignal }): Promise<void>;
}

/** Gathers what partitions bring within a second, so that the store commits a few large pieces. */
export function createWriteGate({ metricStore, clock, ownMetrics, reach }: ServiceContext): WriteGate {
  const rows = ownMetrics.counter('history_windows_total', 'Windows that were written to the metric store');
  const seconds = ownMetrics.histogram('history_write_seconds', 'Time of one write to the metric store');
  let waiting: Waiting[] = [];
  let waitingRows = 0;
  let hasten = new AbortController();
  let flushing: Promise<void> = Promise.resolve();

  async function store(batches: readonly WindowBatch[]): Promise<void> {
    if (batches.length === 0) return;
    const startMs = clock.monotonic();
    reach('history.before-write');
    await metricStore.write(batches);
    reach('history.after-write');
    seconds.observe((clock.monotonic() - startMs) / 1000);
    rows.inc(rowsOf(batches));
  }

  /** What one partition brought must not fail the others for good. */
  async function storeEach(list: readonly Waiting[]): Promise<void> {
    for (const { batches, resolve, reject } of list) await store(batches).then(resolve, reject);
  }

  async function flush(list: readonly Waiting[]): Promise<void> {
    try {
      await store(list.flatMap(({ batches }) => batches));
      for (const { resolve } of list) resolve();
    } catch (error) {
      if (!isRetryable(error) && list.length > 1) return storeEach(list);
      for (const { reject } of list) reject(error);
    }
  }

  async function gather(): Promise<void> {
    hasten = new AbortController();
    await clock.sleep(gatherMs, hasten.signal);
    // One write at a time: while the store is slow, the next one grows.
    await flushing;
    const list = waiting;
    waiting = [];
    waitingRows = 0;
    flushing = flush(list);
  }

  return {
    async write(batches, { alone, signal }) {
      if (alone) return store(batches);
      const hurry = (): void => hasten.abort();
      signal.addEventListener('abort', hurry, { once: true });
      try {
        await new Promise<void>((resolve, reject) => {
          waiting.push({ batches, resolve, reject });
          waitingRows += rowsOf(batches);
          if (waiting.length === 1) void gather();
          if (waitingRows >= gatherRows || signal.aborted) hurry();
        });
      } finally {
        signal.removeEventListener('abort', hurry);
      }
    },
  };
}

function rowsOf(batches: readonly WindowBatch[]): number {
  return batches.reduce((sum, { count }) => sum + count.length, 0);
}
