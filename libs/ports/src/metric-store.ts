import type { Labels, Resource, Tier, WindowBatch } from '@opsloop/contracts';

/** History of windows. Keeps the highest revision of each (series, start, width); times are ms since the epoch, UTC. */

export interface SeriesSelector {
  readonly tenant: string;
  readonly metric: string;
  /** Resource ids; all when left out. */
  readonly resources?: readonly string[];
  /** Sub-dimension labels; '' matches series without that label. */
  readonly labels?: Labels;
}

export interface HistoryQuery {
  readonly selector: SeriesSelector;
  /** Windows with fromMs <= start < toMs. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Bucket width, aligned to the epoch; a multiple of the tier's width. */
  readonly stepMs: number;
  readonly tier: Tier;
  /** Most points in the whole answer; above it a non-retryable EngineError says so. */
  readonly maxPoints?: number;
}

/** Buckets that hold data, ascending; every column has the same length. AVG is sum / count. */
export interface HistorySeries {
  readonly resource: string;
  readonly labels: Labels;
  readonly startsMs: Float64Array;
  readonly count: Float64Array;
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly last: Float64Array;
}

export interface TopQuery {
  readonly selector: SeriesSelector;
  readonly fromMs: number;
  readonly toMs: number;
  readonly tier: Tier;
  readonly aggregate: 'min' | 'max' | 'avg' | 'last' | 'sum' | 'count';
  readonly n: number;
  readonly direction?: 'highest' | 'lowest';
}

export interface TopRow {
  readonly resource: string;
  readonly labels: Labels;
  readonly value: number;
}

export interface SeriesInfo {
  readonly resource: Resource;
  readonly metric: string;
  readonly labels: Labels;
  readonly lastStartMs: number;
}

export interface MetricStore {
  /** Durable when it resolves. Idempotent: the same window in the same revision changes nothing. Marks (resource, range) dirty for the tiers. */
  write(batches: readonly WindowBatch[]): Promise<void>;
  query(query: HistoryQuery): Promise<readonly HistorySeries[]>;
  topN(query: TopQuery): Promise<readonly TopRow[]>;
  series(selector: { readonly tenant: string; readonly metric?: string; readonly resources?: readonly string[] }): Promise<readonly SeriesInfo[]>;
  /**
   * Recomputes the dirty buckets of a tier that end at or before `untilMs` from the next lower tier. Returns how many rows it wrote.
   * A tier that is no wider than base windows gives these; whether it keeps them itself is the store's choice. A bucket of which the lower tier dropped a part stays as it is.
   */
  rollup(tier: Exclude<Tier, 'base'>, untilMs: number): Promise<number>;
  /** Deletes windows of a tier that start before `beforeMs`; -Infinity deletes none. Roll up first: what was dropped before is missing above. A store that keeps two tiers as one drops them when neither is wanted. */
  drop(tier: Tier, beforeMs: number): Promise<void>;
}
