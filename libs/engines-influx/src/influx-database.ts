/** History in one InfluxDB database: what the port asks, for the resources that are routed here. */
import { randomBytes } from 'node:crypto';
import { tiers, type Tier, type WindowBatch } from '@opsloop/contracts';
import { EngineError, type SeriesInfo } from '@opsloop/ports';
import { BucketReader, type BucketReaderOptions } from './read/bucket-reader.js';
import { DirtyMarks, type Mark, type RolledTier } from './tiers/dirty-marks.js';
import { raiseFloor, readFloors } from './tiers/floors.js';
import { InfluxConnection } from './connection/influx-connection.js';
import type { InfluxTarget } from './connection/influx-target.js';
import { listSeries, type ListSeriesOptions } from './read/list-series.js';
import { prepareDatabase, retentionSlackMs, type Retentions } from './prepare-database.js';
import { rollUp } from './tiers/roll-up.js';
import { SeriesMemory } from './write/series-memory.js';
import { bucketOfTier, stateBucketOf, widthOfTier } from './tiers/tier-buckets.js';
import { WindowWriter } from './write/window-writer.js';

const dayMs = 86_400_000;
/** Retention by the server's clock, and rounds of it that are late. */
const expirySlackMs = 15 * 60_000;

export interface InfluxDatabaseOptions {
  readonly target: InfluxTarget;
  readonly windowMs: number;
  readonly retentions: Retentions;
  readonly queryLimitMs: number;
  readonly trustMs: number;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly onTooOld: (windows: number) => void;
}

export class InfluxDatabase {
  readonly target: InfluxTarget;
  readonly #options: InfluxDatabaseOptions;
  readonly #connection: InfluxConnection;
  readonly #marks: DirtyMarks;
  readonly #writer: WindowWriter;
  #prepared: Promise<void> | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: InfluxDatabaseOptions) {
    const { target, queryLimitMs, trustMs, nowMs, monotonicMs, onTooOld } = options;
    this.target = target;
    this.#options = options;
    this.#connection = new InfluxConnection(target, queryLimitMs);
    this.#marks = new DirtyMarks({ connection: this.#connection, bucket: this.#stateBucket, writer: randomBytes(6).toString('hex'), nowMs });
    this.#writer = new WindowWriter({
      connection: this.#connection, memory: new SeriesMemory(trustMs), baseBucket: bucketOfTier(target.bucket, 'base'), stateBucket: this.#stateBucket, monotonicMs, onTooOld,
    });
  }

  /** Creates what is missing, once it answers; safe to call again. */
  prepare(): Promise<void> {
    this.#prepared ??= prepareDatabase(this.#connection, this.#options.retentions).catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  /** Rejects while it does not answer. */
  async check(): Promise<void> {
    await this.prepare();
    await this.#connection.version();
  }

  /** Durable when it resolves. Windows first, then the marks of what they made dirty. */
  write(batches: readonly WindowBatch[]): Promise<void> {
    const run = async (): Promise<void> => {
      await this.prepare();
      await this.#writer.write(batches);
      await this.#marks.add('1m', this.#marksOf(batches));
    };
    const done = this.#writing.then(run, run);
    this.#writing = done;
    return done;
  }

  /** Resolves when every write that was asked for has ended. */
  async drained(): Promise<void> {
    await this.#writing.catch(() => undefined);
  }

  async read(script: string, options: BucketReaderOptions): Promise<BucketReader> {
    await this.prepare();
    const reader = new BucketReader(options);
    await this.#connection.query(script, reader.onRow);
    return reader;
  }

  async series(selector: ListSeriesOptions['selector']): Promise<readonly SeriesInfo[]> {
    await this.prepare();
    return listSeries({ connection: this.#connection, prefix: this.target.bucket, windowMs: this.#options.windowMs, selector });
  }

  async rollUp(tier: RolledTier, untilMs: number): Promise<number> {
    await this.prepare();
    const { windowMs, monotonicMs, onTooOld } = this.#options;
    const floors = await readFloors(this.#connection, this.#stateBucket);
    return rollUp({ connection: this.#connection, marks: this.#marks, prefix: this.target.bucket, windowMs, floors, monotonicMs, onTooOld }, tier, untilMs);
  }

  async drop(tier: Tier, beforeMs: number): Promise<void> {
    await this.prepare();
    const floors = await raiseFloor(this.#connection, this.#stateBucket, tier, beforeMs);
    // What the bucket's own retention removes, shard by shard, need not be deleted point by point.
    const expiredMs = this.#options.nowMs() - this.#options.retentions[tier] - retentionSlackMs;
    if (beforeMs > expiredMs + retentionSlackMs + expirySlackMs) await this.#connection.deleteBefore(bucketOfTier(this.target.bucket, tier), beforeMs);
    const goneMs = Math.min(...tiers.map((one) => floors.get(one) ?? -Infinity));
    if (goneMs !== -Infinity) await this.#connection.deleteBefore(this.#stateBucket, Math.floor(goneMs / dayMs) * dayMs, '_measurement="resource"');
  }

  get #stateBucket(): string {
    return stateBucketOf(this.target.bucket);
  }

  *#marksOf(batches: readonly WindowBatch[]): Iterable<Mark> {
    const widthMs = widthOfTier('1m', this.#options.windowMs);
    const buckets = new Map<number, Set<string>>();
    for (const { resource, startMs, count } of batches) {
      if (count.length === 0) continue;
      const bucketMs = Math.floor(startMs / widthMs) * widthMs;
      const resources = buckets.get(bucketMs);
      if (resources) resources.add(resource.id);
      else buckets.set(bucketMs, new Set([resource.id]));
    }
    for (const [startMs, resources] of buckets) yield { startMs, widthMs, resources: [...resources] };
  }
}

/** The first failure, a retryable one before the others: what it held back is tried again. */
export function throwFirst(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (reasons.length > 0) throw reasons.find((reason) => reason instanceof EngineError && reason.retryable) ?? reasons[0];
}
