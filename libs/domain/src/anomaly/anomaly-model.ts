/** What the detector remembers of one series: one block of bytes of fixed length, so that a checkpoint is a copy of it. */

export const dayBins = 48;
export const weekBins = 168;
export const habitBins = 24;

/** Places of the numbers in a model. */
export const slot = {
  /** Samples judged since the model began. */
  count: 0,
  lastMs: 1,
  /** Typical distance of samples, ms. */
  stepMs: 2,
  lastValue: 3,
  /** First value; the bins of the profiles hold distances from it, which keeps their 32 bits exact enough. */
  origin: 4,
  level: 5,
  /** Mean absolute errors of the slow level, the daily and the weekly profile. */
  levelError: 6,
  dayError: 7,
  weekError: 8,
  errorCount: 9,
  /** The bins that are being filled: index, sum and count of the samples so far. */
  dayBin: 10,
  daySum: 11,
  dayCount: 12,
  weekBin: 13,
  weekSum: 14,
  weekCount: 15,
  /** Mean of the newest deviations, and how many are in it. */
  shift: 16,
  shiftCount: 17,
  /** Two tails of four numbers each. */
  valueTail: 18,
  shiftTail: 22,
  restLeft: 26,
  restPeak: 27,
  /** Samples in a row with the same value, and the share of repeats. */
  run: 28,
  repeatShare: 29,
  /** Counters: last raw reading, its time, rises without a fall, time of the last fall, 1 when known as a counter. */
  reading: 30,
  readingMs: 31,
  rises: 32,
  fellMs: 33,
  isCounter: 34,
  /** Evidence by which the bar was raised, because the series raised more alarms than it may. */
  wariness: 35,
  length: 36,
} as const;

/** Three views of one block of `anomalyModelBytes`. */
export interface AnomalyModel {
  readonly numbers: Float64Array;
  /** Daily profile, weekly profile, then the habitual deviation of each hour of the day. */
  readonly bins: Float32Array;
  /** How often each bin of a profile was filled, two bits each; for each hour, days of its habit; the day it was last seen, modulo 256. */
  readonly counts: Uint8Array;
}

export const weekAt = dayBins;
export const habitAt = dayBins + weekBins;
const binCount = dayBins + weekBins + habitBins;
/** Places in `counts`. */
export const hitsAt = habitAt / 4;
export const daysAt = hitsAt + habitBins;
const countsLength = daysAt + habitBins;
/** Bytes of the numbers and the bins. */
const numbersBytes = slot.length * 8;
export const countsOffset = numbersBytes + binCount * 4;
export const anomalyModelBytes = countsOffset + countsLength;

/** What a bin's count goes up to: beyond it a bin learns at `profileRate`, however often it was filled. */
export const mostTimes = 3;

/** A model that has seen nothing. */
export function createAnomalyModel(): AnomalyModel {
  return openAnomalyModel(new ArrayBuffer(anomalyModelBytes), 0);
}

/** The model that lies in these bytes; zeros are one that has seen nothing. It is used in place. `at` is a multiple of 8. */
export function openAnomalyModel(buffer: ArrayBufferLike, at: number): AnomalyModel {
  return {
    numbers: new Float64Array(buffer, at, slot.length),
    bins: new Float32Array(buffer, at + numbersBytes, binCount),
    counts: new Uint8Array(buffer, at + countsOffset, countsLength),
  };
}

/** How often a bin of a profile was filled, as far as that is counted. */
export function timesFilled({ counts }: AnomalyModel, bin: number): number {
  return (counts[bin >> 2]! >> ((bin & 3) * 2)) & mostTimes;
}

export function setTimesFilled({ counts }: AnomalyModel, bin: number, times: number): void {
  const shift = (bin & 3) * 2;
  counts[bin >> 2] = (counts[bin >> 2]! & ~(mostTimes << shift)) | (times << shift);
}

/** The block of bytes of a model, not a copy. */
export function bytesOf({ numbers }: AnomalyModel): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, anomalyModelBytes);
}
