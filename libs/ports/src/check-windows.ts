import type { WindowBatch } from '@opsloop/contracts';
import { EngineError } from './engine-error.js';

const int32AtMost = 2 ** 31 - 1;

/**
 * Returns how many rows a batch has; throws a non-retryable EngineError for one that cannot be stored: columns of other lengths,
 * slots out of order, no whole start, width or revision, no samples, a number or a time that is not finite.
 * Run over a whole call before anything of it is written.
 */
export function checkWindows(batch: WindowBatch): number {
  const { dictionary, slots, count, sum, min, max, last, lastTimeMs, startMs, widthMs, revision } = batch;
  const rows = slots ? slots.length : dictionary.size;
  if (count.length !== rows || sum.length !== rows || min.length !== rows || max.length !== rows || last.length !== rows || lastTimeMs.length !== rows) throw refused(batch, `every column must have ${rows} values, one for each slot`);
  if (slots?.some((slot, row) => slot >= dictionary.size || (row > 0 && slot <= slots[row - 1]!))) throw refused(batch, `slots must rise and stay below ${dictionary.size}, the size of the dictionary`);
  if (!Number.isSafeInteger(startMs) || !Number.isSafeInteger(revision)) throw refused(batch, `start (${startMs}) and revision (${revision}) must be integers`);
  if (!Number.isInteger(widthMs) || widthMs <= 0 || widthMs > int32AtMost) throw refused(batch, `the width must be a positive whole number of ms, not ${widthMs}`);
  const row = firstUnstorable(batch, rows);
  if (row < rows) throw refused(batch, `row ${row} counts ${count[row]} samples, or holds a value that is not finite`);
  return rows;
}

/** Every store runs this over every window: it makes no texts and reads each value once. */
function firstUnstorable({ count, sum, min, max, last, lastTimeMs }: WindowBatch, rows: number): number {
  for (let row = 0; row < rows; row++) {
    const counted = count[row]!;
    const total = sum[row]!;
    const least = min[row]!;
    const most = max[row]!;
    const newest = last[row]!;
    const newestMs = lastTimeMs[row]!;
    if (!(counted >= 1 && counted <= int32AtMost)) return row;
    // A difference with itself is NaN for NaN and the infinities alone.
    if (total - total + (least - least) + (most - most) + (newest - newest) + (newestMs - newestMs) !== 0) return row;
  }
  return rows;
}

function refused({ resource, startMs }: WindowBatch, reason: string): EngineError {
  return new EngineError(`windows of ${resource.id} from ${startMs} cannot be stored: ${reason}`, { retryable: false });
}
