/** Scores one sample of a series and learns it. Read this file first; docs/anomaly.md explains the method. */
import { anomalyConstants } from './anomaly-constants.js';
import { slot, timesFilled, type AnomalyModel } from './anomaly-model.js';
import { defaultAnomalyThreshold, evidenceOf, levelOf, scoreOf, type AnomalyScore } from './anomaly-score.js';
import { counterRate } from './counter-rate.js';
import { knownHabit } from './known-habit.js';
import { addToBin, dayProfile, enterBin, weekProfile } from './seasonal-profile.js';
import { deviationAt, stepTail } from './step-tail.js';

const c = anomalyConstants;
const weekMs = 604_800_000;
/** Rates are for samples this far apart or farther. */
const coarseMs = 300_000;
/** Ten times as many samples a week raise the bar by so much evidence. */
const finenessEvidence = 0.8;
/** Evidence counts in full from so many samples on. */
const learnSamples = 100;
/** A gap of so many steps ends what the short mean knew. */
const gapSteps = 10;
/** Evidence from which a deviation is remembered as a possible habit, and what is left of a habit, as parts of an alarm. */
const habitFrom = 0.65;
const habitCap = 0.8;
/** Values are clamped to it: 32-bit bins hold no more. */
const mostValue = 1e30;
/** Differences below this part of the level are rounding. */
const rounding = 1e-9;

/** Which expectation is used, and the samples' bins in the profiles. */
interface Expectation {
  readonly basis: 0 | 1 | 2;
  readonly errors: readonly [number, number, number];
  readonly hasDay: boolean;
  readonly hasWeek: boolean;
}
const bases = ['level', 'day', 'week'] as const;

/**
 * Scores `value` at `timeMs` (ms since the epoch, ascending) and changes the model in place. A pure function of the
 * model's bytes and its arguments. A value that is no finite number is a gap.
 * @param threshold score in 0..1 from which it is an alarm; a rest follows, in which only much stronger ones are told
 */
export function stepAnomaly(model: AnomalyModel, timeMs: number, value: number, threshold: number = defaultAnomalyThreshold): AnomalyScore {
  const { numbers } = model;
  if (!Number.isFinite(value)) return silent(numbers, value, 'learning');
  const { value: seen, became } = counterRate(numbers, timeMs, Math.min(mostValue, Math.max(-mostValue, value)));
  if (became) forget(model);
  if (seen === undefined) return silent(numbers, Number.NaN, 'learning');
  const alarmEvidence = evidenceOf(threshold);
  lowerBar(numbers, timeMs, alarmEvidence);
  const fineness = enterTime(numbers, timeMs, seen);
  const { basis, errors, hasDay, hasWeek } = expect(model, timeMs, seen);
  const error = errors[basis];
  const size = Math.abs(error) < rounding * Math.abs(seen) ? 0 : Math.abs(error);

  const bar = finenessEvidence * Math.log10(1 / fineness) + numbers[slot.wariness]!;
  const margin = deviationAt(numbers, slot.valueTail, alarmEvidence + bar);
  const shift = stepShift(numbers, error, margin);
  const shiftSize = Math.abs(shift) < rounding * Math.abs(seen) ? 0 : Math.abs(shift);
  const ofValue = stepTail(numbers, slot.valueTail, size, fineness);
  const ofShift = stepTail(numbers, slot.shiftTail, shiftSize, fineness);
  let evidence = Math.max(0, c.valueWeight * ofValue + (1 - c.valueWeight) * ofShift - bar);
  let quiet: AnomalyScore['quiet'];
  if (evidence >= habitFrom * alarmEvidence && knownHabit(model, timeMs, error) && evidence > habitCap * alarmEvidence) {
    evidence = habitCap * alarmEvidence;
    quiet = 'habit';
  }
  const isStuck = stepRun(numbers, seen, fineness) && evidence < alarmEvidence;
  if (isStuck) evidence = alarmEvidence * 1.05;
  const count = numbers[slot.count]!;
  if (count < learnSamples) {
    evidence *= count / learnSamples;
    quiet = 'learning';
  }
  const told = rest(numbers, evidence, alarmEvidence, fineness);
  learn(model, seen, errors, hasDay, hasWeek, fineness);
  const score = scoreOf(told);
  return {
    score,
    level: levelOf(score, threshold),
    scoreBeforeRest: told === evidence ? score : scoreOf(evidence),
    seen,
    expected: seen - error,
    margin,
    basis: bases[basis],
    feature: isStuck ? 'stuck' : ofValue >= ofShift ? 'value' : 'shift',
    quiet: told < evidence ? 'rest' : quiet,
  };
}

