/** The metric store on InfluxDB 2. Read this file first, then influx-database (one database) and history-flux (queries). */
import { tiers, type InfluxRoutes, type Tier, type WindowBatch } from '@opsloop/contracts';
import { checkWindows, EngineError, type HistorySeries, type MetricStore, type SeriesInfo, type SeriesSelector, type TopQuery, type TopRow } from '@opsloop/ports';
import { checkPoints, mergeSeries, mergeWindows, type BucketReader, type BucketReaderOptions, type SeriesBuckets } from './read/bucket-reader.js';
import { historyPasses, passesScript, rawScript, resourcesAtMost, windowFields, type Pass, type WindowSource } from './read/history-flux.js';
import { InfluxDatabase, throwFirst } from './influx-database.js';
import type { Retentions } from './prepare-database.js';
import { createQueryGate } from './read/query-gate.js';
import { createRegionRouter, targetsOf } from './connection/region-router.js';
import { aggregateFrom } from './tiers/roll-up.js';
import { escapeName, measurementOf, parseLabels, unescapeName } from './series-names.js';
import { bucketOfTier, widthOfTier } from './tiers/tier-buckets.js';

export interface InfluxMetricStoreOptions {
  /** OPSLOOP_INFLUXDB_URL, _ORG, _TOKEN and _BUCKET: the database of every region that the routes do not name. */
  readonly url: string;
  readonly org: string;
  readonly token: string;
  /** How the names of the buckets begin: `_base`, `_1m`, `_1h`, `_1d` and `_state` follow. */
  readonly bucket: string;
  /** OPSLOOP_INFLUXDB_ROUTES. */
  readonly routes?: InfluxRoutes | undefined;
  /** Width of base windows, ms. */
  readonly windowMs: number;
  /** OPSLOOP_RETENTION_*, ms; a tier that is left out keeps everything. Buckets are created and changed to it. */
  readonly retentionMs?: Partial<Retentions>;
  /** Longest time of a query, ms; default 20 s. */
  readonly queryLimitMs?: number;
  /** Queries at the same time; default 4. */
  readonly queriesAtOnce?: number;
  /** How long it trusts what it wrote itself, ms; default 5 minutes and at least three windows. Another process may write a series after that. */
  readonly trustMs?: number;
  /** Wall clock, ms; for stamps of marks and for retention. */
  readonly nowMs?: () => number;
  /** Told of windows that the server dropped because they are older than their bucket keeps. */
  readonly onTooOld?: (windows: number) => void;
  /** Told once when writing does not work, and once when it works again. */
  readonly onTrouble?: (error: Error | undefined) => void;
}

export interface InfluxMetricStore extends MetricStore {
  readonly name: string;
  /** Throws a non-retryable EngineError of one line for settings that cannot work; a server that does not answer yet is waited for by the calls. */
  start(): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
  /** Rejects while a database does not answer. */
  check(): Promise<void>;
}

/** Points of an answer when the query does not say. */
const defaultMaxPoints = 2_000_000;

const topPasses: Readonly<Record<TopQuery['aggregate'], readonly Pass['fn'][]>> = {
  sum: ['sum'], count: ['sum', 'count'], avg: ['sum', 'count'], min: ['min'], max: ['max'], last: ['last'],
};

/**
 * History of windows in one or more InfluxDB 2 databases, with a bucket a tier. A write is one explicit request a
 * piece without hidden retries; it resolves after the server's 204s. The highest revision of a window stays, as far as
 * one process writes a series at a time (docs/decisions).
 */
export function createInfluxMetricStore(options: InfluxMetricStoreOptions): InfluxMetricStore {
  return new InfluxStore(options);
}

class InfluxStore implements InfluxMetricStore {
  readonly name = 'InfluxDB metric store';
  readonly #windowMs: number;
  readonly #onTrouble: (error: Error | undefined) => void;
  readonly #databases: readonly InfluxDatabase[];
  readonly #databaseOf: (batch: WindowBatch) => InfluxDatabase;
  readonly #gate: ReturnType<typeof createQueryGate>;
  #isOpen = false;
  #trouble: Error | undefined;

