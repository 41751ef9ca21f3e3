/** Makes bins fit for models: gaps filled, lone outliers put back, level shifts and resets taken out of the past. */
import { findPeriod, withWeek, type Period } from './find-period.js';

export interface History {
  /** Without gaps; everything before a shift is moved to the level after it. */
  readonly values: Float64Array;
  /** 1 where a model may learn from the bin, 0 where it was filled in. */
  readonly isReal: Uint8Array;
  readonly period: Period;
  /** Bins since the last shift; the length when there was none. */
  readonly sinceShift: number;
  readonly filled: number;
  readonly outliers: number;
  /** Usual distance between neighbours, the season taken out. */
  readonly usualStep: number;
}

/** A lone bin is an outlier when it lies so many times the usual distance from its neighbours, and from the season. */
const outlierDistance = 12;
/** Share of values at either end that may be extremes. */
const usualTail = 0.02;
/** A jump is a shift when it is so many times the usual step, and stays. */
const shiftDistance = 10;
const shiftBins = 4;
/** Series that jump more often than this do so by nature, like a heap that is collected. */
const mostShifts = 2;

/** `bins` oldest first, NaN for missing ones. The season is looked for unless it is known: 0 for none. */
export function prepareHistory(bins: Float64Array, widthMs: number, known?: number): History {
  const values = Float64Array.from(bins);
  const isReal = new Uint8Array(values.length).fill(1);
  const filled = fillGaps(values, isReal, Math.round(86_400_000 / widthMs));
  const period = withWeek(known ?? findPeriod(withoutExtremes(values), widthMs), widthMs);
  const usual = findUsualStep(values, period.season);
  const outliers = usual > 0 ? putBackOutliers(values, isReal, period.season, usual) : 0;
  return { values, isReal, period, filled, outliers, usualStep: usual, sinceShift: alignShifts(values, period, usual) };
}

/** A copy in which single values far outside of the others are cut back: they would hide a season, or feign one. */
function withoutExtremes(values: Float64Array): Float64Array {
  const stride = Math.max(1, Math.floor(values.length / 256));
  const sorted = new Float64Array(Math.floor(values.length / stride));
  for (let index = 0; index < sorted.length; index++) sorted[index] = values[values.length - 1 - index * stride]!;
  sorted.sort();
  const cut = Math.floor(sorted.length * usualTail);
  const low = sorted[cut] ?? 0;
  const high = sorted[sorted.length - 1 - cut] ?? 0;
  const room = (high - low) / 2;
  return values.map((value) => Math.max(low - room, Math.min(high + room, value)));
}

/** From the same time a day before, moved to the level around the gap; else a straight line. */
function fillGaps(values: Float64Array, isReal: Uint8Array, dayBins: number): number {
  let filled = 0;
  for (let index = 0; index < values.length; index++) {
    if (!Number.isNaN(values[index]!)) continue;
    let end = index;
    while (end < values.length && Number.isNaN(values[end]!)) end++;
    const before = index > 0 ? values[index - 1]! : (values[end] ?? 0);
    const after = end < values.length ? values[end]! : before;
    const fromDay = dayBins > 1 && index > dayBins && end - index > 1;
    const offset = fromDay ? before - values[index - 1 - dayBins]! : 0;
    for (let at = index; at < end; at++) {
      values[at] = fromDay ? values[at - dayBins]! + offset : before + ((after - before) * (at - index + 1)) / (end - index + 1);
      isReal[at] = 0;
      filled++;
    }
    index = end;
  }
  return filled;
}

/** Usual distance between neighbours, after the season is taken out. */
function findUsualStep(values: Float64Array, season: number): number {
  const stride = Math.max(1, Math.floor(values.length / 200));
  const steps = new Float64Array(Math.max(0, Math.ceil((values.length - 1 - season) / stride)));
  for (let step = 0; step < steps.length; step++) steps[step] = Math.abs(stepAt(values, values.length - 1 - step * stride, season));
  steps.sort();
  // Busy hours step farther than quiet nights: one step in ten may be twice the usual one.
  const usual = Math.max(steps[steps.length >> 1] ?? 0, (steps[Math.floor(steps.length * 0.9)] ?? 0) / 2);
  // A series that mostly stands still has neither; its mean step is small then, too.
  return usual > 0 ? usual : (2 * steps.reduce((sum, step) => sum + step, 0)) / (steps.length || 1);
}

function stepAt(values: Float64Array, index: number, season: number): number {
  const step = values[index]! - values[index - 1]!;
  return season > 0 && index > season ? step - (values[index - season]! - values[index - season - 1]!) : step;
}

function putBackOutliers(values: Float64Array, isReal: Uint8Array, season: number, usual: number): number {
  const far = outlierDistance * usual;
  let found = 0;
  for (let index = 1; index + 1 < values.length; index++) {
    const before = values[index - 1]!;
    const after = values[index + 1]!;
    const value = values[index]!;
    if (Math.abs(value - before) < far || Math.abs(value - after) < far || (value > before) !== (value > after)) continue;
    if (season > 0 && (isNear(values, index, index - season, far) || isNear(values, index, index + season, far))) continue;
    values[index] = (before + after) / 2;
    isReal[index] = 0;
    found++;
  }
  return found;
}

function isNear(values: Float64Array, index: number, other: number, far: number): boolean {
  return other >= 0 && other < values.length && Math.abs(values[index]! - values[other]!) < far;
}

/** Moves what lies before a lasting jump to the level after it. Answers the bins since the last one. */
function alignShifts(values: Float64Array, { season, week }: Period, usual: number): number {
  if (usual === 0) return values.length;
  const shifts: { index: number; size: number }[] = [];
  for (let index = Math.max(shiftBins, season + 1); index + shiftBins <= values.length; index++) {
    // A Saturday is no shift: where a week is known it is what a day is held against, else only what outlasts a weekend counts.
    const lag = week > 0 && index > week ? week : season;
    const size = stepAt(values, index, lag);
    if (Math.abs(size) < shiftDistance * usual || !stays(values, index, lag, size, lag > 0 && lag === season ? 3 * season : shiftBins)) continue;
    shifts.push({ index, size });
    if (shifts.length > mostShifts) return values.length;
    index += shiftBins;
  }
  for (const { index, size } of shifts) for (let at = 0; at < index; at++) values[at]! += size;
  return shifts.length > 0 ? values.length - shifts.at(-1)!.index : values.length;
}

/** The bins from `index` on lie as far from where the season would have them as the first one. */
function stays(values: Float64Array, index: number, lag: number, size: number, bins: number): boolean {
  if (index + bins > values.length) return false;
  for (let at = index; at < index + bins; at++) {
    const expected = lag > 0 ? values[at - lag]! - values[index - 1 - lag]! : 0;
    const moved = values[at]! - values[index - 1]! - expected;
    // Beyond one season the bin a season ago lies behind the shift itself.
    const share = (lag > 0 && at - lag >= index ? moved + size : moved) / size;
    if (share < 0.6 || share > 1.6) return false;
  }
  return true;
}
