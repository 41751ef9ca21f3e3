/** Judges the windows of a resource by every policy that watches it. */
import type { WindowBatch } from '@opsloop/contracts';
import type { Verdict } from '../../condition/condition.js';
import type { CompiledPolicy } from '../compiled-policy.js';
import { endWatches } from './end-watches.js';
import { countsFromMs } from '../watch/ended-alarms.js';
import { noteScored, withForecast } from '../watch/forecast-scores.js';
import { aboutWatch, pushDecisions, type JudgeContext } from './judge-context.js';
import { noteEarly, raiseEarly, stepWatch } from './judge-early.js';
import { feedJoint, jointWatchOf, settleJoint } from './judge-joint.js';
import { matchResource } from '../match-target.js';
import { noteBirth, noteLiveWindow } from './seed-watches.js';
import { addBaseWindow, closedToMsOf, closeWindow, createSeriesWatch, noteLag, openWindowEnd, reshape, type ClosedWindow, type SeriesWatch } from '../watch/series-watch.js';
import { stillWatched } from './still-watched.js';
import { learnsAnew, stepMemory } from './step-memory.js';
import { bindPlan, planOf, type PlannedPolicy, type PlannedSeries } from '../watch/watch-plan.js';
import type { WatchedResource, WatchedSource, WatchState } from '../watch/watch-state.js';

/**
 * The first revision of a series' window is judged, also one that comes as a correction since its source had closed the
 * window for others; what corrects it changes history only.
 */
export function judgeBatch(context: JudgeContext, batch: WindowBatch): void {
  if (batch.provisional) return;
  const { state, policies, arrivalMs } = context;
  const { tenant, id } = batch.resource;
  const era = policies.eraAt(tenant, batch.startMs + batch.widthMs);
  const plan = planOf(state.plans, era, batch.dictionary);
  const known = state.resources.get(id);
  if (!known && plan.size === 0) return;
  const alive = policies.eraAt(tenant, arrivalMs);
  const planned = alive === era ? plan.policies : stillWatched(plan.policies, alive, batch);
  const wanted = planned.filter(({ rules }) => matchResource(rules, batch.resource, batch.attributes));
  if (!known && wanted.length === 0) return;
  const watched = known ?? watchResource(state, batch);
  const index = sourceOf(watched, batch.source);
  const source = watched.sources[index]!;
  watched.resource = batch.resource;
  watched.attributes = batch.attributes;
  source.lastArrivalMs = Math.max(source.lastArrivalMs, arrivalMs);
  source.closedToMs = Math.max(source.closedToMs, batch.closedToMs);
  if (wanted.length < planned.length) endUnwanted(context, watched, index, planned, wanted);
  if (source.plan !== plan) {
    source.plan = plan;
    source.bound = bindPlan(plan, watched.watches);
  }
  for (const one of wanted) addSeries(context, watched, index, one, batch);
  closeWhatEnded(context, watched, index);
  const hasJoint = watched.watches.some((watch) => watch.joint);
  if (hasJoint) for (const watch of watched.watches) if (watch.joint) settleJoint(context, watched, watch, Infinity);
}

/** Judges the policy windows of a source that end before what is still to come of it. */
export function closeWhatEnded(context: JudgeContext, watched: WatchedResource, source: number): void {
  const from = watched.sources[source]!;
  for (const watch of watched.watches) {
    const endMs = openWindowEnd(watch);
    if (watch.source === source && endMs !== undefined && endMs <= closedToMsOf(watch, from)) closeAndJudge(context, watched, watch);
  }
}

function watchResource(state: WatchState, batch: WindowBatch): WatchedResource {
  const watched: WatchedResource = { resource: batch.resource, attributes: batch.attributes, sources: [], watches: [], nextCheckMs: -Infinity };
  state.resources.set(batch.resource.id, watched);
  return watched;
}

function sourceOf({ sources }: WatchedResource, name: string): number {
  const known = sources.findIndex((source) => source.name === name);
  if (known >= 0) return known;
  const added: WatchedSource = { name, lastArrivalMs: -Infinity, closedToMs: -Infinity, plan: undefined, bound: [] };
  return sources.push(added) - 1;
}

function addSeries(context: JudgeContext, watched: WatchedResource, source: number, { policy, series }: PlannedPolicy, batch: WindowBatch): void {
  if (policy.windowMs % batch.widthMs !== 0) {
    context.out.misfit += series.length;
    return;
  }
  const { bound } = watched.sources[source]!;
  for (const planned of series) {
    const column = columnOf(batch, planned.slot);
    if (column < 0 || !(batch.count[column]! > 0)) continue;
    const watch = (bound[planned.index] ??= addWatch(context.state, watched, policy, planned, batch.startMs));
    addColumn(context, watched, watch, { policy, planned, source, column, batch });
  }
}

