/** Scores every model, and their combination, on bins that have come since: who is trusted, and how wide the interval is. */
import { followModels } from './candidate-models.js';
import { combinePaths } from './combine-paths.js';
import { errorGroups, phaseSlots, scalar, type ForecasterViews } from './forecaster-layout.js';
import { prepareHistory } from './prepare-history.js';
import { readBins } from './value-ring.js';

/** A lesson counts half after so many others: who is trusted may change in days, how far errors go is learned over weeks. */
const lessonsToHalf = { trust: 20, spread: 100 };
/** A season is looked for with each lesson while there are few bins, later every so many lessons. */
const lessonsToSearch = 8;
const searchedBins = 96;
/** The first lessons come early, and are scored on as many bins as half of what lies before them. */
const firstLessonBins = 12;
/** Share of bins that the interval shall hold in lessons, and how fast its width follows what it held (Gibbs and Candes 2021). Lessons overlap and so flatter: 0.84 of them are 0.80 of what comes. */
const share = 0.84;
const widthPace = 0.15;
/** An error beyond so many times the usual one teaches no more than that. */
const mostSurprise = 6;
/** 80 % of normal errors lie within so many mean absolute errors. */
export const normalSpread = 1.606;

/** Takes the bins up to `binsAhead` before the newest as history, follows all models, and keeps what they missed. */
export function learnFromHistory(views: ForecasterViews): void {
  const { cells, modelErrors } = views;
  if (cells[scalar.count]! < firstLessonBins) return;
  const bins = readBins(views);
  const ahead = Math.min(cells[scalar.binsAhead]!, Math.floor(bins.length / 3));
  const start = bins.length - ahead;
  const search = cells[scalar.lessons]! % lessonsToSearch === 0 || bins.length < searchedBins;
  const history = prepareHistory(bins.subarray(0, start), cells[scalar.widthMs]!, search ? undefined : cells[scalar.period]!);
  cells[scalar.period] = history.period.season;
  const paths = followModels(history, start, ahead);
  const combined = combinePaths(paths, modelErrors);
  cells[scalar.lessons]! += 1;
  if (combined) learnSpread(views, bins.subarray(start), combined.path, paceOf(lessonsToHalf.spread, cells[scalar.lessons]!));
  const pace = paceOf(lessonsToHalf.trust, cells[scalar.lessons]!);
  paths.forEach((path, model) => {
    const error = meanError(path, bins, start);
    if (Number.isNaN(error)) return;
    const known = modelErrors[model]!;
    modelErrors[model] = Number.isNaN(known) ? error : known + pace * (error - known);
  });
}

/** The first lessons count alike. */
function paceOf(half: number, lessons: number): number {
  return Math.max(1 - 0.5 ** (1 / half), 1 / lessons);
}

function meanError(path: Float64Array, bins: Float64Array, start: number): number {
  let sum = 0;
  let count = 0;
  for (let bin = 0; bin < path.length; bin++) {
    const seen = bins[start + bin]!;
    if (Number.isNaN(seen)) continue;
    sum += Math.abs(path[bin]! - seen);
    count++;
  }
  return count === 0 ? Number.NaN : sum / count;
}

/** Sizes of errors by bins ahead and by part of the period, how alike neighbours are, and the share that the interval held. */
function learnSpread({ cells, groupErrors, phaseErrors }: ForecasterViews, seen: Float64Array, path: Float64Array, pace: number): void {
  const season = cells[scalar.period]!;
  const firstBin = cells[scalar.count]! - seen.length;
  for (let group = 0; group + 1 < errorGroups.length && errorGroups[group]! < path.length; group++) {
    const error = meanError(path.subarray(errorGroups[group]!, errorGroups[group + 1]!), seen, errorGroups[group]!);
    if (Number.isNaN(error)) continue;
    const known = groupErrors[group]!;
    groupErrors[group] = Number.isNaN(known) ? error : known + pace * (Math.min(error, mostSurprise * known || error) - known);
  }
  const usual = usualErrors(groupErrors, path.length, 0);
  let outside = 0;
  let count = 0;
  let products = 0;
  let squares = 0;
  let previous = Number.NaN;
  const spread = cells[scalar.spread]! || normalSpread;
  for (let bin = 0; bin < path.length; bin++) {
    const error = (seen[bin]! - path[bin]!) / usual[bin]!;
    if (!Number.isFinite(error)) continue;
    const slot = phaseSlot(firstBin + bin, season);
    const size = phaseErrors[slot]!;
    const scaled = Math.max(-mostSurprise, Math.min(mostSurprise, error / scaleOf(size)));
    count++;
    if (Math.abs(scaled) > spread) outside++;
    if (!Number.isNaN(previous)) {
      products += scaled * previous;
      squares += (scaled * scaled + previous * previous) / 2;
    }
    previous = scaled;
    phaseErrors[slot] = size + Math.min(0.5, pace) * (Math.min(mostSurprise, Math.abs(error)) - size);
  }
  if (count === 0) return;
  cells[scalar.spread] = Math.max(0.2, Math.min(8, spread * Math.exp(widthPace * (outside / count - (1 - share)))));
  if (squares === 0) return;
  cells[scalar.likeness] = cells[scalar.likeness]! + pace * (Math.max(0, Math.min(0.98, products / squares)) - cells[scalar.likeness]!);
}

/**
 * Mean absolute error so many bins ahead; it never shrinks with distance. Beyond what was ever scored it grows with the
 * root of the distance, as the error of a random walk does; before the first lesson from `step`, the usual distance of neighbours.
 */
export function usualErrors(groupErrors: Float32Array, ahead: number, step: number): Float64Array {
  const usual = new Float64Array(ahead);
  let group = 0;
  let highest = step;
  let known = 1;
  for (let bin = 0; bin < ahead; bin++) {
    while (group + 2 < errorGroups.length && errorGroups[group + 1]! <= bin) group++;
    const error = groupErrors[group]!;
    if (Number.isNaN(error)) usual[bin] = highest * Math.sqrt((bin + 1) / known);
    else {
      if (bin === 0 || error > highest) highest = error;
      known = bin + 1;
      usual[bin] = highest;
    }
  }
  return usual;
}

/** Which part of the period a bin lies in; one part for all where there is no period. */
export function phaseSlot(bin: number, season: number): number {
  return season === 0 ? 0 : Math.floor(((bin % season) * phaseSlots) / Math.max(season, phaseSlots));
}

/** What is known of a part of the period is noisy, too: it is drawn to 1. */
export function scaleOf(phaseError: number): number {
  return Math.max(0.1, phaseError) ** 0.7;
}