  constructor(options: InfluxMetricStoreOptions) {
    const { url, org, token, bucket, routes, windowMs, retentionMs = {}, queryLimitMs = 20_000, queriesAtOnce = 4, trustMs = Math.max(300_000, 3 * windowMs), nowMs = Date.now, onTooOld = () => undefined, onTrouble = () => undefined } = options;
    this.#windowMs = windowMs;
    this.#onTrouble = onTrouble;
    this.#gate = createQueryGate(queriesAtOnce);
    const retentions: Retentions = { base: Infinity, '1m': Infinity, '1h': Infinity, '1d': Infinity, ...retentionMs };
    this.#databases = targetsOf({ url, org, token, bucket }, routes).map((target) => new InfluxDatabase({ target, windowMs, retentions, queryLimitMs, trustMs, nowMs, monotonicMs: () => performance.now(), onTooOld }));
    const byName = new Map(this.#databases.map((database) => [database.target.name, database]));
    const route = createRegionRouter(routes);
    this.#databaseOf = ({ resource }) => byName.get(route(resource)) ?? this.#databases[0]!;
  }

  async start(): Promise<void> {
    const outcomes = await Promise.allSettled(this.#databases.map((database) => database.prepare()));
    const broken = outcomes.find((outcome) => outcome.status === 'rejected' && !(outcome.reason instanceof EngineError && outcome.reason.retryable));
    if (broken?.status === 'rejected') throw broken.reason;
    this.#isOpen = true;
  }

  /** What was asked for before is finished within the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    this.#isOpen = false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, deadlineMs)));
    await Promise.race([Promise.all(this.#databases.map((database) => database.drained())), late]);
    clearTimeout(timer);
  }

  async check(): Promise<void> {
    this.#requireOpen();
    throwFirst(await Promise.allSettled(this.#databases.map((database) => database.check())));
  }

  async write(batches: readonly WindowBatch[]): Promise<void> {
    this.#requireOpen();
    for (const batch of batches) checkWindows(batch);
    const routed = new Map<InfluxDatabase, WindowBatch[]>();
    for (const batch of batches) {
      if (batch.count.length === 0) continue;
      const database = this.#databaseOf(batch);
      const part = routed.get(database);
      if (part) part.push(batch);
      else routed.set(database, [batch]);
    }
    const outcomes = await Promise.allSettled([...routed].map(([database, part]) => database.write(part)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected' && outcome.reason instanceof EngineError && outcome.reason.retryable);
    this.#report(failed?.status === 'rejected' ? (failed.reason as Error) : undefined);
    throwFirst(outcomes);
  }

  async query({ selector, fromMs, toMs, stepMs, tier, maxPoints = defaultMaxPoints }: Parameters<MetricStore['query']>[0]): Promise<readonly HistorySeries[]> {
    if (!Number.isSafeInteger(stepMs) || stepMs <= 0) throw refused(`stepMs must be a positive whole number of ms, not ${stepMs}`);
    if (!this.#hasSpan(selector, tier, fromMs, toMs)) return [];
    const isAggregated = stepMs / widthOfTier(tier, this.#windowMs) >= aggregateFrom;
    // Of the tiers above, what two databases have of a bucket are parts of it.
    const mayRepeat = !isAggregated && tier === 'base' && this.#databases.length > 1;
    const limits = mayRepeat ? { stepMs: 1, mostPoints: maxPoints * aggregateFrom } : { stepMs, mostPoints: maxPoints };
    const fields = mayRepeat ? [...windowFields, 'revision'] : windowFields;
    const readers = await this.#read(selector, tier, fromMs, toMs, limits, (source) => (isAggregated ? passesScript(source, historyPasses, stepMs) : rawScript(source, fields)));
    const series = mayRepeat ? mergeWindows(readers.map((reader) => reader.parts()), stepMs) : joined(readers);
    checkPoints(series, maxPoints);
    return series.map((one) => ({ ...namesOf(one), ...one.columns.toHistory() }));
  }

  async topN({ selector, fromMs, toMs, tier, aggregate, n, direction = 'highest' }: TopQuery): Promise<readonly TopRow[]> {
    if (!Number.isSafeInteger(n) || n < 1) throw refused(`n must be a positive whole number, not ${n}`);
    if (!this.#hasSpan(selector, tier, fromMs, toMs)) return [];
    const passes = historyPasses.filter(({ fn }) => topPasses[aggregate].includes(fn));
    const series = joined(await this.#read(selector, tier, fromMs, toMs, { stepMs: undefined, mostPoints: Infinity }, (source) => passesScript(source, passes, undefined)));
    const sign = direction === 'highest' ? -1 : 1;
    const values = series.map((one) => ({ one, value: valueOf(one, aggregate) }));
    values.sort((a, b) => sign * (a.value - b.value) || (`${a.one.resource} ${a.one.labels}` < `${b.one.resource} ${b.one.labels}` ? -1 : 1));
    return values.slice(0, n).map(({ one, value }) => ({ ...namesOf(one), value }));
  }

  async series(selector: Parameters<MetricStore['series']>[0]): Promise<readonly SeriesInfo[]> {
    this.#requireOpen();
    if (selector.resources?.length === 0) return [];
    const found = (await Promise.all(this.#databases.map((database) => this.#gate(() => database.series(selector))))).flat();
    const merged = new Map<string, SeriesInfo>();
    for (const one of found) {
      const key = `${one.resource.id} ${one.metric} ${JSON.stringify(one.labels)}`;
      const known = merged.get(key);
      if (!known || known.lastStartMs < one.lastStartMs) merged.set(key, one);
    }
    return [...merged.values()];
  }

  async rollup(tier: Exclude<Tier, 'base'>, untilMs: number): Promise<number> {
    this.#requireOpen();
    checkTime('untilMs', untilMs);
    const outcomes = await Promise.allSettled(this.#databases.map((database) => database.rollUp(tier, untilMs)));
    throwFirst(outcomes);
    return outcomes.reduce((sum, outcome) => sum + (outcome.status === 'fulfilled' ? outcome.value : 0), 0);
  }

  async drop(tier: Tier, beforeMs: number): Promise<void> {
    this.#requireOpen();
    // A retention of for ever.
    if (beforeMs === -Infinity) return;
    checkTime('beforeMs', beforeMs);
    throwFirst(await Promise.allSettled(this.#databases.map((database) => database.drop(tier, Math.ceil(beforeMs)))));
  }

  /** The same question to every database: a region's history may lie in an older one too. */
  async #read(selector: SeriesSelector, tier: Tier, fromMs: number, toMs: number, limits: Pick<BucketReaderOptions, 'stepMs' | 'mostPoints'>, script: (source: WindowSource) => string): Promise<readonly BucketReader[]> {
    const { tenant, metric, resources, labels } = selector;
    const wanted = resources && resources.length > resourcesAtMost ? new Set(resources.map(escapeName)) : undefined;
    const options = { ...limits, ...(wanted && { wants: (resource: string) => wanted.has(resource) }) };
    return Promise.all(this.#databases.map((database) => {
      const source = { bucket: bucketOfTier(database.target.bucket, tier), measurement: measurementOf(tenant, metric), fromMs, toMs, resources, labels };
      return this.#gate(() => database.read(script(source), options));
    }));
  }

  #hasSpan({ resources }: SeriesSelector, tier: Tier, fromMs: number, toMs: number): boolean {
    this.#requireOpen();
    checkTime('fromMs', fromMs);
    checkTime('toMs', toMs);
    if (!tiers.includes(tier)) throw refused(`${tier} is no tier: there are ${tiers.join(', ')}`);
    return Math.ceil(fromMs) < Math.ceil(toMs) && resources?.length !== 0;
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw new EngineError('the metric store is not open', { retryable: true });
  }

  #report(trouble: Error | undefined): void {
    if (trouble?.message === this.#trouble?.message) return;
    this.#trouble = trouble;
    this.#onTrouble(trouble);
  }
}

function joined(readers: readonly BucketReader[]): readonly SeriesBuckets[] {
  return readers.length === 1 ? readers[0]!.finish() : mergeSeries(readers.flatMap((reader) => reader.finish()));
}

function namesOf({ resource, labels }: SeriesBuckets): Pick<HistorySeries, 'resource' | 'labels'> {
  return { resource: unescapeName(resource), labels: parseLabels(labels) };
}

/** Of a series whose whole span is one bucket. */
function valueOf({ columns }: SeriesBuckets, aggregate: TopQuery['aggregate']): number {
  if (aggregate === 'avg') return columns.sum[0]! / columns.count[0]!;
  return aggregate === 'last' ? columns.lastOf(0) : columns[aggregate][0]!;
}

function checkTime(what: string, ms: number): void {
  if (!Number.isFinite(ms)) throw refused(`${what} must be a time in ms since the epoch, not ${ms}`);
}

function refused(reason: string): EngineError {
  return new EngineError(reason, { retryable: false });
}
