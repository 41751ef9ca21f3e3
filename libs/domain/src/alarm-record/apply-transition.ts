import { levels, type Alarm, type AlarmEvent, type Level, type TimelineEntry } from '@opsloop/contracts';
import { addTimeline } from './add-timeline.js';
import { noteAlarm } from './note-alarm.js';

/** Older transitions fall out of the document; numbers below the oldest kept count as known. */
export const maxTransitions = 200;
const maxUnrouted = 50;

export interface AppliedTransition {
  readonly alarm: Alarm;
  /**
   * `applied`: the newest, state and level are its; `late`: it filled a gap and changed no state; `known`: it was there
   * already and nothing changed.
   */
  readonly outcome: 'applied' | 'late' | 'known';
}

/**
 * Folds a transition into the document of its alarm. Each number counts once, so redelivery and zombies change nothing.
 * A transition whose predecessors are missing is applied all the same, since it carries the whole state; the gap is
 * noted, and a straggler only completes the history. `nowMs`: wall clock.
 */
export function applyTransition(alarm: Alarm | undefined, event: AlarmEvent, nowMs: number): AppliedTransition {
  if (alarm === undefined) return { alarm: applyNewest(startAlarm(event, nowMs), event, nowMs), outcome: 'applied' };
  const number = event.data.transition;
  if (isKnown(alarm, number)) return { alarm, outcome: 'known' };
  if (number < lastTransition(alarm)) return { alarm: applyLate(alarm, event, nowMs), outcome: 'late' };
  return { alarm: applyNewest(alarm, event, nowMs), outcome: 'applied' };
}

/** The transition has been handed to receivers and scenarios. Undefined when that was noted before. */
export function markRouted(alarm: Alarm, transition: number): Alarm | undefined {
  if (!alarm.unrouted?.includes(transition)) return undefined;
  return { ...alarm, unrouted: alarm.unrouted.filter((one) => one !== transition) };
}

function lastTransition(alarm: Alarm): number {
  return alarm.transitions.at(-1)?.transition ?? 0;
}

function isKnown(alarm: Alarm, number: number): boolean {
  const oldest = alarm.transitions[0]?.transition ?? 0;
  if (alarm.transitions.length >= maxTransitions && number < oldest) return true;
  return alarm.transitions.some((one) => one.transition === number);
}

function startAlarm({ data }: AlarmEvent, nowMs: number): Alarm {
  return {
    id: data.occurrence,
    tenant: data.tenant,
    policy: data.policy,
    policyVersion: data.policyVersion,
    resourceId: data.resource.id,
    resource: data.resource,
    resourceName: data.resourceName,
    attributes: data.attributes,
    labels: data.labels,
    metric: data.metric,
    unit: data.unit,
    aggregate: data.aggregate,
    state: 'open',
    level: data.level,
    noData: false,
    flapping: false,
    value: data.value,
    reason: data.reason,
    pendingSinceMs: data.pendingSinceMs,
    openedAtMs: data.atMs,
    changedAtMs: data.atMs,
    transitions: [],
    timeline: [],
    scenarios: data.scenarios,
    receivers: data.receivers,
    workOrders: [],
    trace: { ...data.trace, recordedMs: nowMs },
    pendingEvents: [],
    hasPendingEvents: false,
  };
}

function applyNewest(alarm: Alarm, event: AlarmEvent, nowMs: number): Alarm {
  const { data, type } = event;
  const { resolvedAtMs: wasResolvedAtMs, threshold: _threshold, recover: _recover, repeatMs: _repeatMs, ...rest } = alarm;
  const reopened = alarm.closed !== undefined && type !== 'alarm.resolved' && isWorse(data.level, alarm.closed.level);
  const staysClosed = alarm.closed !== undefined && !reopened;
  const resolved = type === 'alarm.resolved' || staysClosed;
  const resolvedAtMs = staysClosed ? wasResolvedAtMs : resolved ? data.atMs : undefined;
  const next: Alarm = {
    ...rest,
    attributes: data.attributes,
    state: resolved ? 'resolved' : 'open',
    level: data.level,
    noData: noDataAfter(alarm, event),
    flapping: alarm.flapping || type === 'alarm.flapping',
    value: data.value,
    reason: data.reason,
    changedAtMs: data.atMs,
    transitions: withTransition(alarm, event),
    scenarios: data.scenarios,
    receivers: data.receivers,
    ...(data.threshold !== undefined && { threshold: data.threshold }),
    ...(data.recover !== undefined && { recover: data.recover }),
    ...(data.repeatMs !== undefined && { repeatMs: data.repeatMs }),
    // How it was foreseen stays: when it is over, a forecast says nothing of it any more.
    ...(data.forecast && (type === 'alarm.opened' || type === 'alarm.level-changed') && { forecast: data.forecast }),
    ...(resolvedAtMs !== undefined && { resolvedAtMs }),
    // What nobody is to be told or to act on is not handed on: a level that changes under a closed alarm.
    ...((!staysClosed || type === 'alarm.resolved') && { unrouted: [...(alarm.unrouted ?? []), data.transition].slice(-maxUnrouted) }),
  };
  if (reopened) {
    delete next.closed;
    delete next.acknowledged;
  }
  return recordTransition(next, event, gapBefore(alarm, data.transition), nowMs);
}

/** A straggler: only what it alone knows is taken, the first opening and its trace. */
function applyLate(alarm: Alarm, event: AlarmEvent, nowMs: number): Alarm {
  const { data } = event;
  const isFirst = data.transition < (alarm.transitions[0]?.transition ?? 0);
  const next: Alarm = { ...alarm, transitions: withTransition(alarm, event), ...(isFirst && { openedAtMs: data.atMs, trace: { ...alarm.trace, ...data.trace } }) };
  return recordTransition(next, event, '', nowMs);
}

function withTransition(alarm: Alarm, { data, type }: AlarmEvent): Alarm['transitions'] {
  const added = { transition: data.transition, type, atMs: data.atMs, level: data.level, value: data.value, reason: data.reason };
  return [...alarm.transitions, added].toSorted((a, b) => a.transition - b.transition).slice(-maxTransitions);
}

function noDataAfter(alarm: Alarm, { data, type }: AlarmEvent): boolean {
  if (type === 'alarm.no-data') return true;
  if (type === 'alarm.flapping') return alarm.noData;
  return type === 'alarm.level-changed' && data.value === null ? alarm.noData : false;
}

function recordTransition(alarm: Alarm, { data, type }: AlarmEvent, gap: string, nowMs: number): Alarm {
  const { pendingEvents, hasPendingEvents } = alarm;
  const entries: TimelineEntry[] = [{ atMs: data.atMs, what: type, text: data.reason }];
  if (gap !== '') entries.unshift({ atMs: data.atMs, what: 'alarm.transition-missing', text: gap });
  const written = addTimeline(alarm, entries, {}, nowMs) ?? alarm;
  return noteAlarm({ ...written, pendingEvents, hasPendingEvents }, { type: 'alarm.recorded', what: type, key: `transition-${data.transition}`, nowMs });
}

function gapBefore(alarm: Alarm, number: number): string {
  const from = lastTransition(alarm) + 1;
  if (number === from) return '';
  return number - from === 1 ? `transition ${from} has not arrived` : `transitions ${from} to ${number - 1} have not arrived`;
}

function isWorse(level: Level, than: Level): boolean {
  return levels.indexOf(level) > levels.indexOf(than);
}
