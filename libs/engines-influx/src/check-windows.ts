import type { WindowBatch } from '@opsloop/contracts';
import { EngineError } from '@opsloop/ports';

const int32AtMost = 2 ** 31 - 1;

/** Throws a non-retryable EngineError for windows that cannot be stored. Run over a whole call before anything of it is written. */
export function checkWindows(batch: WindowBatch): void {
  const { dictionary, slots, count, sum, min, max, last, lastTimeMs, startMs, widthMs, revision } = batch;
  const rows = slots ? slots.length : dictionary.size;
  if (![count, sum, min, max, last, lastTimeMs].every((column) => column.length === rows)) throw refused(batch, `every column must have ${rows} values, one for each slot`);
  if (slots?.some((slot, row) => slot >= dictionary.size || (row > 0 && slot <= slots[row - 1]!))) throw refused(batch, `slots must rise and stay below ${dictionary.size}, the size of the dictionary`);
  if (!Number.isSafeInteger(startMs) || !Number.isSafeInteger(revision)) throw refused(batch, `start (${startMs}) and revision (${revision}) must be integers`);
  if (!Number.isInteger(widthMs) || widthMs <= 0 || widthMs > int32AtMost) throw refused(batch, `the width must be a positive whole number of ms, not ${widthMs}`);
  for (let row = 0; row < rows; row++) {
    if (!(count[row]! >= 1 && count[row]! <= int32AtMost)) throw refused(batch, `row ${row} counts ${count[row]} samples`);
    // A difference with itself is NaN for NaN and the infinities alone.
    if (sum[row]! - sum[row]! + (min[row]! - min[row]!) + (max[row]! - max[row]!) + (last[row]! - last[row]!) + (lastTimeMs[row]! - lastTimeMs[row]!) !== 0) throw refused(batch, `row ${row} holds a value that is not finite`);
  }
}

function refused({ resource, startMs }: WindowBatch, reason: string): EngineError {
  return new EngineError(`windows of ${resource.id} from ${startMs} cannot be stored: ${reason}`, { retryable: false });
}
