import type { Bounds } from './find-bounds.js';
import type { History } from './prepare-history.js';

export interface ExplainInput {
  readonly history: History;
  readonly weights: Float64Array;
  readonly names: readonly string[];
  readonly lessons: number;
  readonly bounds: Bounds;
  readonly widthMs: number;
  /** 0..1 */
  readonly odds: number;
}

/** Models below this weight are not named. */
const namedWeight = 0.1;

/** Says in a sentence each what the forecast rests on. */
export function explainForecast({ history, weights, names, lessons, bounds, widthMs, odds }: ExplainInput): { model: string; why: string } {
  const ranked = names.map((name, index) => ({ name, weight: weights[index]! })).filter(({ weight }) => weight >= namedWeight).toSorted((a, b) => b.weight - a.weight);
  const { season, week } = history.period;
  const told = [
    `${percent(odds)} of the likely paths cross within the horizon`,
    lessons === 0 ? 'no model could be tested yet, all count alike' : `models weighed by ${lessons} ${lessons === 1 ? 'forecast' : 'forecasts'} of the past`,
    season === 0 ? 'no season found' : `a season of ${duration(season * widthMs)}${week > 0 && history.values.length >= week ? ' and one of 7 d' : ''}`,
    `${history.values.length} bins of ${duration(widthMs)}`,
  ];
  if (history.sinceShift < history.values.length) told.push(`the level shifted ${duration(history.sinceShift * widthMs)} ago`);
  if (history.filled > 0) told.push(`${history.filled} missing bins filled in`);
  if (history.outliers > 0) told.push(`${history.outliers} outliers left out`);
  if (Number.isFinite(bounds.low) || Number.isFinite(bounds.high)) told.push(`stays within ${Number.isFinite(bounds.low) ? bounds.low : 'no floor'} and ${Number.isFinite(bounds.high) ? bounds.high : 'no ceiling'}`);
  return { model: ranked.map(({ name, weight }) => `${name} ${percent(weight)}`).join(', '), why: told.join('; ') };
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function duration(ms: number): string {
  const [size, unit] = ms >= 86_400_000 ? [86_400_000, 'd'] : ms >= 3_600_000 ? [3_600_000, 'h'] : ms >= 60_000 ? [60_000, 'min'] : [1_000, 's'];
  return `${Math.round((10 * ms) / size) / 10} ${unit}`;
}
