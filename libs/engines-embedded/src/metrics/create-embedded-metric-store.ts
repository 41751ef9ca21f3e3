/** The embedded metric store. Read this file first, then metric-service (worker), window-tables (layout) and tiers/tier-tables. */
import { join } from 'node:path';
import { tiers, type Tier } from '@opsloop/contracts/tier';
import { EngineError, type HistorySeries, type MetricStore } from '@opsloop/ports';
import type { Part } from '../part.js';
import { createWorkerLink } from '../worker/worker-link.js';
import { gatherWindows } from './windows/gather-windows.js';
import type { DropReply, HistoryReply, MetricRequest, MetricStoreOpened, MetricWorkerData, Span, StoredIds, TopReply, WriteReply } from './metric-messages.js';
import { SeriesCatalog, type Selection } from './series-catalog.js';
import { firstBucketMs, tablesOf } from './tiers/tier-tables.js';
import { allocateSingleColumns, allocateWindowColumns, buffersOf, countRows, createSpareColumns } from './windows/window-columns.js';

export interface EmbeddedMetricStoreOptions {
  /** An existing folder; the store is the folder `metrics` in it. Its only user is this process (see lockDataDir). */
  readonly dataDir: string;
  /** Width of base windows, ms. Tiers that are no wider are read from the base windows, which are dropped when none of them wants them. */
  readonly windowMs: number;
  /** Most memory of DuckDB, sorting and caches included; beyond it it spills to `metrics/temp`. Default 512 MiB. */
  readonly memoryLimitBytes?: number;
  /** Reads at the same time, and parts that a wide read is split into. Each takes a thread of Node's pool, and writing takes another. Default 2. */
  readonly threads?: number;
  /** Longest time that a query may take, ms; default 20 s. */
  readonly queryLimitMs?: number;
  /** Rows in order of arrival at which they are sorted by series; default one million (some 60 MB of log). */
  readonly compactRows?: number;
  /** Most marks of buckets to roll up that are held in memory, too, so that a write need not look for them in the file; default 250,000 (10 to 50 MB). */
  readonly knownMarks?: number | undefined;
  /** `name:count` of metric-store.before-tables-commit, before-commit, after-commit, before-rollup-commit, before-compaction-commit or before-checkpoint, where fault tests kill the process. */
  readonly faultPoint?: string | undefined;
  /** Told once when the store stops working, cannot write or cannot tidy up, and once when it works again. */
  readonly onTrouble?: (error: Error | undefined) => void;
}

export interface EmbeddedMetricStore extends MetricStore, Part {
  /** Rejects while the store cannot be used. */
  check(): Promise<void>;
}

const mebibyte = 2 ** 20;
/** Points of an answer when the query does not say; 48 bytes each. */
const defaultMaxPoints = 2_000_000;
const leastCloseMs = 5_000;
/** Series: some 20 ms of this thread, and less than a second of the other. */
const forgottenAtOnce = 20_000;

/**
 * History of windows in one DuckDB file, owned by a worker thread. Series become integers here, so that rows cross to
 * the worker as plain columns. Rows of a call are one transaction, flushed to disk when it resolves.
 *
 * Roll up before dropping: what a tier dropped before it was rolled up is missing in the tiers above.
 */
export function createEmbeddedMetricStore(options: EmbeddedMetricStoreOptions): EmbeddedMetricStore {
  return new DuckDbMetricStore(options);
}

class DuckDbMetricStore implements EmbeddedMetricStore {
  readonly name = 'embedded metric store';
  readonly #windowMs: number;
  readonly #bucketMs: number;
  readonly #onTrouble: (error: Error | undefined) => void;
  readonly #link;
  readonly #catalog = new SeriesCatalog();
  readonly #spareSingles = createSpareColumns(allocateSingleColumns);
  readonly #spareWindows = createSpareColumns(allocateWindowColumns);
  #loaded = false;
  #stored: StoredIds = { series: -1, resource: -1 };
  #trouble: Error | undefined;
  #stopping = false;

