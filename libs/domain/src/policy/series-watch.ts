/** One series under one policy: adds base windows up to the policy's window, and remembers the alarm. Changed in place. */
import type { Labels, WindowBatch } from '@opsloop/contracts';
import { normalAlarm, type AlarmState } from '../alarm/alarm-state.js';
import type { CompiledPolicy } from './compiled-policy.js';

/** What the sums of a watch depend on; of a compiled policy, or of the checkpoint that it came from. */
export type WatchShape = Pick<CompiledPolicy, 'name' | 'metric' | 'windowMs' | 'aggregate'>;

export interface SeriesWatch {
  shape: WatchShape;
  readonly labels: Labels;
  /** Index into the sources of its resource: who sent its newest window. */
  source: number;
  /** End of the newest base window, or of the policy window that was closed: nothing that begins earlier counts. Event time, ms. */
  seenToMs: number;
  /** Sum, least, greatest or last value of the policy window that is open; means nothing while count is 0. */
  value: number;
  count: number;
  /** Event time of the newest sample, ms. */
  lastSampleMs: number;
  /** Arrival clock of its newest window, ms. */
  lastArrivalMs: number;
  /** Its silence has been judged. */
  isSilent: boolean;
  alarm: AlarmState;
}

export interface ClosedWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly value: number;
}

export function createSeriesWatch(shape: WatchShape, labels: Labels): SeriesWatch {
  return { shape, labels, source: 0, seenToMs: -Infinity, value: 0, count: 0, lastSampleMs: 0, lastArrivalMs: 0, isSilent: false, alarm: normalAlarm };
}

/** End of the policy window that is open, event time, ms; undefined when none is. */
export function openWindowEnd(watch: SeriesWatch): number | undefined {
  if (watch.count === 0) return undefined;
  const { windowMs } = watch.shape;
  return Math.ceil(watch.seenToMs / windowMs) * windowMs;
}

/** Another version of its policy. Sums that were made for another window or aggregate are of no use to it. */
export function reshape(watch: SeriesWatch, shape: WatchShape): void {
  if (watch.shape.windowMs !== shape.windowMs || watch.shape.aggregate !== shape.aggregate) watch.count = 0;
  watch.shape = shape;
}

/** Adds one base window; those of earlier policy windows must have been closed before. */
export function addBaseWindow(watch: SeriesWatch, batch: WindowBatch, column: number): void {
  const isFirst = watch.count === 0;
  switch (watch.shape.aggregate) {
    case 'AVG':
      watch.value = batch.sum[column]! + (isFirst ? 0 : watch.value);
      break;
    case 'MIN':
      watch.value = isFirst ? batch.min[column]! : Math.min(watch.value, batch.min[column]!);
      break;
    case 'MAX':
      watch.value = isFirst ? batch.max[column]! : Math.max(watch.value, batch.max[column]!);
      break;
    case 'LAST':
      watch.value = batch.last[column]!;
      break;
  }
  watch.count += batch.count[column]!;
  watch.lastSampleMs = batch.lastTimeMs[column]!;
  watch.seenToMs = batch.startMs + batch.widthMs;
}

/** Closes the policy window that is open and gives its value; nothing before its end counts from then on. */
export function closeWindow(watch: SeriesWatch): ClosedWindow | undefined {
  const endMs = openWindowEnd(watch);
  if (endMs === undefined) return undefined;
  const value = watch.shape.aggregate === 'AVG' ? watch.value / watch.count : watch.value;
  watch.count = 0;
  watch.seenToMs = endMs;
  return { startMs: endMs - watch.shape.windowMs, endMs, value };
}