function silent(numbers: Float64Array, seen: number, quiet: AnomalyScore['quiet']): AnomalyScore {
  return { score: 0, level: 'normal', scoreBeforeRest: 0, seen, expected: numbers[slot.level]!, margin: 0, basis: 'level', feature: 'value', quiet };
}

/** Begins anew, but for what is known of readings. */
function forget({ numbers, bins, counts }: AnomalyModel): void {
  numbers.fill(0, 0, slot.reading);
  bins.fill(0);
  counts.fill(0);
}

/** Forgives alarms at the rate at which they are allowed, so that every series keeps to it in the long run. */
function lowerBar(numbers: Float64Array, timeMs: number, alarmEvidence: number): void {
  const allowedPerWeek = c.alarmsPerWeek * Math.pow(10, c.alarmEvidence - alarmEvidence);
  const weeks = numbers[slot.count] === 0 ? 0 : Math.max(0, timeMs - numbers[slot.lastMs]!) / weekMs;
  numbers[slot.wariness] = Math.max(0, numbers[slot.wariness]! - c.warinessStep * allowedPerWeek * weeks);
}

/** Follows the distance of samples; answers 1, or less for samples closer than five minutes. */
function enterTime(numbers: Float64Array, timeMs: number, seen: number): number {
  const count = numbers[slot.count]!++;
  if (count === 0) {
    numbers[slot.level] = seen;
    numbers[slot.origin] = seen;
    numbers[slot.lastValue] = Number.NaN;
    numbers[slot.repeatShare] = 0.5;
  } else {
    const spanMs = Math.max(0, timeMs - numbers[slot.lastMs]!);
    const stepMs = numbers[slot.stepMs]!;
    // Samples at one time do not say how far apart they come.
    const isKnown = stepMs > 0;
    if (isKnown && spanMs > gapSteps * stepMs) {
      numbers[slot.shift] = 0;
      numbers[slot.shiftCount] = 0;
    }
    numbers[slot.stepMs] = !isKnown ? spanMs : stepMs + Math.max(0.02, 1 / count) * (Math.min(spanMs, 2 * stepMs) - stepMs);
  }
  numbers[slot.lastMs] = timeMs;
  const stepMs = numbers[slot.stepMs]!;
  return stepMs >= coarseMs || stepMs === 0 ? 1 : Math.max(1000, stepMs) / coarseMs;
}

/** The simplest expectation that no other beats clearly, by their own past errors. */
function expect(model: AnomalyModel, timeMs: number, seen: number): Expectation {
  const { numbers, bins } = model;
  const dayAt = enterBin(model, dayProfile, timeMs), weekAt = enterBin(model, weekProfile, timeMs);
  const fromOrigin = seen - numbers[slot.origin]!;
  const daysFilled = timesFilled(model, dayAt);
  const hasDay = daysFilled > 1, hasWeek = timesFilled(model, weekAt) > 0;
  const ofLevel = seen - numbers[slot.level]!;
  const ofDay = daysFilled > 0 ? fromOrigin - bins[dayAt]! : ofLevel;
  const ofWeek = hasWeek ? fromOrigin - bins[weekAt]! : ofDay;
  let basis: 0 | 1 | 2 = 0;
  if (hasDay && numbers[slot.dayError]! < c.profileGain * numbers[slot.levelError]!) basis = 1;
  const best = basis === 1 ? numbers[slot.dayError]! : numbers[slot.levelError]!;
  if (hasWeek && numbers[slot.errorCount]! > 0 && numbers[slot.weekError]! < c.profileGain * best) basis = 2;
  return { basis, errors: [ofLevel, ofDay, ofWeek], hasDay, hasWeek };
}

