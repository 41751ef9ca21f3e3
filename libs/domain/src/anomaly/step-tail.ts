import { anomalyConstants } from './anomaly-constants.js';

/** Samples before a tail says anything. */
const warmSamples = 20;
const firstExcesses = 10;
const { tailShare, tailPower, tailStep, excessRate, excessClip } = anomalyConstants;
const tailEvidence = -Math.log10(tailShare);
/** Evidence beyond it is as good as certain; it keeps sums finite. */
const mostEvidence = 40;

/** Offsets within a tail: begin of the tail, mean excess over it, samples, excesses. */
const begin = 0, excess = 1, samples = 2, excesses = 3;

/**
 * How rare a deviation is in its own series, as -log10 of the share of deviations that are as large; then learns it.
 * Peaks over a moving threshold: the begin of the tail is a quantile by stochastic approximation, excesses over it are
 * taken as exponential after the deviation was bent by a power (a Weibull tail). Pickands 1975; Robbins and Monro 1951.
 * @param numbers the model, with the tail's four numbers at `at`
 * @param fineness 1, or less for series that are finer than five minutes: learning is slower by as much
 */
export function stepTail(numbers: Float64Array, at: number, deviation: number, fineness: number): number {
  const bent = Math.pow(deviation, tailPower);
  const q = numbers[at + begin]!, e = numbers[at + excess]!;
  const over = bent - q;
  let evidence = 0;
  if (numbers[at + samples]! > warmSamples) evidence = over > 0 && e > 0 ? tailEvidence + over / e / Math.LN10 : (tailEvidence * bent) / (q + 1e-12);
  const seen = ++numbers[at + samples]!;
  const step = Math.max(e, q * 0.1, 1e-12) * Math.max(tailStep * fineness, 2 / seen);
  if (over > 0) {
    numbers[at + begin] = q + step * (1 - tailShare);
    const many = ++numbers[at + excesses]!;
    const counted = many < firstExcesses ? over : Math.min(over, excessClip * e);
    numbers[at + excess] = e + Math.max(excessRate * fineness, 1 / many) * (counted - e);
  } else numbers[at + begin] = Math.max(0, q - step * tailShare);
  return Math.min(evidence, mostEvidence);
}

/** The deviation that would give this much evidence, the inverse of `stepTail`; 0 while the tail is not known. */
export function deviationAt(numbers: Float64Array, at: number, evidence: number): number {
  const q = numbers[at + begin]!, e = numbers[at + excess]!;
  if (numbers[at + samples]! <= warmSamples) return 0;
  const bent = evidence > tailEvidence && e > 0 ? q + e * Math.LN10 * (evidence - tailEvidence) : (q * evidence) / tailEvidence;
  return Math.pow(bent, 1 / tailPower);
}
