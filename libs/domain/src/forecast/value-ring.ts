/** The last four weeks of bins in two bytes each: a block of 24 has its own base and unit, so that one outlier blurs one block. */
import { blockBins, blocks, scalar, type ForecasterViews } from './forecaster-layout.js';

const missingCode = 65_535;
const highestCode = 65_534;

/** Appends a bin; NaN is a missing one. */
export function appendBin(views: ForecasterViews, value: number): void {
  const { cells, filling } = views;
  const count = cells[scalar.count]!;
  filling[count % blockBins] = value;
  cells[scalar.count] = count + 1;
  if ((count + 1) % blockBins === 0) packBlock(views, Math.floor(count / blockBins) % blocks);
}

function packBlock({ filling, bases, units, codes }: ForecasterViews, block: number): void {
  let low = Infinity;
  let high = -Infinity;
  for (const value of filling) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  bases[block] = low === Infinity ? 0 : low;
  units[block] = low === Infinity ? 0 : (high - low) / highestCode;
  const unit = units[block]!;
  for (let index = 0; index < blockBins; index++) {
    const value = filling[index]!;
    codes[block * blockBins + index] = Number.isNaN(value) ? missingCode : unit === 0 ? 0 : Math.min(highestCode, Math.round((value - low) / unit));
  }
  filling.fill(Number.NaN);
}

/** The bins that are kept, oldest first; NaN for missing ones. */
export function readBins({ cells, filling, bases, units, codes }: ForecasterViews): Float64Array {
  const count = cells[scalar.count]!;
  const full = Math.floor(count / blockBins);
  const open = count % blockBins;
  const kept = Math.min(full, blocks);
  const bins = new Float64Array(kept * blockBins + open);
  for (let index = 0; index < kept; index++) {
    const block = (full - kept + index) % blocks;
    const base = bases[block]!;
    const unit = units[block]!;
    for (let bin = 0; bin < blockBins; bin++) {
      const code = codes[block * blockBins + bin]!;
      bins[index * blockBins + bin] = code === missingCode ? Number.NaN : base + unit * code;
    }
  }
  bins.set(filling.subarray(0, open), kept * blockBins);
  return bins;
}

/** The newest bin that is kept; NaN for a missing one, and before the first. */
export function newestBin({ cells, filling, bases, units, codes }: ForecasterViews): number {
  const last = cells[scalar.count]! - 1;
  if (last < 0) return Number.NaN;
  if ((last + 1) % blockBins !== 0) return filling[last % blockBins]!;
  const block = Math.floor(last / blockBins) % blocks;
  const code = codes[block * blockBins + blockBins - 1]!;
  return code === missingCode ? Number.NaN : bases[block]! + units[block]! * code;
}
