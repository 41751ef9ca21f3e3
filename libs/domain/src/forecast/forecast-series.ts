/** The answer: when the threshold is reached, how sure that is, and the path with its interval. */
import { crossingOdds } from './crossing-odds.js';
import { followSeries, type FollowedSeries, type ForecastPoint } from './follow-series.js';
import type { Forecaster } from './forecaster.js';

/** When a threshold is reached. Event times, ms. */
export interface Crossing {
  /** The most likely time; undefined for `never` within the horizon. */
  readonly crossesAtMs: number | undefined;
  /** Edges of the 80 % interval of that time; undefined for never, and `latestMs` also when it may come after the horizon. */
  readonly earliestMs: number | undefined;
  readonly latestMs: number | undefined;
  /** Odds that it is reached within the horizon, 0..1. */
  readonly odds: number;
}

export interface SeriesForecast extends Crossing {
  /** End of what the forecast rests on, ms. */
  readonly madeAtMs: number;
  readonly points: readonly ForecastPoint[];
  /** The models that made it, the most trusted first. */
  readonly model: string;
  readonly why: string;
}

/** Normal deviations to the edge of an 80 % interval. */
const edge = 1.2816;

/** Undefined while there is too little history for any model. `threshold` is in the unit of the series. */
export function forecastSeries(forecaster: Forecaster, threshold: number): SeriesForecast | undefined {
  const followed = followSeries(forecaster);
  if (!followed) return undefined;
  const { side, newest, madeAtMs } = followed;
  const timeMs = followed.timeOf(-1);
  const crossing = side * newest >= side * threshold ? { odds: 1, crossesAtMs: timeMs, earliestMs: timeMs, latestMs: timeMs } : crossingOf(followed, threshold);
  return { madeAtMs, ...crossing, points: followed.points(), ...followed.explain(crossing.odds) };
}

/** Of a path whose newest bin has not reached the threshold, or is back from it. `isStrict`: what lies at the threshold has not crossed it. */
export function crossingOf(followed: FollowedSeries, threshold: number, isStrict = false): Crossing {
  const { modelPaths: paths, weights, reach, likeness, side, low, high, timeOf } = followed;
  const isStill = isStrict && followed.standsAt(threshold);
  const { odds, bin, earliest, latest } = crossingOdds({ paths, weights, deviation: reach.map((width) => width / edge), likeness, threshold, side, isStrict, isStill, low, high });
  const within = (at: number | undefined): number | undefined => (bin !== undefined && at !== undefined ? timeOf(at) : undefined);
  return { odds, crossesAtMs: within(bin), earliestMs: within(earliest), latestMs: within(latest) };
}
