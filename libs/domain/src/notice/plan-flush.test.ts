import { receiverSpecSchema, type Alarm, type AlarmEvent, type AlarmGroup, type AlarmGroupMember, type AlarmTransition, type ReceiverSpec } from '@opsloop/contracts';
import { buildAlarmEvent, buildResource } from '@opsloop/testing';
import { applyCommand } from '../alarm-record/apply-command.js';
import { applyTransition } from '../alarm-record/apply-transition.js';
import { groupFor } from './group-for.js';
import { digestMs, maxToldTransitions, planFlush, type FlushPlan } from './plan-flush.js';
import { checkEveryMs, doneKeptMs, markTold, memberIdOf, takeClosing, takeTransition } from './take-transition.js';

const t0 = 1_700_000_000_000;
const minute = 60_000;

/** One group in memory: what the service does with documents, step by step. */
function groupOf(spec: Partial<ReceiverSpec> = {}, purpose: AlarmGroup['purpose'] = 'alarm') {
  const receiver = receiverSpecSchema.parse({ channel: 'mail', to: ['a@example.com'], ...spec });
  let group: AlarmGroup = { ...groupFor('ops-mail', receiver, purpose, buildAlarmEvent().data), startedAtMs: t0, flush: 0, dueAtMs: t0, wakes: 0, flapping: {} };
  const members = new Map<string, AlarmGroupMember>();
  const alarms = new Map<string, Alarm>();
  return {
    members,
    alarms,
    receiver,
    take(taken: AlarmEvent, nowMs: number): AlarmGroupMember | undefined {
      alarms.set(taken.data.occurrence, { ...applyTransition(alarms.get(taken.data.occurrence), taken, nowMs).alarm, unrouted: [] });
      const id = memberIdOf(group.id, taken.data.occurrence);
      const next = takeTransition(members.get(id), { group: group.wakes === 0 ? groupFor('ops-mail', receiver, purpose, taken.data) : group, receiver, type: taken.type, transition: taken.data, nowMs });
      if (next) members.set(id, next);
      if (next) group = { ...group, dueAtMs: group.wakes === 0 ? next.dueAtMs : Math.min(group.dueAtMs, next.dueAtMs), wakes: group.wakes + 1 };
      return next;
    },
    close(occurrence: string, nowMs: number): void {
      const member = members.get(memberIdOf(group.id, occurrence))!;
      const next = takeClosing(member, receiver, group, { level: 'warn', atMs: nowMs }, nowMs);
      if (next) members.set(member.id, next);
    },
    /** Flushes if anything is due: what was told, or undefined. */
    flush(nowMs: number): FlushPlan | undefined {
      const due = [...members.values()].filter((member) => member.dueAtMs <= nowMs);
      const plan = planFlush(group, due, alarms, receiver, nowMs);
      for (const { occurrence } of plan.told.map((one) => ({ occurrence: one.alarm.id }))) {
        const told = new Set(plan.alarms.filter((one) => one.occurrence === occurrence).map((one) => one.transition));
        const member = members.get(memberIdOf(group.id, occurrence))!;
        members.set(member.id, markTold(member, told, nowMs));
      }
      for (const { member, dueAtMs } of plan.postponed) members.set(member.id, { ...member, dueAtMs });
      for (const member of plan.removed) members.delete(member.id);
      if (plan.told.length === 0) return undefined;
      group = { ...group, flush: group.flush + 1, lastFlushAtMs: nowMs, flapping: plan.flapping };
      return plan;
    },
  };
}

function event(type: AlarmEvent['type'], transition: number, atMs: number, parts: Partial<AlarmTransition> = {}): AlarmEvent {
  return buildAlarmEvent(type, { transition, atMs, ...parts });
}

const on = (host: string) => ({ occurrence: `default/on-${host}`, resource: buildResource({ uid: host }) });
const listed = (plan: FlushPlan | undefined) => plan?.alarms.map((one) => `${one.occurrence.slice('default/'.length)}#${one.transition}`);

