/** A window of a series under a forecast policy: models learn, a forecast is made when it is due, and old ones are scored. Read this file first. */
import type { ForecastTotals } from '@opsloop/contracts';
import { holds, type CompiledThreshold } from '../policy/compiled-threshold.js';
import { crossingOf, type Crossing } from './forecast-series.js';
import { watchedStride, type ForecastWatch, type StandingForecast } from './forecast-watch.js';
import { closedBins, lessonBins, lessonsOf, newestClosedBin, observeSample, thresholdSide } from './forecaster.js';
import { followSeries, type FollowedSeries } from './follow-series.js';
import { addLevel, createCrossingTotals, createForecastTotals, settleCrossing, type AwaitedCrossing, type MeasuredBin } from './scorecard.js';

export interface ForecastPlan {
  readonly withinMs: number;
  readonly thresholds: readonly (CompiledThreshold & { readonly comparison: NonNullable<CompiledThreshold['comparison']> })[];
}

/** The 80 % interval of the value that the policy looks ahead to. */
export interface ForecastBand {
  readonly timeMs: number;
  readonly low: number;
  readonly high: number;
}

export interface ForecastStep {
  /** Index of the severest threshold that is passed or about to be; -1 for none. */
  readonly severest: number;
  /** What was scored in this step. */
  readonly scored: ForecastTotals | undefined;
  /** Of the forecast that was made in this step. */
  readonly band: ForecastBand | undefined;
}

/** A forecast is made anew with each bin while a threshold is at least so likely to be reached. */
const possibleOdds = 0.1;
/** An alarm that was raised stays until its threshold is less likely than this, half of what raised it. */
const keptOdds = 0.25;

/** Undefined while nothing can be said. Changes the watch. */
export function stepForecast(watch: ForecastWatch, plan: ForecastPlan, window: { readonly endMs: number; readonly value: number }): ForecastStep | undefined {
  const { forecaster, raised } = watch;
  const bins = closedBins(forecaster);
  // Dated within the window, so that the last window of a bin belongs to it.
  observeSample(forecaster, window.endMs - 1, window.value);
  const closed = closedBins(forecaster) - bins;
  const scored = closed === 0 ? undefined : scoreBins(watch, plan, closed);
  const band = closed === 0 ? undefined : renew(watch, plan);
  let severest = -1;
  for (const [index, { comparison }] of plan.thresholds.entries()) {
    const crossing = watch.standing?.crossings[index];
    const isBeyond = holds(comparison, window.value);
    const isSoon = crossing?.earliestMs !== undefined && crossing.earliestMs - window.endMs <= plan.withinMs;
    if (isSoon && !isBeyond) announce(watch.awaited[index]!, crossing, window.endMs, plan.withinMs);
    raised[index] = isBeyond || isSoon || (raised[index]! && crossing !== undefined && crossing.odds >= keptOdds);
    if (raised[index]) severest = index;
  }
  return watch.standing || severest >= 0 ? { severest, scored, band } : undefined;
}

/** The first word on a crossing is the one that is scored: later ones must not improve it. A series that was beyond just now is not on its way there. */
function announce(awaited: AwaitedCrossing, { crossesAtMs, earliestMs, latestMs }: Crossing, nowMs: number, calmMs: number): void {
  if (crossesAtMs === undefined || earliestMs === undefined || nowMs - (awaited.beyondMs ?? -Infinity) <= calmMs) return;
  awaited.open ??= { madeAtMs: nowMs, earliestMs, crossesAtMs, latestMs };
}

