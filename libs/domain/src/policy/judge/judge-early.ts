/**
 * Early decisions: what can no longer be undone inside a window is told before the window ends, and dated by its end, as
 * it is when closed windows tell it. The closed windows that follow confirm it, and change nothing that they would not.
 */
import type { WindowBatch } from '@opsloop/contracts';
import type { AlarmStep } from '../../alarm/alarm-state.js';
import { raiseAlarm, stepAlarm, type SeenWindow } from '../../alarm/step-alarm.js';
import type { CompiledPolicy } from '../compiled-policy.js';
import { holds } from '../compiled-threshold.js';
import { earlyDirection } from './early-direction.js';
import { pushDecisions, type JudgeContext } from './judge-context.js';
import { closedToMsOf, judgedToMs, openWindowEnd, type EarlyPeak, type SeriesWatch } from '../watch/series-watch.js';
import type { WatchedResource } from '../watch/watch-state.js';

/** Takes a base window, closed or open, whose samples may lie beyond a threshold of its policy window. */
export function noteEarly(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch, policy: CompiledPolicy, batch: WindowBatch, column: number): void {
  const direction = earlyDirection(policy);
  if (!direction) return;
  const value = (direction === 'up' ? batch.max : batch.min)[column]!;
  if (!holds(policy.thresholds[0]!.comparison!, value)) return;
  const endMs = Math.ceil((batch.startMs + batch.widthMs) / policy.windowMs) * policy.windowMs;
  const known = watch.early?.find((peak) => peak.endMs === endMs);
  const isFurther = !known || (direction === 'up' ? value > known.value : value < known.value);
  if (isFurther) {
    const others = watch.early?.filter((peak) => peak.endMs !== endMs) ?? [];
    watch.early = [...others, { endMs, value, sampleMs: batch.lastTimeMs[column]! }].toSorted((a, b) => a.endMs - b.endMs);
  }
  // While its history is read, it is not known since when an alarm is open.
  if (!watch.birth || !batch.provisional) raiseEarly(context, watched, watch);
}

/** Steps over a closed window. An alarm that was raised for a later one already is not touched by those before it. */
export function stepWatch(watch: SeriesWatch, policy: CompiledPolicy, seen: SeenWindow): AlarmStep {
  if (seen.endMs >= watch.aheadToMs) {
    watch.aheadToMs = -Infinity;
    return stepAlarm(watch.alarm, policy, seen);
  }
  const { open, changesMs } = watch.alarm;
  const { state } = stepAlarm({ ...watch.alarm, open: undefined }, policy, seen);
  return { state: { ...state, open, changesMs }, changes: [] };
}

/** Raises what is certain by now; called again whenever a window of the series was judged, and when its history was read. */
export function raiseEarly(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch): void {
  const left = watch.early?.filter(({ endMs }) => endMs > judgedToMs(watch));
  watch.early = left && left.length > 0 ? left : undefined;
  for (const peak of watch.early ?? []) {
    const policy = context.policies.eraAt(watched.resource.tenant, peak.endMs).byName.get(watch.shape.name);
    if (!policy || policy.windowMs !== watch.shape.windowMs || policy.metric !== watch.shape.metric || policy.aggregate !== watch.shape.aggregate || !earlyDirection(policy)) continue;
    const before = windowsBefore(watched, watch, policy, peak);
    if (!before) continue;
    const seen = windowOf(peak, policy);
    const { state, changes } = raiseAlarm(watch.alarm, policy, seen, before);
    if (changes.length === 0) continue;
    watch.alarm = state;
    watch.aheadToMs = peak.endMs;
    pushDecisions(context, watched, { ...watch, lastSampleMs: peak.sampleMs }, policy, changes, seen);
  }
}

/**
 * The windows between those that are judged and this one, as far as they matter; undefined while it is open whether one
 * of them matches. Where one window is enough to open an alarm, a window before it that had nothing to tell is taken for
 * what it is: the aggregator told of this one when it expected no more for those before.
 */
function windowsBefore({ sources }: WatchedResource, watch: SeriesWatch, policy: CompiledPolicy, { endMs }: EarlyPeak): SeenWindow[] | undefined {
  const { windowMs } = policy;
  // A window that is over, but added to and not judged yet, can still lower the level: what follows it is raised once it is judged.
  const knownToMs = openWindowEnd(watch) === undefined ? Math.max(closedToMsOf(watch, sources[watch.source]!), watch.seenToMs) : judgedToMs(watch);
  const before: SeenWindow[] = [];
  for (let startMs = endMs - windowMs; startMs > knownToMs; startMs -= windowMs) {
    const peak = watch.early!.find((one) => one.endMs === startMs);
    if (!peak) {
      const isFree = policy.holdMs <= windowMs && !watch.alarm.open && watch.alarm.pendingSinceMs === undefined;
      return isFree ? [] : undefined;
    }
    // A LAST that lay beyond the threshold may lie on this side of it when its window ends, and a milder window lowers the level.
    if (policy.aggregate === 'LAST' || !keepsLevel(watch, policy, peak)) return undefined;
    before.unshift(windowOf(peak, policy));
  }
  return before;
}

function keepsLevel({ alarm: { open } }: SeriesWatch, { thresholds }: CompiledPolicy, { value }: EarlyPeak): boolean {
  return !open || thresholds.some(({ level, comparison }) => level === open.level && holds(comparison!, value));
}

function windowOf({ endMs, value }: EarlyPeak, { windowMs }: CompiledPolicy): SeenWindow {
  return { startMs: endMs - windowMs, endMs, value };
}
