import { parseDurationMs, type Alarm, type AlarmGroup, type AlarmGroupMember, type Notice, type ReceiverSpec, type WaitingTransition } from '@opsloop/contracts';
import { doneKeptMs, nextDueMs } from './take-transition.js';

/** A series that flaps is told at most this often. */
export const digestMs = 600_000;
/** A group that is older begins a new conversation. */
export const maxGroupAgeMs = 7 * 86_400_000;
/** What one notice may tell; the rest goes into the next one. */
export const maxToldTransitions = 3_000;
const maxFlapping = 100;
const checkSoonMs = 60_000;

export interface ToldAlarm {
  readonly alarm: Alarm;
  /** What happened since the last notice, oldest first; empty for a repeat. */
  readonly waiting: readonly WaitingTransition[];
}

export interface FlushPlan {
  /** Empty: no notice goes out now. */
  readonly told: readonly ToldAlarm[];
  readonly kind: Notice['kind'];
  /** The transitions of `told`, as the notice lists them. */
  readonly alarms: Notice['alarms'];
  /** Members that wait on, with when. */
  readonly postponed: readonly { readonly member: AlarmGroupMember; readonly dueAtMs: number }[];
  /** Members that are done with. */
  readonly removed: readonly AlarmGroupMember[];
  readonly flapping: AlarmGroup['flapping'];
}

/**
 * What a group tells now, of its members that are due: changes that wait, and repeats of alarms that are still open and
 * not acknowledged. A flapping series waits for its digest. `alarms` by occurrence; `nowMs`: wall clock.
 */
export function planFlush(group: AlarmGroup, due: readonly AlarmGroupMember[], alarms: ReadonlyMap<string, Alarm>, receiver: ReceiverSpec, nowMs: number): FlushPlan {
  const told: ToldAlarm[] = [];
  const listed: Notice['alarms'] = [];
  const postponed: { member: AlarmGroupMember; dueAtMs: number }[] = [];
  const removed: AlarmGroupMember[] = [];
  const toldBySeries = new Map<string, AlarmGroupMember[]>();
  const earliestMs = group.lastFlushAtMs === undefined ? 0 : group.lastFlushAtMs + parseDurationMs(receiver.groupInterval)!;

  for (const member of due) {
    const alarm = alarms.get(member.occurrence);
    const verdict = judge(member, alarm, group.flapping, Math.max(earliestMs, listed.length >= maxToldTransitions ? nowMs + 1 : 0), nowMs);
    if (verdict === 'remove' || !alarm) removed.push(member);
    else if (verdict !== 'tell') postponed.push({ member, dueAtMs: verdict });
    else {
      told.push({ alarm, waiting: member.waiting });
      for (const transition of member.waiting.length > 0 ? member.waiting.map((one) => one.transition) : [member.seen]) listed.push({ occurrence: member.occurrence, transition });
      if (member.waiting.length > 0) toldBySeries.set(member.series, [...(toldBySeries.get(member.series) ?? []), member]);
    }
  }
  return { told, kind: kindOf(group, told), alarms: listed, postponed, removed, flapping: flappingAfter(group.flapping, toldBySeries, nowMs) };
}

/** 'tell', 'remove', or the time until which the member waits on. */
function judge(member: AlarmGroupMember, alarm: Alarm | undefined, flapping: AlarmGroup['flapping'], earliestMs: number, nowMs: number): 'tell' | 'remove' | number {
  if (member.waiting.length > 0) {
    const toldAtMs = flapping[member.series];
    const digestAtMs = toldAtMs === undefined ? 0 : toldAtMs + digestMs;
    const fromMs = Math.max(earliestMs, digestAtMs);
    return fromMs > nowMs ? fromMs : 'tell';
  }
  if (member.state === 'done' || !alarm || isLongOver(alarm, nowMs)) return 'remove';
  // Its end is stored and about to be handed on: without the member nobody would be told.
  if (alarm.state !== 'open') return nowMs + checkSoonMs;
  const repeats = member.state === 'open' && member.repeatMs !== undefined && !alarm.acknowledged;
  if (!repeats) return nextDueMs({ ...member, state: 'quiet' }, nowMs);
  return earliestMs > nowMs ? earliestMs : 'tell';
}

function isLongOver(alarm: Alarm, nowMs: number): boolean {
  const handedOn = alarm.unrouted === undefined || alarm.unrouted.length === 0;
  return alarm.state !== 'open' && handedOn && (alarm.resolvedAtMs ?? 0) + doneKeptMs < nowMs;
}

/** A series counts as flapping from when the trigger says so until a notice has a single change of it to tell. */
function flappingAfter(before: AlarmGroup['flapping'], toldBySeries: ReadonlyMap<string, readonly AlarmGroupMember[]>, nowMs: number): AlarmGroup['flapping'] {
  const after = { ...before };
  for (const [series, members] of toldBySeries) {
    const changes = members.reduce((sum, member) => sum + member.waiting.length, 0);
    if (members.some((member) => member.flapping) || (before[series] !== undefined && changes > 1)) after[series] = nowMs;
    else delete after[series];
  }
  const newestFirst = Object.entries(after).toSorted(([, a], [, b]) => b - a);
  return Object.fromEntries(newestFirst.slice(0, maxFlapping));
}

function kindOf(group: AlarmGroup, told: readonly ToldAlarm[]): Notice['kind'] {
  const changes = told.filter((one) => one.waiting.length > 0);
  if (changes.length > 0 && changes.length === told.length && changes.every((one) => isOver(one.waiting))) return 'resolved';
  if (group.purpose === 'escalation') return 'escalation';
  return changes.length === 0 ? 'repeat' : 'alarm';
}

/** The newest of the changes ended the alarm. */
function isOver(waiting: readonly WaitingTransition[]): boolean {
  const type = waiting.at(-1)?.type;
  return type === 'alarm.resolved' || type === 'alarm.closed';
}
