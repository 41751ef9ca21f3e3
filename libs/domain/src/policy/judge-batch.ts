/** Judges the windows of a resource by every policy that watches it. */
import type { WindowBatch } from '@opsloop/contracts';
import { endAlarm, stepAlarm } from '../alarm/step-alarm.js';
import type { AlarmDecision } from '../alarm/describe-transition.js';
import type { AlarmChange } from '../alarm/alarm-state.js';
import type { CompiledPolicy } from './compiled-policy.js';
import { matchResource } from './match-target.js';
import type { PolicySet } from './policy-set.js';
import { addBaseWindow, closeWindow, createSeriesWatch, openWindowEnd, reshape, type SeriesWatch } from './series-watch.js';
import { bindPlan, planOf, type PlannedPolicy, type PlannedSeries } from './watch-plan.js';
import type { WatchedResource, WatchedSource, WatchState } from './watch-state.js';

/** Where decisions and counts go. */
export interface Judgement {
  readonly decisions: AlarmDecision[];
  /** Policy windows that were judged. */
  judged: number;
  /** Base windows that came again, or after their policy window was closed. */
  repeated: number;
  /** Base windows that no policy window can be made of, because the base width was changed after the policy was checked. */
  misfit: number;
}

export function createJudgement(): Judgement {
  return { decisions: [], judged: 0, repeated: 0, misfit: 0 };
}

export interface JudgeContext {
  readonly state: WatchState;
  readonly policies: PolicySet;
  readonly out: Judgement;
  /** Arrival clock of the record in hand, ms. */
  readonly arrivalMs: number;
}

/** A correction changes history only: what was decided by the first revision stays decided. */
export function judgeBatch(context: JudgeContext, batch: WindowBatch): void {
  if (batch.correction) return;
  const { state, policies, arrivalMs } = context;
  const { tenant, id } = batch.resource;
  const era = policies.eraAt(tenant, batch.startMs + batch.widthMs);
  const plan = planOf(state.plans, era, batch.dictionary);
  const known = state.resources.get(id);
  if (!known && plan.size === 0) return;
  // A policy that was deleted watches nothing any more, not even windows of the time when it was in force.
  const alive = policies.eraAt(tenant, arrivalMs);
  const planned = alive === era ? plan.policies : plan.policies.filter(({ policy }) => alive.byName.has(policy.name));
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
  for (const watch of watched.watches) {
    const endMs = openWindowEnd(watch);
    if (watch.source === index && endMs !== undefined && endMs <= source.closedToMs) closeAndJudge(context, watched, watch);
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
    const watch = (bound[planned.index] ??= addWatch(watched, policy, planned));
    addColumn(context, watched, watch, { policy, source, column, batch });
  }
}

function addWatch(watched: WatchedResource, policy: CompiledPolicy, { labels }: PlannedSeries): SeriesWatch {
  const watch = createSeriesWatch(policy, labels);
  watched.watches.push(watch);
  return watch;
}

function addColumn(context: JudgeContext, watched: WatchedResource, watch: SeriesWatch, seen: { policy: CompiledPolicy; source: number; column: number; batch: WindowBatch }): void {
  const { policy, batch } = seen;
  watch.lastArrivalMs = context.arrivalMs;
  watch.isSilent = false;
  watch.source = seen.source;
  watched.nextCheckMs = Math.min(watched.nextCheckMs, context.arrivalMs);
  if (batch.startMs < watch.seenToMs) {
    context.out.repeated++;
    return;
  }
  if (watch.shape !== policy) reshape(watch, policy);
  // Windows of a source come in order: one that begins behind the open policy window is the end of it.
  if (batch.startMs >= (openWindowEnd(watch) ?? Infinity)) closeAndJudge(context, watched, watch);
  addBaseWindow(watch, batch, seen.column);
}

/** The column of a slot, or -1. Slots ascend. */
function columnOf({ slots, count }: WindowBatch, slot: number): number {
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
  const { windowMs, aggregate, name, metric } = watch.shape;
  const seen = closeWindow(watch);
  if (!seen) return;
  const policy = context.policies.eraAt(watched.resource.tenant, seen.endMs).byName.get(name);
  if (!policy || policy.windowMs !== windowMs || policy.aggregate !== aggregate || policy.metric !== metric) return;
  context.out.judged++;
  const { state, changes } = stepAlarm(watch.alarm, policy, seen);
  watch.alarm = state;
  pushDecisions(context, watched, watch, policy, changes, seen);
}

export function pushDecisions({ out, arrivalMs }: JudgeContext, { resource, attributes }: WatchedResource, watch: SeriesWatch, policy: CompiledPolicy, changes: readonly AlarmChange[], window: { readonly startMs: number; readonly endMs: number }): void {
  for (const change of changes) {
    out.decisions.push({ change, policy, resource, attributes, labels: watch.labels, windowStartMs: window.startMs, windowEndMs: window.endMs, sampleMs: watch.lastSampleMs, arrivalMs });
  }
}

/** Alarms of policies whose target the resource no longer meets, as far as this source was the one that sent their series. */
function endUnwanted(context: JudgeContext, watched: WatchedResource, source: number, planned: readonly PlannedPolicy[], wanted: readonly PlannedPolicy[]): void {
  if (watched.watches.length === 0) return;
  const names = new Set(wanted.map(({ policy }) => policy.name));
  const unwanted = new Set(planned.map(({ policy }) => policy.name).filter((name) => !names.has(name)));
  endWatches(context, watched, (watch) => (watch.source === source && unwanted.has(watch.shape.name) ? 'the resource no longer meets the target of the policy' : undefined));
}

/** Ends the watches that `reasonOf` gives a reason for, and resolves their alarms. */
export function endWatches(context: JudgeContext, watched: WatchedResource, reasonOf: (watch: SeriesWatch) => string | undefined): void {
  const kept = watched.watches.filter((watch) => {
    const reason = reasonOf(watch);
    if (reason === undefined) return true;
    const policy = context.policies.newest(watched.resource.tenant, watch.shape.name);
    if (policy && watch.alarm.open) {
      const { changes } = endAlarm(watch.alarm, policy, reason, context.arrivalMs);
      pushDecisions(context, watched, watch, { ...policy, metric: watch.shape.metric, aggregate: watch.shape.aggregate }, changes, lastWindow(watch));
    }
    return false;
  });
  if (kept.length === watched.watches.length) return;
  watched.watches = kept;
  for (const one of watched.sources) one.plan = undefined;
}

/** The newest policy window that holds anything of a series. */
export function lastWindow(watch: SeriesWatch): { startMs: number; endMs: number } {
  const endMs = openWindowEnd(watch) ?? watch.seenToMs;
  return { startMs: endMs - watch.shape.windowMs, endMs };
}
