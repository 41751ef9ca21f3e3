/** One watched series as the forecast sees it: samples become bins, bins a ring, and every few bins the models are scored. Read this file first. */
import { clearLayout, layoutCells, openViews, scalar, type ForecasterViews } from './forecaster-layout.js';
import { learnFromHistory } from './learn-errors.js';
import { appendBin, newestBin } from './value-ring.js';

export type ThresholdSide = 'above' | 'below';

/** Everything that is known of one series, in one buffer: a checkpoint is a copy of it. */
export interface Forecaster {
  readonly cells: Float64Array;
}

export interface ForecasterSettings {
  /** How far ahead is asked, ms, above 0 and at most 60 days: it decides how wide a bin is. */
  readonly horizonMs: number;
  /** On which side of the threshold trouble lies: a bin keeps its highest value for `above`, its lowest for `below`. */
  readonly side: ThresholdSide;
  /** Values that the metric cannot pass, for example 0 and 100 for a share; what is not given is watched for. */
  readonly floor?: number;
  readonly ceiling?: number;
}

/** Widths of bins, ms: they divide a day, or are one. */
const ladderMs = [60_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000];
/** A horizon is at most so many bins. */
const mostBinsAhead = 60;
const fewestBinsAhead = 4;
/** So many samples are seen before their distance is believed. */
const samplesToFindStep = 8;
/** So many samples in a row with empty bins between them mean that the source now sends less often. */
const sparseToRestart = 16;
/** Bins between two scorings of the models: a lesson costs as much as a hundred samples, so minutes are scored less often. */
const binsPerLesson = 6;
export const minutesPerLesson = 18;
const shortBinMs = 300_000;
/** A gap of more bins than this leaves nothing that would still fit. */
const longestGapBins = 336;

export const longestHorizonMs = mostBinsAhead * ladderMs.at(-1)!;

/** In these cells, or in a buffer of its own. Throws a RangeError when the horizon is not above 0 or beyond 60 days. */
export function createForecaster({ horizonMs, side, floor = Number.NaN, ceiling = Number.NaN }: ForecasterSettings, cells: Float64Array = new Float64Array(layoutCells)): Forecaster {
  if (!(horizonMs > 0) || horizonMs > longestHorizonMs) throw new RangeError(`a horizon of ${horizonMs} ms: it lies above 0 and within 60 days`);
  clearLayout(cells);
  cells[scalar.horizonMs] = horizonMs;
  cells[scalar.side] = side === 'above' ? 1 : -1;
  cells[scalar.floor] = floor;
  cells[scalar.ceiling] = ceiling;
  return { cells };
}

/** Takes a sample; times ascend, and what is not later than the last one, or no number, is left out. */
export function observeSample({ cells }: Forecaster, timeMs: number, value: number): void {
  const lastMs = cells[scalar.lastMs]!;
  if (!Number.isFinite(value) || !(timeMs > lastMs || Number.isNaN(lastMs))) return;
  if (cells[scalar.widthMs] === 0) collect(cells, timeMs, value);
  else addToBin(cells, timeMs, value);
}

/** Before the distance of samples is known they wait in the cells of the block that is being filled. */
function collect(cells: Float64Array, timeMs: number, value: number): void {
  const { waiting } = openViews(cells);
  const count = cells[scalar.waiting]!;
  waiting[count * 2] = timeMs;
  waiting[count * 2 + 1] = value;
  cells[scalar.waiting] = count + 1;
  cells[scalar.lastMs] = timeMs;
  if (count + 1 < samplesToFindStep) return;
  const samples = waiting.slice(0, samplesToFindStep * 2);
  const distances = Array.from({ length: samplesToFindStep - 1 }, (_, index) => samples[index * 2 + 2]! - samples[index * 2]!).toSorted((a, b) => a - b);
  start(cells, distances[distances.length >> 1]!, samples[0]!);
  for (let index = 0; index < samplesToFindStep; index++) addToBin(cells, samples[index * 2]!, samples[index * 2 + 1]!);
}

/** Width of the bins that samples `stepMs` apart are kept in, ms. */
export function binWidthMs(horizonMs: number, stepMs: number): number {
  return Math.max(ladderMs.find((width) => horizonMs / width <= mostBinsAhead) ?? ladderMs.at(-1)!, stepMs);
}

function start(cells: Float64Array, stepMs: number, firstMs: number): void {
  const horizonMs = cells[scalar.horizonMs]!;
  const widthMs = binWidthMs(horizonMs, stepMs);
  openViews(cells).waiting.fill(Number.NaN);
  cells[scalar.waiting] = 0;
  cells[scalar.stepMs] = stepMs;
  cells[scalar.widthMs] = widthMs;
  cells[scalar.binsAhead] = Math.min(mostBinsAhead, Math.max(fewestBinsAhead, Math.ceil(horizonMs / widthMs - 1e-9)));
  // One sample a bin: bins are centred on the samples, so that a sample a second early stays in its own.
  cells[scalar.originMs] = 2 * stepMs > widthMs ? firstMs - widthMs / 2 : 0;
  cells[scalar.bin] = Number.NaN;
  cells[scalar.lastMs] = Number.NaN;
}