/** Bins were closed: forecasts whose time has come are judged. Undefined when there were none. */
function scoreBins(watch: ForecastWatch, { thresholds, withinMs }: ForecastPlan, closed: number): ForecastTotals | undefined {
  const bin = newestClosedBin(watch.forecaster);
  const widthMs = bin.toMs - bin.fromMs;
  if (closed < 0 || (closed - 1) * widthMs > withinMs) {
    // What came during so long a gap nobody saw: nothing can be judged by it.
    watch.watched = [];
    for (const awaited of watch.awaited) awaited.open = undefined;
    if (closed < 0) watch.standing = undefined;
  }
  if (Number.isNaN(bin.value)) return undefined;
  const totals = createForecastTotals();
  scorePoints(watch, bin, totals);
  for (const [index, awaited] of watch.awaited.entries()) {
    const isBeyond = holds(thresholds[index]!.comparison, bin.value);
    // What is beyond before anything could be foretold was not missed.
    const own = createCrossingTotals();
    if (watch.standing) settleCrossing(awaited, bin, isBeyond, { slackMs: widthMs / 2, calmMs: withinMs }, own);
    else if (isBeyond) awaited.beyondMs = bin.toMs;
    addLevel(totals, thresholds[index]!.level, own);
  }
  const { hit, early, late, false: never, missed, points } = totals;
  return hit + early + late + never + missed + points > 0 ? totals : undefined;
}

function scorePoints(watch: ForecastWatch, { fromMs, toMs, value }: MeasuredBin, totals: ForecastTotals): void {
  const { watched } = watch;
  const seen = Math.fround(value);
  while (watched.length > 0 && watched[0]! < toMs) {
    const [timeMs, low, high] = watched.splice(0, 3) as [number, number, number];
    // Points before the bin met a gap: nothing was measured that could judge them.
    if (timeMs < fromMs) continue;
    totals.points += 1;
    if (low <= seen && seen <= high) totals.covered += 1;
  }
}

/** A forecast stands until the models have learned, or a value passes its interval; near a threshold it is made with each bin. */
function renew(watch: ForecastWatch, { thresholds, withinMs }: ForecastPlan): ForecastBand | undefined {
  const { standing, forecaster } = watch;
  if (standing && !isOver(watch, standing)) return undefined;
  // What is missing just now is filled in for models to learn from, which is no ground for a forecast.
  const followed = Number.isNaN(newestClosedBin(forecaster).value) ? undefined : followSeries(forecaster);
  if (!followed) {
    watch.standing = undefined;
    return undefined;
  }
  const { path, reach, side, widthMs } = followed;
  const crossings = thresholds.map(({ comparison: { value, operator } }) => crossingOf(followed, value, operator === '>' || operator === '<'));
  const edges = Array.from(path.subarray(0, lessonBins(forecaster)), (value, bin) => Math.fround(value + side * reach[bin]!));
  watch.standing = { bins: closedBins(forecaster), lessons: lessonsOf(forecaster), edges, crossings: crossings.some(({ odds }) => odds > 0) ? crossings : [] };
  if (watch.watched.length === 0) watch.watched = watchedPoints(followed);
  const ahead = Math.max(0, Math.min(path.length, Math.round(withinMs / widthMs)) - 1);
  return pointAt(followed, ahead);
}

function isOver({ forecaster }: ForecastWatch, { bins, lessons, edges, crossings }: StandingForecast): boolean {
  if (lessons !== lessonsOf(forecaster) || crossings.some(({ odds }) => odds >= possibleOdds)) return true;
  const edge = edges[closedBins(forecaster) - bins - 1];
  const { value } = newestClosedBin(forecaster);
  const side = thresholdSide(forecaster);
  return edge === undefined || side * Math.fround(value) > side * edge;
}

function pointAt({ path, reach, low, high, timeOf }: FollowedSeries, bin: number): ForecastBand {
  return { timeMs: timeOf(bin), low: Math.max(low, path[bin]! - reach[bin]!), high: Math.min(high, path[bin]! + reach[bin]!) };
}

function watchedPoints(followed: FollowedSeries): number[] {
  const stride = watchedStride(followed.path.length);
  const points: number[] = [];
  for (let bin = 0; bin < followed.path.length; bin += stride) {
    const { timeMs, low, high } = pointAt(followed, bin);
    points.push(timeMs, Math.fround(low), Math.fround(high));
  }
  return points;
}