describe('a group', () => {
  it('tells an alarm at once, and what happens within the interval together after it', () => {
    const group = groupOf();
    group.take(event('alarm.opened', 1, t0), t0);
    expect(group.flush(t0)).toMatchObject({ kind: 'alarm', alarms: [{ occurrence: 'default/occurrence-1', transition: 1 }] });
    group.take(event('alarm.level-changed', 2, t0 + 10_000, { level: 'critical' }), t0 + 10_000);
    group.take(event('alarm.opened', 1, t0 + 20_000, on('web-2')), t0 + 20_000);
    expect(group.flush(t0 + 59_999)).toBeUndefined();
    expect(listed(group.flush(t0 + minute))).toEqual(['occurrence-1#2', 'on-web-2#1']);
    expect(group.flush(t0 + 10 * minute)).toBeUndefined();
  });

  it('waits for company as long as groupWait says, at its first notice only', () => {
    const group = groupOf({ groupWait: '30s' });
    group.take(event('alarm.opened', 1, t0), t0);
    group.take(event('alarm.opened', 1, t0 + 20_000, on('web-2')), t0 + 20_000);
    expect(group.flush(t0 + 29_999)).toBeUndefined();
    expect(listed(group.flush(t0 + 30_000))).toEqual(['occurrence-1#1', 'on-web-2#1']);
  });

  it('takes each transition once, however often it is delivered', () => {
    const group = groupOf();
    group.take(event('alarm.opened', 1, t0), t0);
    expect(group.take(event('alarm.opened', 1, t0), t0 + 1)).toBeUndefined();
    group.flush(t0);
    expect(group.take(event('alarm.opened', 1, t0), t0 + 2 * minute)).toBeUndefined();
    expect(group.flush(t0 + 2 * minute)).toBeUndefined();
  });

  it('tells an alarm that opened and ended before the notice in one notice', () => {
    const group = groupOf({ groupWait: '1m' });
    group.take(event('alarm.opened', 1, t0), t0);
    group.take(event('alarm.resolved', 2, t0 + 10_000), t0 + 10_000);
    expect(group.flush(t0 + minute)).toMatchObject({ kind: 'resolved', alarms: [{ transition: 1 }, { transition: 2 }] });
  });

  it('remembers a resolved alarm for an hour, so that its redelivery tells nobody', () => {
    const group = groupOf();
    group.take(event('alarm.opened', 1, t0), t0);
    group.flush(t0);
    group.take(event('alarm.resolved', 2, t0 + minute), t0 + minute);
    expect(group.flush(t0 + minute)).toMatchObject({ kind: 'resolved' });
    group.flush(t0 + minute + doneKeptMs - 1);
    expect(group.take(event('alarm.resolved', 2, t0 + minute), t0 + 2 * minute)).toBeUndefined();
    group.flush(t0 + minute + doneKeptMs);
    expect(group.members.size).toBe(0);
  });

  it('never holds more than one notice can carry: the rest goes into the next', () => {
    const group = groupOf();
    for (let index = 0; index < maxToldTransitions + 5; index += 1) group.take(event('alarm.opened', 1, t0, on(`h${index}`)), t0);
    expect(group.flush(t0)?.alarms).toHaveLength(maxToldTransitions);
    expect(group.flush(t0 + minute)?.alarms).toHaveLength(5);
  });
});

describe('levels of a receiver', () => {
  it('hears of the levels it wants, of the fall below them, and not of the end after that', () => {
    const group = groupOf({ levels: ['critical', 'down'] });
    expect(group.take(event('alarm.opened', 1, t0), t0)).toBeUndefined();
    group.take(event('alarm.level-changed', 2, t0, { level: 'critical' }), t0);
    expect(listed(group.flush(t0))).toEqual(['occurrence-1#2']);
    group.take(event('alarm.level-changed', 3, t0 + minute, { level: 'warn' }), t0 + minute);
    expect(listed(group.flush(t0 + minute))).toEqual(['occurrence-1#3']);
    group.take(event('alarm.resolved', 4, t0 + 3 * minute, { level: 'warn' }), t0 + 3 * minute);
    expect(group.flush(t0 + 4 * minute)).toBeUndefined();
  });

  it('an escalation is told whatever the levels, and says that it is one', () => {
    const group = groupOf({ levels: ['down'] }, 'escalation');
    group.take(event('alarm.opened', 1, t0), t0);
    expect(group.flush(t0)).toMatchObject({ kind: 'escalation' });
  });

  it('without sendResolved only hears of what is wrong', () => {
    const group = groupOf({ sendResolved: false });
    group.take(event('alarm.opened', 1, t0), t0);
    group.flush(t0);
    group.take(event('alarm.resolved', 2, t0 + minute), t0 + minute);
    expect(group.flush(t0 + 2 * minute)).toBeUndefined();
  });
});

describe('repeats', () => {
  const repeating = { repeatMs: 60 * minute };

  it('come every `repeat` while the alarm is open, each as a notice of its own', () => {
    const group = groupOf();
    group.take(event('alarm.opened', 1, t0, repeating), t0);
    group.flush(t0);
    expect(group.flush(t0 + 59 * minute)).toBeUndefined();
    expect(group.flush(t0 + 60 * minute)).toMatchObject({ kind: 'repeat', alarms: [{ transition: 1 }] });
    expect(group.flush(t0 + 119 * minute)).toBeUndefined();
    expect(group.flush(t0 + 120 * minute)).toMatchObject({ kind: 'repeat' });
    group.take(event('alarm.resolved', 2, t0 + 121 * minute), t0 + 121 * minute);
    expect(group.flush(t0 + 122 * minute)).toMatchObject({ kind: 'resolved' });
    expect(group.flush(t0 + 600 * minute)).toBeUndefined();
  });

  it('stop with the acknowledgement; changes are still told', () => {
    const group = groupOf();
    group.take(event('alarm.opened', 1, t0, repeating), t0);
    group.flush(t0);
    const alarm = group.alarms.get('default/occurrence-1')!;
    const command = { specversion: '1.0' as const, id: 'c', source: '/opsloop/api', type: 'alarm.acknowledge' as const, subject: alarm.id, time: new Date(t0).toISOString(), datacontenttype: 'application/json' as const, data: { tenant: 'default', occurrence: alarm.id, by: 'kim', reason: '' } };
    group.alarms.set(alarm.id, applyCommand(alarm, command, t0)!);
    expect(group.flush(t0 + 60 * minute)).toBeUndefined();
    expect([...group.members.values()][0]!.dueAtMs).toBe(t0 + 60 * minute + checkEveryMs);
    group.take(event('alarm.level-changed', 2, t0 + 61 * minute, { ...repeating, level: 'critical' }), t0 + 61 * minute);
    expect(group.flush(t0 + 61 * minute)).toMatchObject({ kind: 'alarm' });
  });

  it('do not overtake an end that is stored and not yet handed on', () => {
    const group = groupOf();
    group.take(event('alarm.opened', 1, t0, repeating), t0);
    group.flush(t0);
    const alarm = group.alarms.get('default/occurrence-1')!;
    const atMs = t0 + 60 * minute;
    group.alarms.set(alarm.id, applyTransition(alarm, event('alarm.resolved', 2, t0), atMs).alarm);
    expect(group.flush(atMs)).toBeUndefined();
    group.take(event('alarm.resolved', 2, t0), atMs + 1);
    expect(group.flush(atMs + minute)).toMatchObject({ kind: 'resolved' });
  });
});

