import type { Attributes, Resource } from './resource.js';
import type { SeriesDictionary } from './series-dictionary.js';

/** Windows of one resource that share start and width. Column i belongs to `slots[i]`. AVG is sum / count. */
export interface WindowBatch {
  readonly resource: Resource;
  readonly attributes: Attributes;
  readonly source: string;
  readonly dictionary: SeriesDictionary;
  readonly startMs: number;
  readonly widthMs: number;
  /** Position of the newest raw record that contributed; the higher one wins. */
  readonly revision: number;
  /** True for a re-emitted window: it corrects history and is not judged. */
  readonly correction: boolean;
  /** True while the windows are still open: they decide what can no longer be undone, and are no history. */
  readonly provisional?: boolean;
  /** Every window of this source that ends at or before this time has been emitted. */
  readonly closedToMs: number;
  /** Undefined: column i belongs to slot i and every slot has one. */
  readonly slots: Uint32Array | undefined;
  readonly count: Float64Array;
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly last: Float64Array;
  /** Event time of `last`, ms. */
  readonly lastTimeMs: Float64Array;
}