function addWatch(state: WatchState, watched: WatchedResource, policy: CompiledPolicy, { input, labels }: PlannedSeries, startMs: number): SeriesWatch {
  const watch = createSeriesWatch(input, labels);
  watch.seenToMs = watch.addedToMs = countsFromMs(state, watched.resource, watch);
  watched.watches.push(watch);
  noteBirth(state, watched, watch, policy, startMs);
  return watch;
}

function addColumn(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch, seen: { policy: CompiledPolicy; planned: PlannedSeries; source: number; column: number; batch: WindowBatch }): void {
  const { policy, batch } = seen;
  const { input } = seen.planned;
  watch.lastArrivalMs = context.arrivalMs;
  watch.silences = 0;
  watch.source = seen.source;
  if (policy.isJoint) hearJoint(context, watched, watch, policy);
  watched.nextCheckMs = Math.min(watched.nextCheckMs, context.arrivalMs);
  if (batch.startMs < watch.seenToMs) {
    context.out.repeated++;
    if (batch.startMs >= watch.addedToMs) noteLag(watch, batch);
    return;
  }
  if (watch.shape !== input) reshape(watch, input);
  if (batch.startMs < watch.seenToMs) return noteLag(watch, batch);
  // Windows of a source come in order: one that begins behind the open policy window is the end of it.
  if (batch.startMs >= (openWindowEnd(watch) ?? Infinity)) closeAndJudge(context, watched, watch);
  addBaseWindow(watch, batch, seen.column);
  noteLag(watch, batch);
  noteEarly(context, watched, watch, policy, batch, seen.column);
}

/** The column of a slot, or -1. Slots ascend. */
export function columnOf({ slots, count }: WindowBatch, slot: number): number {
  if (!slots) return slot < count.length ? slot : -1;
  let low = 0;
  let high = slots.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = slots[middle]!;
    if (found === slot) return middle;
    if (found < slot) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The window is judged by the version in force at its end; one of another shape has no such window. */
export function closeAndJudge(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch): void {
  const { windowMs, aggregate, name, metric, input } = watch.shape;
  const seen = closeWindow(watch);
  if (!seen) return;
  const policy = context.policies.eraAt(watched.resource.tenant, seen.endMs).byName.get(name);
  const now = policy?.inputs[input];
  if (!policy || !now || now.windowMs !== windowMs || now.aggregate !== aggregate || now.metric !== metric) return;
  if (policy.isJoint) return feedJoint(context.state, watched, watch, policy, seen);
  context.out.judged++;
  if (learnsAnew(watch, policy)) noteBirth(context.state, watched, watch, policy, seen.startMs);
  if (watch.birth) noteLiveWindow(context.state, watch, seen);
  let judged: ClosedWindow & Partial<Verdict> = seen;
  if (policy.condition) {
    const verdict = stepMemory(watch, policy, seen, context.state.slots);
    if (!verdict) return;
    judged = { ...seen, ...verdict };
  }
  context.out.onJudged?.(judged.value, seen.endMs, aboutWatch(watched, watch));
  if (judged.band) context.out.onForecast?.(judged.band, aboutWatch(watched, watch));
  if (judged.scored) {
    noteScored(context.state.forecastScores, policy, judged.scored, context.arrivalMs);
    context.out.onScored?.(judged.scored, seen.endMs);
  }
  const { state, changes } = stepWatch(watch, policy, judged);
  watch.alarm = state;
  pushDecisions(context, watched, watch, policy, withForecast(context.state.forecastScores, policy, judged, changes), seen);
  if (watch.early) raiseEarly(context, watched, watch);
}

/** Data of an input are data of the whole. */
function hearJoint({ state, arrivalMs }: JudgeContext, watched: WatchedResource, watch: SeriesWatch, policy: CompiledPolicy): void {
  const joint = jointWatchOf(state, watched, watch, policy);
  joint.source = watch.source;
  joint.lastArrivalMs = arrivalMs;
  joint.silences = 0;
}

/** Alarms of policies whose target the resource no longer meets, as far as this source was the one that sent their series. */
function endUnwanted(context: JudgeContext, watched: WatchedResource, source: number, planned: readonly PlannedPolicy[], wanted: readonly PlannedPolicy[]): void {
  if (watched.watches.length === 0) return;
  const names = new Set(wanted.map(({ policy }) => policy.name));
  const unwanted = new Set(planned.map(({ policy }) => policy.name).filter((name) => !names.has(name)));
  endWatches(context, watched, (watch) => (watch.source === source && unwanted.has(watch.shape.name) ? 'the resource no longer meets the target of the policy' : undefined));
}
