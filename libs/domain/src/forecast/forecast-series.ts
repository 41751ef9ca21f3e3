/** The answer: when the threshold is reached, how sure that is, and the path with its interval. */
import { followModels, modelNames } from './candidate-models.js';
import { combinePaths } from './combine-paths.js';
import { crossingOdds } from './crossing-odds.js';
import { explainForecast } from './explain-forecast.js';
import { findBounds } from './find-bounds.js';
import type { Forecaster } from './forecaster.js';
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

export interface SeriesForecast {
  /** End of what the forecast rests on, ms. */
  readonly madeAtMs: number;
  /** When the threshold is most likely reached; undefined for `never` within the horizon. */
  readonly crossesAtMs: number | undefined;
  /** Edges of the 80 % interval of that time; undefined for never, and `latestMs` also when it may come after the horizon. */
  readonly earliestMs: number | undefined;
  readonly latestMs: number | undefined;
  /** Odds that it is reached within the horizon, 0..1. */
  readonly odds: number;
  readonly points: readonly ForecastPoint[];
  /** The models that made it, the most trusted first. */
  readonly model: string;
  readonly why: string;
}

/** Normal deviations to the edge of an 80 % interval. */
const edge = 1.2816;

/** Undefined while there is too little history for any model. `threshold` is in the unit of the series. */
export function forecastSeries({ cells }: Forecaster, threshold: number): SeriesForecast | undefined {
  const views = openViews(cells);
  const widthMs = cells[scalar.widthMs]!;
  const count = cells[scalar.count]!;
  const bins = readBins(views);
  if (widthMs === 0 || bins.length < 2 || bins.every(Number.isNaN)) return undefined;
  const ahead = cells[scalar.binsAhead]!;
  const history = prepareHistory(bins, widthMs, cells[scalar.lessons] === 0 ? undefined : cells[scalar.period]!);
  const combined = combinePaths(followModels(history, bins.length, ahead), views.modelErrors);
  if (!combined) return undefined;
  const season = history.period.season;
  const side = cells[scalar.side]!;
  // Models are scored over some bins at least; asked for are those within the horizon.
  const asked = Math.min(ahead, Math.max(1, Math.ceil(cells[scalar.horizonMs]! / widthMs - 1e-9)));
  const path = combined.path.subarray(0, asked);
  const { low, high } = findBounds(bins, cells[scalar.floor]!, cells[scalar.ceiling]!);
  const spread = cells[scalar.spread]! || normalSpread;
  const reach = usualErrors(views.groupErrors, asked, history.usualStep);
  for (let bin = 0; bin < asked; bin++) {
    path[bin] = Math.max(low, Math.min(high, path[bin]!));
    reach[bin]! *= spread * scaleOf(views.phaseErrors[phaseSlot(count + bin, season)]!);
  }
  const endMs = cells[scalar.originMs]! + cells[scalar.bin]! * widthMs;
  const timeOf = (bin: number): number => Math.round(endMs + (bin + 0.5) * widthMs);
  const crossing = side * bins[bins.length - 1]! >= side * threshold
    ? { odds: 1, bin: -1, earliest: -1, latest: -1 }
    : crossingOdds({ path, deviation: reach.map((width) => width / edge), likeness: cells[scalar.likeness]!, threshold, side, low, high });
  const isAnnounced = crossing.bin !== undefined;
  const within = (bin: number | undefined): number | undefined => (isAnnounced && bin !== undefined ? timeOf(bin) : undefined);
  return {
    madeAtMs: Math.round(endMs), crossesAtMs: within(crossing.bin), earliestMs: within(crossing.earliest), latestMs: within(crossing.latest), odds: crossing.odds,
    points: Array.from(path, (value, bin) => ({ timeMs: timeOf(bin), value, low: Math.max(low, value - reach[bin]!), high: Math.min(high, value + reach[bin]!) })),
    ...explainForecast({ history, weights: combined.weights, lessons: cells[scalar.lessons]!, bounds: { low, high }, widthMs, names: modelNames, odds: crossing.odds }),
  };
}
