/** One series under one policy: adds base windows up to the policy's window, and remembers the alarm. Changed in place. */
import type { Labels, WindowBatch } from '@opsloop/contracts';
import { normalAlarm, type AlarmState } from '../../alarm/alarm-state.js';
import type { SeriesCondition } from '../../condition/condition.js';
import type { CompiledInput } from '../compiled-policy.js';

/** What the sums of a watch depend on; of a compiled policy, or of the checkpoint that it came from. */
export type WatchShape = Pick<CompiledInput, 'name' | 'metric' | 'windowMs' | 'aggregate' | 'input'>;

/** What a condition remembers of a series; or what one of this key had encoded, until it is needed. */
export type WatchMemory = { readonly condition: SeriesCondition; readonly data: unknown } | { readonly condition: undefined; readonly data: unknown; readonly key: string };

export function memoryKey(memory: WatchMemory): string {
  return memory.condition ? memory.condition.key : memory.key;
}

/** A window that the inputs of a resource share: by input, the values of its series. */
export interface PendingWindow {
  readonly endMs: number;
  /** Of the version that it was made for. */
  readonly windowMs: number;
  readonly values: number[][];
  /** Whose they are; only of conditions that ask. */
  readonly labels?: Labels[][];
}

/** The inputs of one policy on one resource, taken together. */
export interface JointWindows {
  /** Ascending; not yet judged. */
  readonly pending: PendingWindow[];
  /** Nothing that ends by then counts any more, event time, ms. */
  judgedToMs: number;
  /** What the group was told of the resource. */
  told: { readonly group: string; readonly counts: boolean; readonly atMs: number } | undefined;
}

/** A series that began and whose history is waited for. */
export interface WatchBirth {
  /** Start of its first policy window, event time, ms. */
  readonly bornMs: number;
  /** The windows that were judged since, oldest first. */
  readonly windows: ClosedWindow[];
}

/** What is certain of a policy window that is not judged yet: some sample of it lay beyond a threshold. */
export interface EarlyPeak {
  /** End of the policy window, event time, ms. */
  readonly endMs: number;
  /** The greatest value for thresholds that look upwards, else the least. */
  readonly value: number;
  /** Event time of the sample, ms. */
  readonly sampleMs: number;
}

export interface SeriesWatch {
  shape: WatchShape;
  readonly labels: Labels;
  /** Index into the sources of its resource: who sent its newest window. */
  source: number;
  /** End of the newest base window, or of the policy window that was closed: nothing that begins earlier counts. Event time, ms. */
  seenToMs: number;
  /** End of the newest base window that came, event time, ms: what begins earlier is a correction. */
  addedToMs: number;
  /** How far its source had closed beyond the start of its base windows when they came late, ms: the most of the policy window that is open. */
  lagMs: number;
  /** The same of the policy window before. */
  formerLagMs: number;
  /** Sum, least, greatest or last value of the policy window that is open; means nothing while count is 0. */
  value: number;
  count: number;
  /** Of a mean: what all samples of the open policy window are, NaN where they differ; means nothing while count is 0. */
  same: number;
  /** Event time of the newest sample, ms. */
  lastSampleMs: number;
  /** Arrival clock of its newest window, ms. */
  lastArrivalMs: number;
  /** How many steps of its silence have been judged: 0 while it is heard, 1 once it is missing. */
  silences: number;
  alarm: AlarmState;
  /** Ascending; undefined while there is none. */
  early: readonly EarlyPeak[] | undefined;
  /** End of the policy window that the alarm was raised for before the window was judged, event time, ms. */
  aheadToMs: number;
  memory: WatchMemory | undefined;
  /** Of a watch of input -1. */
  readonly joint: JointWindows | undefined;
  /** Set while its history is waited for. */
  birth: WatchBirth | undefined;
  /** The watch that its windows go to; found again after a checkpoint was read. */
  feeds: SeriesWatch | undefined;
}

export interface ClosedWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly value: number;
}

export function createSeriesWatch(shape: WatchShape, labels: Labels): SeriesWatch {
  return { shape, labels, source: 0, seenToMs: -Infinity, addedToMs: -Infinity, lagMs: 0, formerLagMs: 0, value: 0, count: 0, same: NaN, lastSampleMs: 0, lastArrivalMs: 0, silences: 0, alarm: normalAlarm, early: undefined, aheadToMs: -Infinity, memory: undefined, birth: undefined, joint: shape.input < 0 ? { pending: [], judgedToMs: -Infinity, told: undefined } : undefined, feeds: undefined };
}

/** End of the policy window that is open, event time, ms; undefined when none is. */
export function openWindowEnd(watch: SeriesWatch): number | undefined {
  if (watch.count === 0) return undefined;
  const { windowMs } = watch.shape;
  return Math.ceil(watch.seenToMs / windowMs) * windowMs;
}

/**
 * How far a source has closed a series, event time, ms. One that comes later than the others of its source, by another
 * agent or from a device that is slow, has its windows closed before they come: it is waited for, as long as it needed of late.
 */
export function closedToMsOf({ lagMs, formerLagMs }: SeriesWatch, source: { readonly closedToMs: number }): number {
  return source.closedToMs - Math.max(lagMs, formerLagMs);
}

/** Notes how late the newest base window of a series has come: the next one may take as long, and its source is a window further by then. */
export function noteLag(watch: SeriesWatch, { startMs, widthMs, closedToMs, correction }: WindowBatch): void {
  watch.addedToMs = startMs + widthMs;
  if (correction) watch.lagMs = Math.max(watch.lagMs, closedToMs - startMs);
}

/** Everything of the series that ends by then is judged, event time, ms. */
export function judgedToMs(watch: SeriesWatch): number {
  const endMs = openWindowEnd(watch);
  return endMs === undefined ? watch.seenToMs : endMs - watch.shape.windowMs;
}

/**
 * Another version of its policy. What was added up and raised for another window or aggregate is of no use to it, and what
 * is left of the window that is under way tells nothing of the whole: it begins with the next one.
 */
export function reshape(watch: SeriesWatch, shape: WatchShape): void {
  if (watch.shape.windowMs !== shape.windowMs || watch.shape.aggregate !== shape.aggregate) {
    watch.count = 0;
    watch.early = undefined;
    watch.aheadToMs = -Infinity;
    watch.seenToMs = Math.ceil(watch.seenToMs / shape.windowMs) * shape.windowMs;
  }
  watch.shape = shape;
}

/** Adds one base window; those of earlier policy windows must have been closed before. */
export function addBaseWindow(watch: SeriesWatch, batch: WindowBatch, column: number): void {
  const isFirst = watch.count === 0;
  const least = batch.min[column]!;
  watch.same = least === batch.max[column] && (isFirst || least === watch.same) ? least : NaN;
  switch (watch.shape.aggregate) {
    case 'AVG':
    case 'SUM':
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
  const value = watch.shape.aggregate === 'AVG' ? meanOf(watch) : watch.value;
  watch.count = 0;
  watch.seenToMs = endMs;
  watch.formerLagMs = watch.lagMs;
  watch.lagMs = 0;
  return { startMs: endMs - watch.shape.windowMs, endMs, value };
}

/** The sum of equal values has a rest of rounding: the mean of many a 99.9 would lie below 99.9. */
function meanOf({ value, count, same }: SeriesWatch): number {
  return Number.isNaN(same) ? value / count : same;
}
