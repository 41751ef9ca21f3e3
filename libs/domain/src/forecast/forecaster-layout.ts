/** Where everything of a forecaster lies in its one buffer: a series costs this much, whatever it does. */
import { modelNames } from './candidate-models.js';

/** Bins that are quantised together, and how many such blocks are kept: four weeks of hours. */
export const blockBins = 24;
export const blocks = 28;
export const keptBins = blockBins * blocks;
/** First bin ahead of each group whose errors are pooled; the last number ends the last group. */
export const errorGroups = [0, 1, 2, 4, 7, 12, 18, 24, 36, 48, 60];
/** The size of errors is learned for so many parts of a period. */
export const phaseSlots = 24;

/** Cells of single numbers. */
export const scalar = {
  horizonMs: 0, side: 1, floor: 2, ceiling: 3, stepMs: 4, widthMs: 5, binsAhead: 6, originMs: 7,
  /** The bin being filled, samples in it and its extreme so far. */
  bin: 8, inBin: 9, extreme: 10, lastMs: 11,
  waiting: 12, sparse: 13,
  /** Bins closed since the start. */
  count: 14,
  period: 15, lessons: 16, spread: 17, likeness: 18,
} as const;
const scalars = 19;

export interface ForecasterViews {
  readonly cells: Float64Array;
  /** Samples (time, value) before their distance is known; the same cells as `filling`. */
  readonly waiting: Float64Array;
  /** The block being filled; NaN for a missing bin. */
  readonly filling: Float64Array;
  /** A full block's value is base + unit x code. */
  readonly bases: Float64Array;
  readonly units: Float32Array;
  /** Mean absolute error of each model; NaN before its first lesson. */
  readonly modelErrors: Float32Array;
  /** Mean absolute error of the combination by group of bins ahead. */
  readonly groupErrors: Float32Array;
  /** Errors at a part of the period, as a share of those usual so far ahead. */
  readonly phaseErrors: Float32Array;
  readonly codes: Uint16Array;
}

const floats = blocks + modelNames.length + (errorGroups.length - 1) + phaseSlots;
const floatCells = Math.ceil(floats / 2);
const codesAt = scalars + blockBins + blocks + floatCells;
export const layoutCells = codesAt + (blocks * blockBins) / 4;

/** Makes the cells those of a series that nothing is known of. */
export function clearLayout(cells: Float64Array): void {
  cells.fill(0);
  const views = openViews(cells);
  for (const learned of [views.filling, views.modelErrors, views.groupErrors]) learned.fill(Number.NaN);
  views.phaseErrors.fill(1);
  for (const unknown of [scalar.bin, scalar.lastMs]) cells[unknown] = Number.NaN;
}

/** Views are made when they are needed: kept, they would cost more than what they show. */
export function openViews(cells: Float64Array): ForecasterViews {
  const filling = cells.subarray(scalars, scalars + blockBins);
  const bases = cells.subarray(scalars + blockBins, scalars + blockBins + blocks);
  let offset = cells.byteOffset + (scalars + blockBins + blocks) * 8;
  const take = (length: number): Float32Array => {
    const view = new Float32Array(cells.buffer, offset, length);
    offset += length * 4;
    return view;
  };
  return {
    cells, waiting: filling, filling, bases, units: take(blocks), modelErrors: take(modelNames.length), groupErrors: take(errorGroups.length - 1), phaseErrors: take(phaseSlots),
    codes: new Uint16Array(cells.buffer, cells.byteOffset + codesAt * 8, blocks * blockBins),
  };
}
