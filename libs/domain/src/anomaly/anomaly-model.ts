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
  /** How often each bin was filled (up to 255); then, for each hour, days of its habit and the day it was last seen, modulo 256. */
  readonly counts: Uint8Array;
}

export const weekAt = dayBins;
export const habitAt = dayBins + weekBins;
const binCount = dayBins + weekBins + habitBins;
const countsLength = binCount + habitBins;
const numbersBytes = slot.length * 8;
const binsBytes = binCount * 4;
export const anomalyModelBytes = numbersBytes + binsBytes + countsLength;

/** A model that has seen nothing, or the one that the bytes hold; they are used in place and must be `anomalyModelBytes` long. */
export function createAnomalyModel(bytes: Uint8Array = new Uint8Array(new ArrayBuffer(anomalyModelBytes))): AnomalyModel {
  if (bytes.byteLength !== anomalyModelBytes || bytes.byteOffset % 8 !== 0) throw new RangeError(`an anomaly model is ${anomalyModelBytes} bytes that begin at a multiple of 8, not ${bytes.byteLength} at ${bytes.byteOffset}`);
  const { buffer, byteOffset } = bytes;
  return {
    numbers: new Float64Array(buffer, byteOffset, slot.length),
    bins: new Float32Array(buffer, byteOffset + numbersBytes, binCount),
    counts: new Uint8Array(buffer, byteOffset + numbersBytes + binsBytes, countsLength),
  };
}

/** The block of bytes of a model, not a copy. */
export function bytesOf({ numbers }: AnomalyModel): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, anomalyModelBytes);
}
