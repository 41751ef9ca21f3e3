import { slot } from './anomaly-model.js';
import { dayMs } from './seasonal-profile.js';

/** A series that rose so often, and never fell for so long, is a counter. */
const leastRises = 100;
const leastRiseMs = 1.5 * dayMs;
/** A fall to less than this part is a reset; a smaller fall means that it was no counter. */
const resetShare = 0.5;

/**
 * What the detector should look at: a gauge as it is; of a counter its rise per second; undefined for a reading that
 * gives no rate (the first one, a reset, a second one at the same time). `became` says that the meaning changed, so that
 * what was learnt of the old one is of no use.
 */
export function counterRate(numbers: Float64Array, timeMs: number, reading: number): { readonly value: number | undefined; readonly became: boolean } {
  const before = numbers[slot.reading]!, spanMs = timeMs - numbers[slot.readingMs]!;
  const isFirst = numbers[slot.readingMs] === 0 && numbers[slot.rises] === 0 && numbers[slot.fellMs] === 0;
  numbers[slot.reading] = reading;
  numbers[slot.readingMs] = timeMs;
  if (isFirst || reading < before) {
    const isReset = numbers[slot.isCounter] === 1 && reading < before * resetShare;
    if (isReset) return { value: undefined, became: false };
    const became = numbers[slot.isCounter] === 1;
    numbers[slot.isCounter] = 0;
    numbers[slot.rises] = 0;
    numbers[slot.fellMs] = timeMs;
    return { value: reading, became };
  }
  if (reading > before) numbers[slot.rises]!++;
  if (numbers[slot.isCounter] === 0) {
    const isCounter = before >= 0 && numbers[slot.rises]! >= leastRises && timeMs - numbers[slot.fellMs]! >= leastRiseMs;
    if (!isCounter) return { value: reading, became: false };
    numbers[slot.isCounter] = 1;
    return { value: undefined, became: true };
  }
  return { value: spanMs > 0 ? ((reading - before) * 1000) / spanMs : undefined, became: false };
}
