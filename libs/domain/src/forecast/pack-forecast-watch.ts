/** What a forecast policy remembers of one series as it lies in memory: the cells of its forecaster, and behind them all that stands and waits. */
import { thresholdLevels } from '@opsloop/contracts';
import { pathCount } from './crossing-odds.js';
import type { Crossing } from './forecast-series.js';
import { mostWatched, watchedStride, type ForecastWatch, type StandingForecast } from './forecast-watch.js';
import { askedBins, binAround, closedBins, middleOfBin, minutesPerLesson, openBin, type Forecaster } from './forecaster.js';
import { layoutCells } from './forecaster-layout.js';
import type { Announcement, AwaitedCrossing } from './scorecard.js';

const mostThresholds = thresholdLevels.length;
/** A time ahead that there is none of. */
const none = 127;
const isStanding = 1 << mostThresholds;

/** Offsets behind the cells, bytes. Odds are kept as paths, times as bins from one that is known: both are exact. */
const place = (() => {
  let next = 0;
  const take = (bytes: number, count: number): number => (next += bytes * count) - bytes * count;
  return {
    /** By threshold: when a crossing was announced, and when the series was last beyond it, ms; NaN for never. */
    announcedMs: take(8, mostThresholds),
    beyondMs: take(8, mostThresholds),
    /** Of the next point that waits, ms. */
    watchedMs: take(8, 1),
    /** By bin ahead, until the next lesson. */
    edges: take(4, minutesPerLesson),
    /** By point: low, high. */
    intervals: take(8, mostWatched),
    /** Bins and lessons when the forecast in force was made. */
    bins: take(4, 1),
    lessons: take(4, 1),
    /** By threshold: number of the bin that the announced crossing lies in. */
    announcedBin: take(4, mostThresholds),
    /** By threshold: paths that cross. */
    paths: take(1, mostThresholds),
    /** By threshold: bins to the crossing, its earliest and its latest time; from now, and from the bin that was announced. */
    crossings: take(3, mostThresholds),
    announced: take(3, mostThresholds),
    edgeCount: take(1, 1),
    watchedCount: take(1, 1),
    /** A bit for each threshold that is raised, and one for a forecast in force. */
    flags: take(1, 1),
    end: next,
  };
})();

const cellsBytes = layoutCells * 8;
const restBytes = Math.ceil(place.end / 8) * 8;
/** Of a series under a policy, with as many thresholds as there are levels. */
export const forecastWatchBytes = cellsBytes + restBytes;

/** The cells of the forecaster in a block that begins at this byte, a multiple of 8; used in place. */
export function packedForecaster(buffer: ArrayBufferLike, at: number): Forecaster {
  return { cells: new Float64Array(buffer, at, layoutCells) };
}

/** Its forecaster is that of the block. */
export function unpackForecastWatch(buffer: ArrayBufferLike, at: number, thresholds: number): ForecastWatch {
  const forecaster = packedForecaster(buffer, at);
  const rest = new DataView(buffer, at + cellsBytes, restBytes);
  const flags = rest.getUint8(place.flags);
  const awaited: AwaitedCrossing[] = [];
  const raised: boolean[] = [];
  for (let index = 0; index < thresholds; index++) {
    awaited.push(readAwaited(rest, forecaster, index));
    raised.push((flags & (1 << index)) !== 0);
  }
  return { forecaster, standing: (flags & isStanding) === 0 ? undefined : readStanding(rest, forecaster, thresholds), awaited, raised, watched: readWatched(rest, forecaster) };
}

/** Writes what stands and waits behind the cells of its forecaster, which lie in such a block already. */
export function packForecastWatch({ forecaster, standing, awaited, raised, watched }: ForecastWatch): void {
  const { buffer, byteOffset } = forecaster.cells;
  const rest = new DataView(buffer, byteOffset + cellsBytes, restBytes);
  let flags = standing ? isStanding : 0;
  for (const [index, isRaised] of raised.entries()) if (isRaised) flags |= 1 << index;
  rest.setUint8(place.flags, flags);
  if (standing) writeStanding(rest, forecaster, standing);
  for (const [index, one] of awaited.entries()) writeAwaited(rest, forecaster, index, one);
  writeWatched(rest, watched);
}