  constructor({ dataDir, windowMs, memoryLimitBytes = 512 * mebibyte, threads = 2, queryLimitMs = 20_000, compactRows = 1_000_000, knownMarks, faultPoint, onTrouble = () => undefined }: EmbeddedMetricStoreOptions) {
    this.#windowMs = windowMs;
    this.#bucketMs = firstBucketMs(windowMs);
    this.#onTrouble = onTrouble;
    const workerData: MetricWorkerData = { folder: join(dataDir, 'metrics'), windowMs, memoryLimitBytes, threads, queryLimitMs, compactRows, knownMarks, faultPoint };
    this.#link = createWorkerLink<MetricRequest, MetricStoreOpened>({
      name: 'the metric store',
      script: new URL('./metric-worker.js', import.meta.url),
      workerData,
      onOpened: (opened) => this.#opened(opened),
      onDied: (error) => this.#report(error),
    });
  }

  start(): Promise<void> {
    this.#stopping = false;
    return this.#link.start();
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    if (this.#link.isOpen()) await this.#link.request({ kind: 'wind-down', withinMs: deadlineMs / 2 }).catch(() => undefined);
    // Node aborts the whole process when a thread is cut off inside DuckDB, so closing gets the time that it needs.
    await this.#link.stop(Math.max(deadlineMs / 2, leastCloseMs));
  }

  async check(): Promise<void> {
    this.#requireOpen();
  }

  async write(batches: Parameters<MetricStore['write']>[0]): Promise<void> {
    this.#requireOpen();
    const { rows, marks } = gatherWindows(batches, {
      catalog: this.#catalog, windowMs: this.#windowMs, bucketMs: this.#bucketMs,
      takeSingles: (capacity) => this.#spareSingles.take(capacity),
      takeWindows: (capacity) => this.#spareWindows.take(capacity),
    });
    if (countRows(rows) === 0) return;
    const definedBefore = this.#catalog.sent;
    const request: MetricRequest = { kind: 'write', definedBefore, definitions: this.#catalog.takeUnsent(), rows, marks };
    try {
      const { trouble, rows: { single, fresh, late }, ...stored } = await this.#link.request<WriteReply>(request, buffersOf(rows));
      this.#stored = stored;
      if (single) this.#spareSingles.give(single);
      for (const columns of [fresh, late]) if (columns) this.#spareWindows.give(columns);
      this.#report(trouble === undefined ? undefined : new Error(trouble));
    } catch (error) {
      this.#catalog.sendAgainFrom(this.#stored);
      if (error instanceof EngineError && error.retryable && !this.#stopping) this.#report(error);
      throw error;
    }
  }

  async query({ selector, fromMs, toMs, stepMs, tier, maxPoints = defaultMaxPoints }: Parameters<MetricStore['query']>[0]): Promise<readonly HistorySeries[]> {
    if (!Number.isSafeInteger(stepMs) || stepMs <= 0) throw refused(`stepMs must be a positive whole number of ms, not ${stepMs}`);
    const span = this.#spanOf(selector, tier, fromMs, toMs);
    if (!span) return [];
    const reply = await this.#link.request<HistoryReply>({ kind: 'history', ...span, stepMs, maxPoints });
    return splitBySeries(reply).flatMap(([id, startsMs, count, sum, min, max, last]) => this.#namesOf(id).map((names) => ({ ...names, startsMs, count, sum, min, max, last })));
  }

  async topN({ selector, fromMs, toMs, tier, aggregate, n, direction = 'highest' }: Parameters<MetricStore['topN']>[0]): ReturnType<MetricStore['topN']> {
    if (!Number.isSafeInteger(n) || n < 1) throw refused(`n must be a positive whole number, not ${n}`);
    const span = this.#spanOf(selector, tier, fromMs, toMs);
    if (!span) return [];
    const [series, values] = await this.#link.request<TopReply>({ kind: 'top', ...span, aggregate, n, direction });
    return [...series!].flatMap((id, index) => this.#namesOf(id).map((names) => ({ ...names, value: values![index]! })));
  }

  async series(selector: Selection): ReturnType<MetricStore['series']> {
    this.#requireOpen();
    const lastStartsMs = this.#catalog.lastStartsMs;
    const ids = this.#catalog.select(selector).filter((id) => lastStartsMs[id] !== -Infinity);
    return Array.from(ids, (id) => {
      const { resource, metric, labelSet } = this.#catalog.get(id)!;
      return { resource: resource.resource, metric, labels: labelSet.labels, lastStartMs: lastStartsMs[id]! };
    });
  }

  async rollup(tier: Exclude<Tier, 'base'>, untilMs: number): Promise<number> {
    checkTime('untilMs', untilMs);
    return this.#link.request<number>({ kind: 'roll-up', tier, untilMs });
  }

  async drop(tier: Tier, beforeMs: number): Promise<void> {
    // A retention of for ever.
    if (beforeMs === -Infinity) return;
    checkTime('beforeMs', beforeMs);
    const oldestMs = await this.#link.request<DropReply>({ kind: 'drop', tier, beforeMs: Math.ceil(beforeMs) });
    for (;;) {
      const forgotten = this.#catalog.forgetBefore(oldestMs, forgottenAtOnce);
      if (forgotten.series.length === 0 && forgotten.resources.length === 0) return;
      await this.#link.request({ kind: 'forget', ...forgotten });
    }
  }

  #requireOpen(): void {
    if (!this.#link.isOpen()) throw new EngineError('the metric store is not open', { retryable: true });
  }

  #opened(opened: MetricStoreOpened): void {
    const { ids, resources } = opened.definitions;
    this.#stored = { series: ids.at(-1) ?? -1, resource: resources.at(-1)?.id ?? -1 };
    if (this.#loaded) this.#catalog.sendAgainFrom(this.#stored);
    else this.#catalog.load(opened);
    this.#loaded = true;
    this.#report(undefined);
  }

  #report(trouble: Error | undefined): void {
    const changed = (trouble === undefined) !== (this.#trouble === undefined);
    this.#trouble = trouble;
    if (changed) this.#onTrouble(trouble);
  }

  #spanOf(selector: Selection, tier: Tier, fromMs: number, toMs: number): Span | undefined {
    checkTime('fromMs', fromMs);
    checkTime('toMs', toMs);
    if (!tiers.includes(tier)) throw refused(`${tier} is no tier: there are ${tiers.join(', ')}`);
    const series = this.#catalog.select(selector);
    return series.length === 0 || fromMs >= toMs ? undefined : { tables: tablesOf(tier, this.#windowMs), series, fromMs, toMs };
  }

  /** Empty for a series that was forgotten while the query ran. */
  #namesOf(id: number): Pick<HistorySeries, 'resource' | 'labels'>[] {
    const known = this.#catalog.get(id);
    return known ? [{ resource: known.resource.resource.id, labels: known.labelSet.labels }] : [];
  }
}

function splitBySeries([series, ...columns]: HistoryReply): [id: number, ...columns: [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array]][] {
  const parts: ReturnType<typeof splitBySeries> = [];
  for (let from = 0, to = 0; from < series!.length; from = to) {
    while (to < series!.length && series![to] === series![from]) to++;
    const [startsMs, count, sum, min, max, last] = columns.map((column) => column.subarray(from, to));
    parts.push([series![from]!, startsMs!, count!, sum!, min!, max!, last!]);
  }
  return parts;
}

function checkTime(what: string, ms: number): void {
  if (!Number.isFinite(ms)) throw refused(`${what} must be a time in ms since the epoch, not ${ms}`);
}

function refused(reason: string): EngineError {
  return new EngineError(reason, { retryable: false });
}
