import { parseDurationMs, type AlarmGroup, type AlarmGroupMember, type AlarmTransition, type ReceiverSpec, type WaitingTransition } from '@opsloop/contracts';
import { shortHash } from './identity-of.js';

/** Changes of one alarm that wait for one notice; beyond it the oldest are not listed. */
const maxWaiting = 20;
/** How long a resolved alarm is remembered, so that what is delivered again is not told again. */
export const doneKeptMs = 3_600_000;
/** How often an open alarm without a repeat is compared with its document. */
export const checkEveryMs = 86_400_000;

export interface TakenTransition {
  readonly group: Pick<AlarmGroup, 'id' | 'receiver' | 'channel' | 'purpose'> & Partial<Pick<AlarmGroup, 'lastFlushAtMs' | 'dueAtMs'>>;
  readonly receiver: ReceiverSpec;
  readonly type: WaitingTransition['type'];
  readonly transition: AlarmTransition;
  /** Wall clock. */
  readonly nowMs: number;
}

/**
 * Takes a transition into what a group has to tell of an alarm. Told are: every change at a level that the receiver
 * wants, and to those who were told that it is open also that it fell below their levels or was resolved
 * (`sendResolved`). Undefined when it was taken in before, or is nothing to this receiver.
 */
export function takeTransition(member: AlarmGroupMember | undefined, taken: TakenTransition): AlarmGroupMember | undefined {
  const { group, receiver, transition, type } = taken;
  if (member && transition.transition <= member.seen) return undefined;
  const resolved = type === 'alarm.resolved';
  const wanted = group.purpose === 'escalation' || receiver.levels === undefined || receiver.levels.includes(transition.level);
  const knowsItOpen = member?.toldOpen ?? false;
  if (!member && (resolved || !wanted)) return undefined;
  const state = resolved ? 'done' : wanted ? 'open' : 'quiet';
  const told = state === 'open' || (knowsItOpen && receiver.sendResolved);
  const before = member ?? newMember(taken);
  const { repeatMs: _repeatMs, ...rest } = before;
  const next: AlarmGroupMember = {
    ...rest,
    seen: transition.transition,
    state,
    toldOpen: state === 'open',
    flapping: before.flapping || type === 'alarm.flapping',
    ...(transition.repeatMs !== undefined && { repeatMs: transition.repeatMs }),
  };
  return told ? enqueue(next, { transition: transition.transition, type, level: transition.level, atMs: transition.atMs }, taken) : { ...next, dueAtMs: nextDueMs(next, taken.nowMs) };
}

/** A person closed the alarm: those who were told that it is open are told so. Undefined when there is nothing to tell. */
export function takeClosing(member: AlarmGroupMember, receiver: ReceiverSpec, group: TakenTransition['group'], closing: { readonly level: WaitingTransition['level']; readonly atMs: number }, nowMs: number): AlarmGroupMember | undefined {
  if (member.state === 'done') return undefined;
  const next: AlarmGroupMember = { ...member, state: 'done', toldOpen: false };
  if (!member.toldOpen || !receiver.sendResolved) return { ...next, dueAtMs: nextDueMs(next, nowMs) };
  return enqueue(next, { transition: 0, type: 'alarm.closed', ...closing }, { group, receiver, nowMs });
}

/** What a notice told of this member no longer waits. `toldAtMs`: when the notice was made. */
export function markTold(member: AlarmGroupMember, transitions: ReadonlySet<number>, toldAtMs: number): AlarmGroupMember {
  const waiting = member.waiting.filter((one) => !transitions.has(one.transition));
  const next: AlarmGroupMember = { ...member, waiting, toldAtMs };
  return waiting.length > 0 ? next : { ...next, dueAtMs: nextDueMs(next, toldAtMs) };
}

/** When a member is looked at next if nothing happens: its repeat, a check against the alarm, or its removal. */
export function nextDueMs(member: AlarmGroupMember, nowMs: number): number {
  if (member.waiting.length > 0) return member.dueAtMs;
  if (member.state === 'done') return nowMs + doneKeptMs;
  if (member.state === 'open' && member.repeatMs !== undefined) return nowMs + member.repeatMs;
  return nowMs + checkEveryMs;
}

function enqueue(member: AlarmGroupMember, added: WaitingTransition, taken: Pick<TakenTransition, 'group' | 'receiver' | 'nowMs'>): AlarmGroupMember {
  const dueAtMs = firstDueMs(taken);
  return {
    ...member,
    waiting: [...member.waiting, added].slice(-maxWaiting),
    dueAtMs: member.waiting.length > 0 ? Math.min(member.dueAtMs, dueAtMs) : dueAtMs,
  };
}

/** After `groupInterval`; before the first notice after `groupWait`, which those who come meanwhile do not prolong. */
function firstDueMs({ group, receiver, nowMs }: Pick<TakenTransition, 'group' | 'receiver' | 'nowMs'>): number {
  if (group.lastFlushAtMs !== undefined) return Math.max(nowMs, group.lastFlushAtMs + parseDurationMs(receiver.groupInterval)!);
  if (group.purpose === 'escalation') return nowMs;
  const waitedMs = nowMs + parseDurationMs(receiver.groupWait)!;
  return group.dueAtMs === undefined ? waitedMs : Math.min(waitedMs, Math.max(nowMs, group.dueAtMs));
}

function newMember({ group, transition, nowMs }: TakenTransition): AlarmGroupMember {
  const labels = Object.entries(transition.labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    id: memberIdOf(group.id, transition.occurrence),
    tenant: transition.tenant,
    group: group.id,
    receiver: group.receiver,
    channel: group.channel,
    purpose: group.purpose,
    occurrence: transition.occurrence,
    series: shortHash(transition.policy, transition.resource.id, JSON.stringify(labels)),
    seen: 0,
    waiting: [],
    state: 'open',
    toldOpen: false,
    flapping: false,
    dueAtMs: nowMs,
  };
}

export function memberIdOf(groupId: string, occurrence: string): string {
  return `${groupId}/${shortHash(occurrence)}`;
}
