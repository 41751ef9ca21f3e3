/** What the arrival clock decides: windows of silent sources, missing data, policies that are gone. */
import { formatDuration } from '@opsloop/contracts';
import { stepAlarm, stepSilence } from '../../alarm/step-alarm.js';
import type { CompiledPolicy } from '../compiled-policy.js';
import { endWatches } from './end-watches.js';
import { closeAndJudge } from './judge-batch.js';
import { lastWindow, pushDecisions, type JudgeContext } from './judge-context.js';
import { feedsJoint, settleJoint, settlesAtMs } from './judge-joint.js';
import { matchLabels, matchResource, mayMatchResource } from '../match-target.js';
import type { PolicyEra } from '../policy-set.js';
import { closedToMsOf, openWindowEnd, type SeriesWatch } from '../watch/series-watch.js';
import { watchesSeries } from './still-watched.js';
import { applySeeds } from './seed-watches.js';
import { leaveGroup } from './tell-group.js';
import type { WatchedResource } from '../watch/watch-state.js';

const dayMs = 86_400_000;
/** A series that is normal is forgotten after a day in which its silence decides nothing any more: it begins anew when it returns. */
const forgetNormalMs = dayMs;
/** Nobody waits for a series whose silence has decided nothing for a week: its alarm is resolved, and says so. */
const forgetOpenMs = 7 * dayMs;

/** `idleMs`: how long the rest of a window is waited for once a live source would have sent it. */
export function judgeTick(context: JudgeContext, idleMs: number): void {
  const { state, policies, arrivalMs } = context;
  sweep(context);
  if (state.seeds?.ready.length) applySeeds(context);
  for (const [id, watched] of state.resources) {
    if (watched.nextCheckMs > arrivalMs) continue;
    const era = policies.eraAt(watched.resource.tenant, arrivalMs);
    for (const watch of watched.watches) if (closeDueMs(watched, watch, idleMs) <= arrivalMs) closeAndJudge(context, watched, watch);
    for (const watch of watched.watches) checkWatch(context, watched, watch, era, idleMs);
    endWatches(context, watched, (watch) => forgotten(watch, era, arrivalMs));
    watched.nextCheckMs = Math.min(...watched.watches.map((watch) => nextCheckMs(watched, watch, era, idleMs)));
    if (watched.watches.length === 0) state.resources.delete(id);
  }
}

function checkWatch(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch, era: PolicyEra, idleMs: number): void {
  if (watch.joint) settleJoint(context, watched, watch, idleMs);
  const policy = era.byName.get(watch.shape.name);
  if (!policy || isPart(policy, watch)) return;
  if (policy.condition?.silences) return judgeAbsence(context, watched, watch, policy);
  judgeMissing(context, watched, watch, policy);
}

/** `fromMs`: nothing is dated earlier, arrival clock, ms. */
function judgeMissing(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch, policy: CompiledPolicy, fromMs = -Infinity): void {
  const atMs = Math.max(watch.lastArrivalMs + policy.noDataAfterMs, fromMs);
  if (watch.silences > 0 || atMs > context.arrivalMs) return;
  watch.silences = 1;
  if (policy.condition?.group) return leaveGroup(context, watched, watch, watch.seenToMs);
  // What is there of the open window is judged first: afterwards it would look like data that returned.
  closeAndJudge(context, watched, watch);
  const { state, changes } = stepSilence(watch.alarm, policy, { atMs, silentMs: policy.noDataAfterMs, lastEndMs: watch.seenToMs });
  watch.alarm = state;
  pushDecisions(context, watched, watch, policy, changes, lastWindow(watch));
}

/** The series of a policy that judges them together have no alarms of their own. */
function isPart(policy: CompiledPolicy, watch: SeriesWatch): boolean {
  return policy.isJoint && !watch.joint;
}

/** Each level of an absence is reached at its own time, however late the tick comes. */
function judgeAbsence(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch, policy: CompiledPolicy): void {
  for (const { afterMs } of policy.condition!.silences!.slice(watch.silences)) {
    const atMs = watch.lastArrivalMs + afterMs;
    if (atMs > context.arrivalMs) return;
    closeAndJudge(context, watched, watch);
    watch.silences++;
    // The window that was closed, or that a clock which is ahead has sent, may end after the silence has lasted long enough.
    const startMs = Math.min(watch.seenToMs, watch.lastArrivalMs);
    const { state, changes } = stepAlarm(watch.alarm, policy, { startMs, endMs: atMs, value: afterMs / 1000, measured: () => `nothing of ${policy.metric} has arrived for ${formatDuration(afterMs)}` });
    watch.alarm = state;
    pushDecisions(context, watched, watch, policy, changes, lastWindow(watch));
  }
}

