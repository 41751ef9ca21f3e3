/** What the arrival clock decides: windows of silent sources, missing data, policies that are gone. */
import { stepSilence } from '../alarm/step-alarm.js';
import { closeAndJudge, endWatches, lastWindow, pushDecisions, type JudgeContext } from './judge-batch.js';
import { matchLabels, matchResource } from './match-target.js';
import type { PolicyEra } from './policy-set.js';
import { openWindowEnd, type SeriesWatch } from './series-watch.js';
import type { WatchedResource } from './watch-state.js';

const dayMs = 86_400_000;
/** A series that is normal is forgotten after a day of silence: it begins anew when it returns. */
const forgetNormalMs = dayMs;
/** Nobody waits for a series that has been silent for a week: its alarm is resolved, and says so. */
const forgetOpenMs = 7 * dayMs;

/** `idleMs`: how long the rest of a window is waited for once a live source would have sent it. */
export function judgeTick(context: JudgeContext, idleMs: number): void {
  const { state, policies, arrivalMs } = context;
  sweep(context);
  for (const [id, watched] of state.resources) {
    if (watched.nextCheckMs > arrivalMs) continue;
    const era = policies.eraAt(watched.resource.tenant, arrivalMs);
    for (const watch of watched.watches) checkWatch(context, watched, watch, era, idleMs);
    endWatches(context, watched, (watch) => forgotten(watch, arrivalMs));
    watched.nextCheckMs = Math.min(...watched.watches.map((watch) => nextCheckMs(watched, watch, era, idleMs)));
    if (watched.watches.length === 0) state.resources.delete(id);
  }
}

function checkWatch(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch, era: PolicyEra, idleMs: number): void {
  if (closeDueMs(watched, watch, idleMs) <= context.arrivalMs) closeAndJudge(context, watched, watch);
  const policy = era.byName.get(watch.shape.name);
  if (!policy || watch.isSilent) return;
  const atMs = watch.lastArrivalMs + policy.noDataAfterMs;
  if (atMs > context.arrivalMs) return;
  watch.isSilent = true;
  // What is there of the open window is judged first: afterwards it would look like data that returned.
  closeAndJudge(context, watched, watch);
  const { state, changes } = stepSilence(watch.alarm, policy, { atMs, silentMs: policy.noDataAfterMs, lastEndMs: watch.seenToMs });
  watch.alarm = state;
  pushDecisions(context, watched, watch, policy, changes, lastWindow(watch));
}

/**
 * Arrival clock at which an open policy window counts as over although its source is silent: as much time as the window had
 * left when the source was last heard, and `idleMs`. It works the same for live data and for history that is sent now.
 */
function closeDueMs({ sources }: WatchedResource, watch: SeriesWatch, idleMs: number): number {
  const endMs = openWindowEnd(watch);
  if (endMs === undefined) return Infinity;
  const { lastArrivalMs, closedToMs } = sources[watch.source]!;
  return lastArrivalMs + Math.max(0, endMs - Math.max(closedToMs, watch.seenToMs)) + idleMs;
}

function forgotten(watch: SeriesWatch, arrivalMs: number): string | undefined {
  const silentMs = arrivalMs - watch.lastArrivalMs;
  if (silentMs < (watch.alarm.open ? forgetOpenMs : forgetNormalMs)) return undefined;
  return 'nothing has arrived for a week: it is no longer watched';
}

function nextCheckMs(watched: WatchedResource, watch: SeriesWatch, era: PolicyEra, idleMs: number): number {
  const policy = era.byName.get(watch.shape.name);
  const silenceMs = policy && !watch.isSilent ? watch.lastArrivalMs + policy.noDataAfterMs : Infinity;
  const forgetMs = watch.lastArrivalMs + (watch.alarm.open ? forgetOpenMs : forgetNormalMs);
  return Math.min(closeDueMs(watched, watch, idleMs), silenceMs, forgetMs);
}

/** Resolves alarms of policies that were removed, or whose new version watches something else. */
function sweep(context: JudgeContext): void {
  const { state, policies, arrivalMs } = context;
  if (state.sweptSet === policies && !policies.changesBetween(state.sweptToMs, arrivalMs)) {
    state.sweptToMs = Math.max(state.sweptToMs, arrivalMs);
    return;
  }
  state.sweptSet = policies;
  state.sweptToMs = Math.max(state.sweptToMs, arrivalMs);
  for (const [id, watched] of state.resources) {
    const era = policies.eraAt(watched.resource.tenant, arrivalMs);
    endWatches(context, watched, (watch) => unwatchedReason(watched, watch, era));
    // Another version may wait for missing data for another time.
    watched.nextCheckMs = -Infinity;
    if (watched.watches.length === 0) state.resources.delete(id);
  }
}

function unwatchedReason({ resource, attributes }: WatchedResource, watch: SeriesWatch, era: PolicyEra): string | undefined {
  const policy = era.byName.get(watch.shape.name);
  if (!policy) return 'the policy was removed';
  const rules = policy.metric === watch.shape.metric ? matchLabels(policy, watch.labels) : undefined;
  return rules && matchResource(rules, resource, attributes) ? undefined : 'the policy was changed and no longer watches this series';
}
