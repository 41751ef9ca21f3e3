import type { Resource, Tier, Aggregate } from '@opsloop/contracts';
import type { WriteRows } from './windows/window-columns.js';

/** What crosses between the metric store and its worker thread. Series and resources are interned integers here. */

export interface MetricWorkerData {
  readonly folder: string;
  readonly windowMs: number;
  readonly memoryLimitBytes: number;
  readonly threads: number;
  readonly queryLimitMs: number;
  readonly compactRows: number;
  readonly knownMarks: number | undefined;
  readonly faultPoint: string | undefined;
}

/** Definitions as columns; ids rise, with gaps where series were forgotten. */
export interface SeriesDefinitions {
  readonly resources: readonly { readonly id: number; readonly resource: Resource }[];
  readonly ids: Int32Array;
  readonly resourceOf: Int32Array;
  readonly metrics: readonly string[];
  /** Canonical JSON of the labels. */
  readonly labels: readonly string[];
}

export interface MetricStoreOpened {
  readonly definitions: SeriesDefinitions;
  /** Start of the newest window of each series of `definitions`; -Infinity when it has none. */
  readonly lastStartMs: Float64Array;
}

/** Highest ids that are stored. */
export interface StoredIds {
  readonly series: number;
  readonly resource: number;
}

export interface WriteRequest {
  readonly kind: 'write';
  readonly definitions: SeriesDefinitions;
  /** Highest ids that the messages before this one have carried: `definitions` has all others that the rows name. */
  readonly definedBefore: StoredIds;
  readonly rows: WriteRows;
  /** Buckets of the first tier that these rows lie in. */
  readonly marks: { readonly resources: Int32Array; readonly startsMs: Float64Array };
}

export interface WriteReply extends StoredIds {
  /** Why tidying up after writes does not work at the moment. */
  readonly trouble: string | undefined;
  /** Those of the request: their memory is used again. */
  readonly rows: WriteRows;
}

export interface Span {
  /** Those of `tablesOf` its tier. */
  readonly tables: readonly string[];
  /** Not empty, ascending. */
  readonly series: Int32Array;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface HistoryRequest extends Span {
  readonly kind: 'history';
  readonly stepMs: number;
  readonly maxPoints: number;
}

/** Columns series, start, count, sum, min, max, last; ordered by series and start. */
export type HistoryReply = readonly Float64Array[];

export interface TopRequest extends Span {
  readonly kind: 'top';
  readonly aggregate: Aggregate;
  readonly n: number;
  readonly direction: 'highest' | 'lowest';
}

/** Columns series, value. */
export type TopReply = readonly Float64Array[];

export interface RollUpRequest {
  readonly kind: 'roll-up';
  readonly tier: Exclude<Tier, 'base'>;
  readonly untilMs: number;
}

export interface DropRequest {
  readonly kind: 'drop';
  readonly tier: Tier;
  readonly beforeMs: number;
}

/** Nothing that starts before it is kept in any tier; -Infinity while one tier keeps everything. */
export type DropReply = number;

export interface ForgetRequest {
  readonly kind: 'forget';
  readonly series: Int32Array;
  readonly resources: Int32Array;
}

/** Takes no more; what was asked for has this long to finish. */
export interface WindDownRequest {
  readonly kind: 'wind-down';
  readonly withinMs: number;
}

/** A roll-up tells its rows; what only asks for a deed is answered with nothing. */
export type MetricReply = WriteReply | readonly Float64Array[] | number | void;

export type MetricRequest = WriteRequest | HistoryRequest | TopRequest | RollUpRequest | DropRequest | ForgetRequest | WindDownRequest;
