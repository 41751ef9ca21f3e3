import type { Attributes, Resource } from './resource.js';
import type { SeriesDictionary } from './series-dictionary.js';

/** The values that share one timestamp. */
export interface SampleRow {
  /** Event time, ms since the epoch; fractions keep sub-millisecond order. */
  readonly timeMs: number;
  /** Slots of `values`, ascending; undefined: value i belongs to slot i and every slot has one. */
  readonly slots: Uint32Array | undefined;
  readonly values: Float64Array;
}

/** The samples of one resource out of one request. The arrival time travels as the record's `arrivalMs`. */
export interface RawBatch {
  readonly resource: Resource;
  readonly attributes: Attributes;
  /** Who sent it (the token's name): watermarks and silence are judged per sender. */
  readonly source: string;
  /** 64 bits over resource, source, dictionary and rows, as 16 hex digits: the same batch sent again counts once. */
  readonly contentHash: string;
  readonly dictionary: SeriesDictionary;
  /** Ascending by time; a series has one value per timestamp. */
  readonly rows: readonly SampleRow[];
}