function readStanding(rest: DataView, forecaster: Forecaster, thresholds: number): StandingForecast {
  const bins = rest.getUint32(place.bins);
  const from = openBin(forecaster) - (closedBins(forecaster) - bins);
  const edges: number[] = [];
  const edgeCount = rest.getUint8(place.edgeCount);
  for (let bin = 0; bin < edgeCount; bin++) edges.push(rest.getFloat32(place.edges + 4 * bin));
  const crossings: Crossing[] = [];
  for (let index = 0; index < thresholds; index++) crossings.push({ odds: rest.getUint8(place.paths + index) / pathCount, ...readTimes(rest, place.crossings + 3 * index, forecaster, from) });
  return { bins, lessons: rest.getUint32(place.lessons), edges, crossings: crossings.some(({ odds }) => odds > 0) ? crossings : [] };
}

function writeStanding(rest: DataView, forecaster: Forecaster, { bins, lessons, edges, crossings }: StandingForecast): void {
  const from = openBin(forecaster) - (closedBins(forecaster) - bins);
  rest.setUint32(place.bins, bins);
  rest.setUint32(place.lessons, lessons);
  rest.setUint8(place.edgeCount, edges.length);
  for (const [bin, edge] of edges.entries()) rest.setFloat32(place.edges + 4 * bin, edge);
  for (let index = 0; index < mostThresholds; index++) {
    const crossing = crossings[index];
    rest.setUint8(place.paths + index, Math.round((crossing?.odds ?? 0) * pathCount));
    if (crossing) writeTimes(rest, place.crossings + 3 * index, forecaster, from, crossing);
  }
}

function readAwaited(rest: DataView, forecaster: Forecaster, index: number): AwaitedCrossing {
  const madeAtMs = rest.getFloat64(place.announcedMs + 8 * index);
  const beyondMs = rest.getFloat64(place.beyondMs + 8 * index);
  return { open: Number.isNaN(madeAtMs) ? undefined : readAnnouncement(rest, forecaster, index, madeAtMs), beyondMs: Number.isNaN(beyondMs) ? undefined : beyondMs };
}

function readAnnouncement(rest: DataView, forecaster: Forecaster, index: number, madeAtMs: number): Announcement {
  const { crossesAtMs, earliestMs, latestMs } = readTimes(rest, place.announced + 3 * index, forecaster, rest.getInt32(place.announcedBin + 4 * index));
  return { madeAtMs, earliestMs: earliestMs!, crossesAtMs: crossesAtMs!, latestMs };
}

function writeAwaited(rest: DataView, forecaster: Forecaster, index: number, { open, beyondMs }: AwaitedCrossing): void {
  rest.setFloat64(place.announcedMs + 8 * index, open?.madeAtMs ?? Number.NaN);
  rest.setFloat64(place.beyondMs + 8 * index, beyondMs ?? Number.NaN);
  if (!open) return;
  const from = binAround(forecaster, open.crossesAtMs);
  rest.setInt32(place.announcedBin + 4 * index, from);
  writeTimes(rest, place.announced + 3 * index, forecaster, from, open);
}

type Times = Pick<Crossing, 'crossesAtMs' | 'earliestMs' | 'latestMs'>;

function readTimes(rest: DataView, at: number, forecaster: Forecaster, from: number): Times {
  const read = (part: number): number | undefined => {
    const bins = rest.getInt8(at + part);
    return bins === none ? undefined : middleOfBin(forecaster, from + bins);
  };
  return { crossesAtMs: read(0), earliestMs: read(1), latestMs: read(2) };
}

function writeTimes(rest: DataView, at: number, forecaster: Forecaster, from: number, { crossesAtMs, earliestMs, latestMs }: Times): void {
  const write = (part: number, timeMs: number | undefined): void => rest.setInt8(at + part, timeMs === undefined ? none : binAround(forecaster, timeMs) - from);
  write(0, crossesAtMs);
  write(1, earliestMs);
  write(2, latestMs);
}

function readWatched(rest: DataView, forecaster: Forecaster): number[] {
  const count = rest.getUint8(place.watchedCount);
  if (count === 0) return [];
  const firstMs = rest.getFloat64(place.watchedMs);
  const stepMs = watchedStride(askedBins(forecaster)) * (middleOfBin(forecaster, 1) - middleOfBin(forecaster, 0));
  const watched: number[] = [];
  for (let index = 0; index < count; index++) {
    const at = place.intervals + 8 * index;
    watched.push(firstMs + index * stepMs, rest.getFloat32(at), rest.getFloat32(at + 4));
  }
  return watched;
}

function writeWatched(rest: DataView, watched: readonly number[]): void {
  const count = watched.length / 3;
  rest.setUint8(place.watchedCount, count);
  if (count > 0) rest.setFloat64(place.watchedMs, watched[0]!);
  for (let index = 0; index < count; index++) {
    const at = place.intervals + 8 * index;
    rest.setFloat32(at, watched[index * 3 + 1]!);
    rest.setFloat32(at + 4, watched[index * 3 + 2]!);
  }
}
