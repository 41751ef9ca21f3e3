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

/** Two unsigned words of 32 bits. */
export interface ContentHash {
  readonly high: number;
  readonly low: number;
}

/** Reads the first 16 of these hex digits. */
export function toContentHash(hex: string): ContentHash {
  return { high: Number.parseInt(hex.slice(0, 8), 16), low: Number.parseInt(hex.slice(8, 16), 16) };
}

/** The samples of one resource out of one request. The arrival time travels as the record's `arrivalMs`. */
export interface RawBatch {
  readonly resource: Resource;
  readonly attributes: Attributes;
  /** Who sent it (the token's name): watermarks and silence are judged per sender. */
  readonly source: string;
  /** 64 bits over resource, source, dictionary and rows: the same batch sent again counts once. */
  readonly contentHash: ContentHash;
  readonly dictionary: SeriesDictionary;
  /** Ascending by time; a series has one value per timestamp. */
  readonly rows: readonly SampleRow[];
}
