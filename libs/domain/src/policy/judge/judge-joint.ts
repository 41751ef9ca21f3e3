/** Conditions over several series of one resource: their windows are brought together by time, then judged as one. */
import { stepAlarm } from '../../alarm/step-alarm.js';
import type { CompiledPolicy } from '../compiled-policy.js';
import { aboutWatch, pushDecisions, type JudgeContext } from './judge-context.js';
import { countsFromMs } from '../watch/ended-alarms.js';
import { jointLabels, labelsKey } from '../labels-key.js';
import { tellGroup } from './tell-group.js';
import { closedToMsOf, createSeriesWatch, reshape, type ClosedWindow, type PendingWindow, type SeriesWatch } from '../watch/series-watch.js';
import type { WatchedResource, WatchState } from '../watch/watch-state.js';

/** A source that lags further behind than this is not waited for. */
const mostPending = 16;

/** The watch that the windows of a series go to. */
export function jointWatchOf(state: WatchState, watched: WatchedResource, watch: SeriesWatch, policy: CompiledPolicy): SeriesWatch {
  if (watch.feeds?.joint && watched.watches.includes(watch.feeds)) return watch.feeds;
  const labels = jointLabels(watch.labels, policy.condition?.joint?.byLabels ?? false);
  const key = labelsKey(labels);
  let joint = watched.watches.find((one) => one.joint && one.shape.name === policy.name && labelsKey(one.labels) === key);
  if (!joint) {
    joint = createSeriesWatch({ name: policy.name, metric: policy.metric, windowMs: policy.windowMs, aggregate: policy.aggregate, input: -1 }, labels);
    joint.joint!.judgedToMs = countsFromMs(state, watched.resource, joint);
    watched.watches.push(joint);
  }
  watch.feeds = joint;
  return joint;
}

/** Whether the windows of a watch go to a joint watch; says so too before the first of them comes after a restart. */
export function feedsJoint({ joint, shape, labels }: SeriesWatch, target: SeriesWatch, policy: CompiledPolicy): boolean {
  if (joint || shape.name !== target.shape.name) return false;
  return labelsKey(jointLabels(labels, policy.condition?.joint?.byLabels ?? false)) === labelsKey(target.labels);
}

/** Takes the closed window of one input; it is judged when every source that sends an input has got that far. */
export function feedJoint(state: WatchState, watched: WatchedResource, watch: SeriesWatch, policy: CompiledPolicy, seen: ClosedWindow): void {
  const target = jointWatchOf(state, watched, watch, policy);
  const { pending, judgedToMs } = target.joint!;
  target.lastSampleMs = Math.max(target.lastSampleMs, watch.lastSampleMs);
  if (seen.endMs <= judgedToMs) return;
  let place = pending.length;
  while (place > 0 && pending[place - 1]!.endMs > seen.endMs) place--;
  let window = pending[place - 1];
  if (window?.endMs !== seen.endMs) {
    window = { endMs: seen.endMs, windowMs: policy.windowMs, values: policy.inputs.map(() => []), ...(policy.condition?.joint?.keepsLabels && { labels: policy.inputs.map(() => []) }) };
    pending.splice(place, 0, window);
  }
  window.values[watch.shape.input]?.push(seen.value);
  window.labels?.[watch.shape.input]?.push(watch.labels);
}

/** Judges the windows of a joint watch that are complete. `idleMs`: see judgeTick; Infinity: sources are waited for. */
export function settleJoint(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch, idleMs: number): void {
  const { pending } = watch.joint!;
  while (pending.length > 0) {
    const [first] = pending;
    if (pending.length <= mostPending && settlesAtMs(watched, watch, first!, idleMs) > context.arrivalMs) return;
    pending.shift();
    judgePending(context, watched, watch, first!);
  }
}

/** Arrival clock at which a window counts as complete: -Infinity once every source of an input has closed it. */
export function settlesAtMs({ sources, watches }: WatchedResource, joint: SeriesWatch, { endMs, windowMs }: PendingWindow, idleMs: number): number {
  let atMs = -Infinity;
  for (const watch of watches) {
    if (watch.joint || watch.shape.name !== joint.shape.name) continue;
    const { lastArrivalMs } = sources[watch.source]!;
    const closedToMs = closedToMsOf(watch, sources[watch.source]!);
    if (closedToMs < endMs) atMs = Math.max(atMs, lastArrivalMs + endMs - Math.max(closedToMs, endMs - windowMs) + idleMs);
  }
  return atMs;
}

function judgePending(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch, { endMs, windowMs, values, labels }: PendingWindow): void {
  const { joint } = watch;
  joint!.judgedToMs = endMs;
  watch.seenToMs = endMs;
  const policy = context.policies.eraAt(watched.resource.tenant, endMs).byName.get(watch.shape.name);
  if (!policy?.isJoint || policy.windowMs !== windowMs || policy.inputs.length !== values.length) return;
  const { aggregate } = policy;
  if (watch.shape.windowMs !== windowMs || watch.shape.aggregate !== aggregate) reshape(watch, { ...watch.shape, windowMs, aggregate });
  context.out.judged++;
  const { joint: condition, group } = policy.condition!;
  if (group) return tellGroup(context, watched, watch, policy, { endMs, counts: group.counts(values[0]!) });
  const verdict = condition!.judge(values, labels);
  if (!verdict) return;
  const seen = { startMs: endMs - windowMs, endMs, ...verdict };
  context.out.onJudged?.(seen.value, endMs, aboutWatch(watched, watch));
  const { state, changes } = stepAlarm(watch.alarm, policy, seen);
  watch.alarm = state;
  pushDecisions(context, watched, watch, policy, changes, seen);
}