/**
 * Arrival clock at which an open policy window counts as over although its source is silent: as much time as the window had
 * left when the source was last heard, and `idleMs`. It works the same for live data and for history that is sent now.
 */
function closeDueMs({ sources }: WatchedResource, watch: SeriesWatch, idleMs: number): number {
  const endMs = openWindowEnd(watch);
  if (endMs === undefined) return Infinity;
  const source = sources[watch.source]!;
  return source.lastArrivalMs + Math.max(0, endMs - Math.max(closedToMsOf(watch, source), watch.seenToMs)) + idleMs;
}

function forgotten(watch: SeriesWatch, era: PolicyEra, arrivalMs: number): string | undefined {
  const silentMs = arrivalMs - watch.lastArrivalMs;
  if (silentMs < forgetNormalMs || silentMs < forgetAfterMs(watch, era.byName.get(watch.shape.name))) return undefined;
  return 'nothing has arrived for a week: it is no longer watched';
}

function forgetAfterMs(watch: SeriesWatch, policy: CompiledPolicy | undefined): number {
  return patienceMs(policy) + (watch.alarm.open ? forgetOpenMs : forgetNormalMs);
}

/** The longest silence that decides anything under a policy, ms. Members leave their group after it, whatever is said of missing data. */
function patienceMs(policy: CompiledPolicy | undefined): number {
  const { silences, group } = policy?.condition ?? {};
  if (silences) return silences.at(-1)?.afterMs ?? 0;
  return policy && (group || policy.noData !== 'keep-last') ? policy.noDataAfterMs : 0;
}

function nextCheckMs(watched: WatchedResource, watch: SeriesWatch, era: PolicyEra, idleMs: number): number {
  const policy = era.byName.get(watch.shape.name);
  const silenceMs = policy && !isPart(policy, watch) ? watch.lastArrivalMs + nextSilenceMs(policy, watch) : Infinity;
  const forgetMs = watch.lastArrivalMs + forgetAfterMs(watch, policy);
  const settleMs = watch.joint?.pending[0] ? settlesAtMs(watched, watch, watch.joint.pending[0], idleMs) : Infinity;
  return Math.min(closeDueMs(watched, watch, idleMs), silenceMs, settleMs, forgetMs);
}

function nextSilenceMs(policy: CompiledPolicy, watch: SeriesWatch): number {
  const { silences } = policy.condition ?? {};
  if (silences) return silences[watch.silences]?.afterMs ?? Infinity;
  return watch.silences > 0 ? Infinity : policy.noDataAfterMs;
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
    for (const watch of watched.watches) if (watch.silences > 0) judgeMissingAgain(context, watched, watch, era);
    // Another version may wait for missing data for another time.
    watched.nextCheckMs = -Infinity;
    if (watched.watches.length === 0) state.resources.delete(id);
  }
}

/** Another version may say something else of a silence that was judged already; the same one says nothing new. */
function judgeMissingAgain(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch, era: PolicyEra): void {
  const policy = era.byName.get(watch.shape.name);
  if (!policy || policy.condition?.silences || isPart(policy, watch)) return;
  watch.silences = 0;
  judgeMissing(context, watched, watch, policy, context.arrivalMs);
}

function unwatchedReason(watched: WatchedResource, watch: SeriesWatch, era: PolicyEra): string | undefined {
  const policy = era.byName.get(watch.shape.name);
  if (!policy) return 'the policy was removed';
  const isWatched = watch.joint ? watchesJoint(watched, watch, policy) : keepsWatch(watched, watch, policy);
  return isWatched ? undefined : 'the policy was changed and no longer watches this series';
}

function keepsWatch(watched: WatchedResource, watch: SeriesWatch, policy: CompiledPolicy): boolean {
  return !(policy.isJoint && watch.alarm.open) && watchesSeries(policy, { ...watched, ...watch });
}

/** What neither its labels nor the resource say, the labels of its inputs do; those that were forgotten said it before. */
function watchesJoint(watched: WatchedResource, watch: SeriesWatch, policy: CompiledPolicy): boolean {
  if (!policy.isJoint || policy.metric !== watch.shape.metric) return false;
  const rules = matchLabels(policy, watch.labels, { totalsOnly: false });
  if (!rules || !mayMatchResource({ match: rules }, watched.resource, watched.attributes)) return false;
  if (matchResource(rules, watched.resource, watched.attributes)) return true;
  const inputs = watched.watches.filter((one) => feedsJoint(one, watch, policy));
  return inputs.length === 0 || inputs.some((one) => keepsWatch(watched, one, policy));
}