describe('a flapping series', () => {
  it('goes out at most once in ten minutes, over occurrences too, and at once again when it is calm', () => {
    const group = groupOf();
    group.take(event('alarm.opened', 1, t0), t0);
    group.flush(t0);
    group.take(event('alarm.flapping', 2, t0 + minute), t0 + minute);
    expect(group.flush(t0 + minute)).toMatchObject({ kind: 'alarm' });
    group.take(event('alarm.resolved', 3, t0 + 2 * minute), t0 + 2 * minute);
    const again = { occurrence: 'default/occurrence-2' };
    group.take(event('alarm.opened', 1, t0 + 4 * minute, again), t0 + 4 * minute);
    group.take(event('alarm.resolved', 2, t0 + 5 * minute, again), t0 + 5 * minute);
    for (let ms = 2 * minute; ms < minute + digestMs; ms += minute) expect(group.flush(t0 + ms)).toBeUndefined();
    expect(listed(group.flush(t0 + minute + digestMs))).toEqual(['occurrence-1#3', 'occurrence-2#1', 'occurrence-2#2']);
    const calmMs = t0 + 60 * minute;
    group.take(event('alarm.opened', 1, calmMs, { occurrence: 'default/occurrence-3' }), calmMs);
    expect(listed(group.flush(calmMs))).toEqual(['occurrence-3#1']);
    group.take(event('alarm.resolved', 2, calmMs + minute, { occurrence: 'default/occurrence-3' }), calmMs + minute);
    expect(listed(group.flush(calmMs + minute))).toEqual(['occurrence-3#2']);
  });

  it('holds back nobody else in its group', () => {
    const group = groupOf();
    group.take(event('alarm.opened', 1, t0), t0);
    group.take(event('alarm.flapping', 2, t0), t0);
    group.flush(t0);
    group.take(event('alarm.resolved', 3, t0 + minute), t0 + minute);
    group.take(event('alarm.opened', 1, t0 + minute, on('web-2')), t0 + minute);
    expect(listed(group.flush(t0 + minute))).toEqual(['on-web-2#1']);
  });
});

describe('an alarm that a person closed', () => {
  it('is told to those who know of it, once', () => {
    const group = groupOf();
    group.take(event('alarm.opened', 1, t0), t0);
    group.flush(t0);
    group.close('default/occurrence-1', t0 + minute);
    group.close('default/occurrence-1', t0 + minute);
    expect(group.flush(t0 + minute)).toMatchObject({ kind: 'resolved', alarms: [{ transition: 0 }] });
    group.take(event('alarm.resolved', 2, t0 + 5 * minute), t0 + 5 * minute);
    expect(group.flush(t0 + 5 * minute)).toBeUndefined();
  });
});

function idOf(groupBy: string[], parts: Partial<AlarmTransition>): string {
  const receiver = receiverSpecSchema.parse({ channel: 'mail', to: ['a@example.com'], groupBy });
  return groupFor('r', receiver, 'alarm', event('alarm.opened', 1, t0, parts).data).id;
}

describe('the group of an alarm', () => {
  it('is the same for alarms that agree in the values of groupBy', () => {
    const one = { resource: buildResource({ uid: 'web-1' }), labels: { device: 'sda' }, attributes: { team: 'a' } };
    const other = { resource: buildResource({ uid: 'web-2' }), labels: { device: 'sdb' }, attributes: { team: 'a' }, level: 'critical' as const };
    expect(idOf(['policy', 'team'], one)).toBe(idOf(['policy', 'team'], other));
    for (const key of ['resource', 'level', 'device']) expect(idOf([key], one)).not.toBe(idOf([key], other));
    expect(idOf(['policy'], one)).not.toBe(idOf(['policy'], { ...one, policy: 'disk-full' }));
  });
});
