/** The path that a series is expected to take, with its interval: what every threshold is held against. */
import { followModels, modelNames } from './candidate-models.js';
import { combinePaths } from './combine-paths.js';
import { explainForecast } from './explain-forecast.js';
import { findBounds } from './find-bounds.js';
import { askedBins, middleOfBin, openBin, type Forecaster } from './forecaster.js';
import { openViews, scalar } from './forecaster-layout.js';
import { normalSpread, phaseSlot, scaleOf, usualErrors } from './learn-errors.js';
import { prepareHistory } from './prepare-history.js';
import { readBins } from './value-ring.js';

export interface ForecastPoint {
  readonly timeMs: number;
  /** The most extreme value expected around that time, on the side of the threshold. */
  readonly value: number;
  /** 80 % interval. */
  readonly low: number;
  readonly high: number;
}

export interface FollowedSeries {
  /** End of what the path rests on, ms. */
  readonly madeAtMs: number;
  readonly widthMs: number;
  /** Of the newest bin. */
  readonly newest: number;
  /** A bin each: the value expected, and how far the 80 % interval reaches to either side. */
  readonly path: Float64Array;
  readonly reach: Float64Array;
  /** What each model expects, and how far it is trusted; without weight it has no path. */
  readonly modelPaths: readonly Float64Array[];
  readonly weights: Float64Array;
  /** Correlation of the errors of neighbours. */
  readonly likeness: number;
  /** 1 when trouble lies above, -1 below. */
  readonly side: number;
  /** No value leaves them; infinite where there is no bound. */
  readonly low: number;
  readonly high: number;
  /** Middle of a bin ahead, ms. */
  timeOf(bin: number): number;
  /** Whether it has been at this value, and nowhere else, for as long as it is looked ahead. */
  standsAt(value: number): boolean;
  points(): readonly ForecastPoint[];
  /** The models that made it, the most trusted first, and what it rests on. `odds`: that a threshold is crossed. */
  explain(odds: number): { readonly model: string; readonly why: string };
}

/** Bins are kept to within this share of the range of their block. */
const keptShare = 1e-5;

/** Undefined while there is too little history for any model. */
export function followSeries(forecaster: Forecaster): FollowedSeries | undefined {
  const { cells } = forecaster;
  const views = openViews(cells);
  const widthMs = cells[scalar.widthMs]!;
  const count = cells[scalar.count]!;
  const bins = readBins(views);
  if (widthMs === 0 || bins.length < 2 || bins.every(Number.isNaN)) return undefined;
  const ahead = cells[scalar.binsAhead]!;
  const history = prepareHistory(bins, widthMs, cells[scalar.lessons] === 0 ? undefined : cells[scalar.period]!);
  const modelPaths = followModels(history, bins.length, ahead);
  const combined = combinePaths(modelPaths, views.modelErrors);
  if (!combined) return undefined;
  const asked = askedBins(forecaster);
  const path = combined.path.subarray(0, asked);
  const bounds = findBounds(bins, cells[scalar.floor]!, cells[scalar.ceiling]!);
  const { low, high } = bounds;
  const spread = cells[scalar.spread]! || normalSpread;
  const reach = usualErrors(views.groupErrors, asked, history.usualStep);
  for (let bin = 0; bin < asked; bin++) {
    path[bin] = Math.max(low, Math.min(high, path[bin]!));
    reach[bin]! *= spread * scaleOf(views.phaseErrors[phaseSlot(count + bin, history.period.season)]!);
  }
  const first = openBin(forecaster);
  const endMs = cells[scalar.originMs]! + first * widthMs;
  const timeOf = (bin: number): number => middleOfBin(forecaster, first + bin);
  return {
    madeAtMs: Math.round(endMs), widthMs, newest: bins.at(-1)!, path, reach, modelPaths, weights: combined.weights, likeness: cells[scalar.likeness]!, side: cells[scalar.side]!, low, high, timeOf,
    standsAt: (value) => stoodAt(bins, asked, value),
    points: () => Array.from(path, (value, bin) => ({ timeMs: timeOf(bin), value, low: Math.max(low, value - reach[bin]!), high: Math.min(high, value + reach[bin]!) })),
    explain: (odds) => explainForecast({ history, weights: combined.weights, lessons: cells[scalar.lessons]!, bounds, widthMs, names: modelNames, odds }),
  };
}

/** Missing bins say nothing against it. */
function stoodAt(bins: Float64Array, newest: number, value: number): boolean {
  const known = bins.filter((bin) => !Number.isNaN(bin));
  const range = known.reduce((high, bin) => Math.max(high, bin), -Infinity) - known.reduce((low, bin) => Math.min(low, bin), Infinity);
  return bins.subarray(-newest).every((bin) => Number.isNaN(bin) || Math.abs(bin - value) <= keptShare * range);
}