function addToBin(cells: Float64Array, timeMs: number, value: number): void {
  const widthMs = cells[scalar.widthMs]!;
  const bin = Math.floor((timeMs - cells[scalar.originMs]!) / widthMs);
  const open = cells[scalar.bin]!;
  const gapMs = timeMs - cells[scalar.lastMs]!;
  cells[scalar.lastMs] = timeMs;
  if (bin < open) return;
  if (bin > open) {
    if (cells[scalar.inBin]! > 0) closeBin(cells);
    const missing = bin - cells[scalar.bin]!;
    cells[scalar.sparse] = missing > 0 ? cells[scalar.sparse]! + 1 : 0;
    if (cells[scalar.sparse]! >= sparseToRestart || missing > longestGapBins) return restart(cells, gapMs, timeMs, value);
    for (let empty = 0; empty < missing; empty++) closeBin(cells);
  } else if (Number.isNaN(open)) cells[scalar.bin] = bin;
  const side = cells[scalar.side]!;
  if (cells[scalar.inBin] === 0 || side * value > side * cells[scalar.extreme]!) cells[scalar.extreme] = value;
  cells[scalar.inBin]! += 1;
  // Full once the next sample would fall behind it: a forecast need not wait for that sample.
  const endMs = cells[scalar.originMs]! + (bin + 1) * widthMs;
  if (timeMs + cells[scalar.stepMs]! * 0.75 >= endMs) closeBin(cells);
}

/** After a silence too long, or when samples come less often than bins: what was learned of the series no longer fits. */
function restart(cells: Float64Array, stepMs: number, timeMs: number, value: number): void {
  const sparse = cells[scalar.sparse]! >= sparseToRestart;
  const step = sparse ? stepMs : cells[scalar.stepMs]!;
  createForecaster({ horizonMs: cells[scalar.horizonMs]!, side: cells[scalar.side]! > 0 ? 'above' : 'below', floor: cells[scalar.floor]!, ceiling: cells[scalar.ceiling]! }, cells);
  start(cells, step, timeMs);
  addToBin(cells, timeMs, value);
}

function closeBin(cells: Float64Array): void {
  const views: ForecasterViews = openViews(cells);
  appendBin(views, cells[scalar.inBin]! > 0 ? cells[scalar.extreme]! : Number.NaN);
  cells[scalar.bin]! += 1;
  cells[scalar.inBin] = 0;
  if (cells[scalar.count]! % lessonBins({ cells }) === 0) learnFromHistory(views);
}

/** Bins that are asked for: models are scored over some at least, a path has those within the horizon. */
export function askedBins({ cells }: Forecaster): number {
  return Math.min(cells[scalar.binsAhead]!, Math.max(1, Math.ceil(cells[scalar.horizonMs]! / cells[scalar.widthMs]! - 1e-9)));
}

/** Number of the bin that begins now, counted from the origin of all bins. */
export function openBin({ cells }: Forecaster): number {
  return cells[scalar.bin]!;
}

/** Middle of the bin of this number, in whole ms. */
export function middleOfBin({ cells }: Forecaster, bin: number): number {
  return Math.round(cells[scalar.originMs]! + bin * cells[scalar.widthMs]! + 0.5 * cells[scalar.widthMs]!);
}

/** The number of the bin that has its middle here. */
export function binAround({ cells }: Forecaster, middleMs: number): number {
  return Math.round((middleMs - cells[scalar.originMs]!) / cells[scalar.widthMs]! - 0.5);
}

/** Bins from one lesson of the models to the next. */
export function lessonBins({ cells }: Forecaster): number {
  return cells[scalar.widthMs]! < shortBinMs ? minutesPerLesson : binsPerLesson;
}

/** Bins that were closed since the series began; less than before where it began anew. */
export function closedBins({ cells }: Forecaster): number {
  return cells[scalar.count]!;
}

/** The newest bin that was closed, with its extreme on the side of the threshold, NaN when nothing was measured in it. */
export function newestClosedBin({ cells }: Forecaster): { readonly fromMs: number; readonly toMs: number; readonly value: number } {
  const toMs = cells[scalar.originMs]! + cells[scalar.bin]! * cells[scalar.widthMs]!;
  return { fromMs: toMs - cells[scalar.widthMs]!, toMs, value: newestBin(openViews(cells)) };
}

/** 1 when trouble lies above the threshold, -1 below. */
export function thresholdSide({ cells }: Forecaster): number {
  return cells[scalar.side]!;
}

/** Lessons of the models so far. */
export function lessonsOf({ cells }: Forecaster): number {
  return cells[scalar.lessons]!;
}
