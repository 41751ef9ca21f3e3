/** Models made of a level, a trend and the shape of a day and a week. Each writes its path, or answers false where it lacks history. */
import type { Period } from './find-period.js';

/** Newer weeks say more about the shape: a week ago counts half. */
const weekWeight = 0.5;
/** How far the shape of a weekday is pulled to that of any day, in weeks of data. */
const weekPull = 0.5;
/** What remains a day later of today's distance from the usual level. */
const dayMemory = 0.9;

/** Daily (and weekly) shape around a weekly level, with today's and the last bin's distance fading. */
export function followProfile(values: Float64Array, length: number, { season, week }: Period, path: Float64Array): boolean {
  const span = week > 0 && length >= 2 * week ? week : season;
  if (season === 0 || length < 2 * season) return false;
  const days = Math.floor(length / season);
  const levels = weeklyLevels(values, length, season, days);
  const first = length - days * season;
  const level = (index: number): number => levels[Math.floor((length - 1 - index) / season)]!;
  const shape = foldShape(first, length, span, season, (index) => values[index]! - level(index));
  let products = 0;
  let squares = 0;
  let today = 0;
  let previous = 0;
  for (let index = Math.max(first, length - 14 * season); index < length; index++) {
    const rest = values[index]! - levels[0]! - shape[slotOf(length - 1 - index, span)]!;
    products += rest * previous;
    squares += previous * previous;
    previous = rest;
    if (index >= length - season) today += rest / season;
  }
  const memory = Math.min(0.98, Math.max(0, products / (squares || 1)));
  let faded = previous - today;
  for (let ahead = 0; ahead < path.length; ahead++) {
    faded *= memory;
    path[ahead] = levels[0]! + shape[ahead % span]! + today * dayMemory ** ((ahead + season / 2) / season) + faded;
  }
  return true;
}

/** Level of each day, newest first: the mean of the seven days around it. */
function weeklyLevels(values: Float64Array, length: number, season: number, days: number): Float64Array {
  const daily = new Float64Array(days);
  for (let day = 0; day < days; day++) for (let bin = 0; bin < season; bin++) daily[day]! += values[length - 1 - day * season - bin]! / season;
  const levels = new Float64Array(days);
  for (let day = 0; day < days; day++) {
    const from = Math.max(0, Math.min(day - 3, days - 7));
    const to = Math.min(days - 1, from + 6);
    for (let near = from; near <= to; near++) levels[day]! += daily[near]! / (to - from + 1);
  }
  return levels;
}

/** Slot 0 is the bin that follows the history. */
function slotOf(age: number, span: number): number {
  return span - 1 - (age % span);
}

/** Mean shape of the span, pulled to that of any day. */
function foldShape(first: number, length: number, span: number, season: number, restOf: (index: number) => number): Float64Array {
  const day = new Float64Array(season);
  const dayWeight = new Float64Array(season);
  const shape = new Float64Array(span);
  const shapeWeight = new Float64Array(span);
  for (let index = first; index < length; index++) {
    const age = length - 1 - index;
    const weight = weekWeight ** Math.floor(age / (7 * season));
    const slot = slotOf(age, span);
    const rest = restOf(index);
    day[slot % season]! += weight * rest;
    dayWeight[slot % season]! += weight;
    shape[slot]! += weight * rest;
    shapeWeight[slot]! += weight;
  }
  for (let slot = 0; slot < span; slot++) {
    const usual = day[slot % season]! / dayWeight[slot % season]!;
    shape[slot] = usual + (shape[slot]! - shapeWeight[slot]! * usual) / (shapeWeight[slot]! + weekPull);
  }
  return shape;
}

/** Smoothing of level, day and week, and how long a bin's own error is remembered. */
const smoothing = { level: 0.05, day: 0.2, week: 0.1, memory: 0.7 };

/** Exponential smoothing with two seasons and an autocorrelated error (Taylor 2003, J. Oper. Res. Soc. 54). */
export function followSmoothing(values: Float64Array, length: number, { season, week }: Period, path: Float64Array): boolean {
  const span = week > 0 && length >= week + 2 * season ? week : season;
  if (season === 0 || length < span + 2 * season) return false;
  const day = new Float64Array(season);
  const long = new Float64Array(span);
  let level = 0;
  for (let index = 0; index < span; index++) level += values[index]! / span;
  for (let index = 0; index < span; index++) day[index % season]! += ((values[index]! - level) * season) / span;
  if (span > season) for (let index = 0; index < span; index++) long[index] = (values[index]! - level - day[index % season]!) * 0.7;
  let error = 0;
  for (let index = span; index < length; index++) {
    const rest = values[index]! - level - day[index % season]! - long[index % span]!;
    const surprise = rest - smoothing.memory * error;
    level += smoothing.level * surprise;
    day[index % season]! += smoothing.day * surprise;
    if (span > season) long[index % span]! += smoothing.week * surprise;
    error = rest;
  }
  error = values[length - 1]! - level - day[(length - 1) % season]! - long[(length - 1) % span]!;
  for (let ahead = 0; ahead < path.length; ahead++) {
    error *= smoothing.memory;
    path[ahead] = level + day[(length + ahead) % season]! + long[(length + ahead) % span]! + error;
  }
  return true;
}
