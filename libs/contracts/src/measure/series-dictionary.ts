import type { Labels } from './resource.js';

/**
 * The series of one resource in one message, addressed by slot 0..size-1.
 *
 * Decoders return the same object for the same bytes, also of different resources, so readers may key caches (WeakMap)
 * by identity and skip all string work on the hot path.
 */
export interface SeriesDictionary {
  readonly size: number;
  /** Raw batches: `measurement.field`; window batches: the catalogue name. */
  readonly metrics: readonly string[];
  readonly labelSets: readonly Labels[];
  /** Slot -> index into `metrics`. */
  readonly metricOf: Uint32Array;
  /** Slot -> index into `labelSets`. */
  readonly labelsOf: Uint32Array;
}