/** The mean of the newest deviations. A single huge one must not be all of it for long, so each counts up to a few margins. */
function stepShift(numbers: Float64Array, error: number, margin: number): number {
  const many = Math.min(c.shiftSamples, numbers[slot.shiftCount]! + 1);
  const most = margin > 0 ? c.shiftClip * margin : Infinity;
  numbers[slot.shiftCount] = many;
  return (numbers[slot.shift]! += (Math.min(most, Math.max(-most, error)) - numbers[slot.shift]!) / many);
}

/** True once in a run of equal values that is too long for a series that seldom repeats itself. */
function stepRun(numbers: Float64Array, seen: number, fineness: number): boolean {
  const run = seen === numbers[slot.lastValue] ? numbers[slot.run]! + 1 : 0;
  numbers[slot.lastValue] = seen;
  numbers[slot.run] = run;
  const count = numbers[slot.count]!;
  // A long run says nothing new about how often values repeat.
  if (run < c.stuckSamples / 2) numbers[slot.repeatShare]! += Math.max(c.levelRate, 1 / count) * ((run > 0 ? 1 : 0) - numbers[slot.repeatShare]!);
  return run === Math.ceil(c.stuckSamples / fineness) && numbers[slot.repeatShare]! < c.stuckShare && count > 2 * learnSamples;
}

/** An alarm is told once: for a while after it only what is much stronger counts in full. */
function rest(numbers: Float64Array, evidence: number, alarmEvidence: number, fineness: number): number {
  if (numbers[slot.restLeft]! > 0 && evidence <= numbers[slot.restPeak]! * c.escalation) {
    numbers[slot.restLeft]!--;
    return Math.min(evidence * c.restShare, alarmEvidence * habitCap);
  }
  if (evidence >= alarmEvidence) {
    numbers[slot.restPeak] = evidence;
    numbers[slot.wariness]! += c.warinessStep;
    numbers[slot.restLeft] = Math.ceil(c.restSamples / fineness);
  }
  return evidence;
}

function learn(model: AnomalyModel, seen: number, errors: Expectation['errors'], hasDay: boolean, hasWeek: boolean, fineness: number): void {
  const { numbers } = model;
  if (hasDay) {
    const count = ++numbers[slot.errorCount]!;
    const rate = Math.max(c.errorRate * fineness, 1 / count);
    const clip = count > learnSamples ? c.errorClip : Infinity;
    learnError(numbers, slot.levelError, errors[0], rate, clip);
    learnError(numbers, slot.dayError, errors[1], rate, clip);
    if (hasWeek) learnError(numbers, slot.weekError, errors[2], rate, clip);
    else numbers[slot.weekError] = numbers[slot.dayError]! * 1.5;
  }
  numbers[slot.level]! += Math.max(c.levelRate * fineness, 1 / numbers[slot.count]!) * (seen - numbers[slot.level]!);
  const fromOrigin = seen - numbers[slot.origin]!;
  addToBin(model, dayProfile, fromOrigin);
  addToBin(model, weekProfile, fromOrigin);
}

function learnError(numbers: Float64Array, at: number, error: number, rate: number, clip: number): void {
  const mean = numbers[at]!;
  const size = Math.abs(error);
  numbers[at] = mean + rate * ((clip === Infinity ? size : Math.min(size, clip * mean + 1e-12)) - mean);
}
