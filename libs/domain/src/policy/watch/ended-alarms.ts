/**
 * Alarms that ended because their series was no longer watched. Windows know nothing of such an end: where the series is
 * watched again, those of before would open the very occurrence that people were told is over, and nobody would be told.
 */
import type { Resource } from '@opsloop/contracts';
import { shortHash } from '../../notice/identity-of.js';
import { labelsKey } from '../labels-key.js';
import { judgedToMs, type SeriesWatch } from './series-watch.js';
import type { WatchState } from './watch-state.js';

/** Of one partition. The oldest give way: theirs is the history that is least likely to be read again. */
export const mostEndedAlarms = 10_000;

/** Remembers how far the series of a watch that ends was judged, where people were told of an alarm of it. */
export function noteEndedAlarm({ endedAlarms }: WatchState, resource: Resource, watch: SeriesWatch): void {
  if (!watch.alarm.open && watch.alarm.changesMs.length === 0) return;
  const key = keyOf(resource, watch);
  endedAlarms.delete(key);
  endedAlarms.set(key, Math.max(judgedToMs(watch), watch.aheadToMs));
  if (endedAlarms.size > mostEndedAlarms) endedAlarms.delete(endedAlarms.keys().next().value!);
}

/** No window of the series that begins earlier counts, event time, ms; -Infinity: all do. */
export function countsFromMs({ endedAlarms }: WatchState, resource: Resource, watch: SeriesWatch): number {
  if (endedAlarms.size === 0) return -Infinity;
  const endedMs = endedAlarms.get(keyOf(resource, watch)) ?? -Infinity;
  const { windowMs } = watch.shape;
  return Math.ceil(endedMs / windowMs) * windowMs;
}

/** What tells occurrences apart but for their time. */
function keyOf(resource: Resource, { shape, labels }: SeriesWatch): string {
  return shortHash(shape.name, resource.id, labelsKey(labels));
}
