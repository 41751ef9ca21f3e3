/** The models that compete for each series: plain, trending, seasonal, and regressions on own lags. */
import type { History } from './prepare-history.js';
import { fewestRows, followLags, sumProducts } from './lag-regression.js';
import { followProfile, followSmoothing } from './profile-models.js';
import { followTrend } from './trend-models.js';

export const modelNames = [
  'level', 'damped trend', 'trend', 'season before', 'week before', 'seasonal trend', 'profile', 'smoothing',
  'short regression', 'daily regression', 'weekly regression', 'fortnight regression',
] as const;

/** What remains per bin of the last bin's distance from the same time a week before. */
const weekMemory = 0.9;
/** What each season moves on, as a share of the one before. */
const seasonalTrendDamping = 0.98;

/**
 * Paths of all models from the end of the first `length` values, `ahead` bins each.
 * Answers one row a model in the order of `modelNames`; a model that lacks history has NaN in its row.
 */
export function followModels({ values, isReal, period, sinceShift }: History, length: number, ahead: number): Float64Array[] {
  const { season, week } = period;
  const rows = modelNames.map(() => new Float64Array(ahead).fill(Number.NaN));
  const [level, damped, trend, seasonBefore, weekBefore, seasonalTrend, profile, smoothing] = rows as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  if (length < 2) return rows;
  level.fill(values[length - 1]!);
  const fitted = Math.max(2, sinceShift - (values.length - length));
  followTrend(values, length, Math.min(length, ahead), 0.95, damped);
  followTrend(values, length, Math.min(length, Math.max(fitted, ahead)), 1, trend);
  if (season > 0 && length > season) {
    for (let bin = 0; bin < ahead; bin++) seasonBefore[bin] = values[length - season + (bin % season)]!;
    followSeasonalTrend(values, length, season, seasonalTrend);
  }
  if (week > 0 && length > week) {
    const distance = values[length - 1]! - values[length - 1 - week]!;
    for (let bin = 0; bin < ahead; bin++) weekBefore[bin] = values[length - week + (bin % week)]! + distance * weekMemory ** (bin + 1);
  }
  followProfile(values, length, period, profile);
  followSmoothing(values, length, period, smoothing);
  followRegressions(values, isReal, length, season, week, rows);
  return rows;
}

/** A season before, moved on by the median change between seasons. */
function followSeasonalTrend(values: Float64Array, length: number, season: number, path: Float64Array): void {
  const stride = Math.max(1, season >> 3);
  const changes = new Float64Array(Math.ceil((length - Math.max(season, length - 7 * season)) / stride));
  for (let change = 0; change < changes.length; change++) changes[change] = values[length - 1 - change * stride]! - values[length - 1 - change * stride - season]!;
  changes.sort();
  const change = changes[changes.length >> 1] ?? 0;
  let moved = 0;
  let step = change;
  for (let bin = 0; bin < path.length; bin++) {
    if (bin % season === 0) moved += step *= seasonalTrendDamping;
    path[bin] = values[length - season + (bin % season)]! + moved;
  }
}

function followRegressions(values: Float64Array, isReal: Uint8Array, length: number, season: number, week: number, rows: readonly Float64Array[]): void {
  const [short, daily, weekly, fortnight] = rows.slice(8) as [Float64Array, Float64Array, Float64Array, Float64Array];
  // The long set apart: with it the others would lose every row of the first fortnight.
  const sets: (readonly [lags: readonly number[], path: Float64Array])[] = [[[1, 2, 3], short]];
  if (season > 0) sets.push([[1, 2, 3, season - 1, season, season + 1, season + 2, 2 * season], daily]);
  if (week > 0) sets.push([[1, 2, season, season + 1, season + 2, week, week + 1, week + 2], weekly]);
  solveSets(values, isReal, length, sets);
  if (week === 0) return;
  const days = [2, 3, 4, 5, 6].map((day) => day * season);
  solveSets(values, isReal, length, [[[1, 2, 3, season - 1, season, season + 1, ...days, week - 1, week, week + 1, 2 * week], fortnight]]);
}

/** One sum serves all sets whose longest lag the history allows. */
function solveSets(values: Float64Array, isReal: Uint8Array, length: number, sets: readonly (readonly [lags: readonly number[], path: Float64Array])[]): void {
  const possible = sets.filter(([lags]) => length >= Math.max(...lags) + fewestRows);
  if (possible.length === 0) return;
  const all = [...new Set(possible.flatMap(([lags]) => lags))].toSorted((a, b) => a - b);
  const sums = sumProducts(values, isReal, length, all, possible[0]![1].length);
  for (const [lags, path] of possible) followLags(sums, [...new Set(lags)].map((lag) => all.indexOf(lag)), path);
}
