import { alarmNoteEventSchema, alarmSchema, type Alarm, type AlarmEvent } from '@opsloop/contracts';
import { buildAlarmEvent } from '@opsloop/testing';
import * as fc from 'fast-check';
import { applyCommand } from './apply-command.js';
import { applyTransition, markRouted, maxTransitions } from './apply-transition.js';

const nowMs = 1_700_000_100_000;
const t0 = 1_700_000_000_000;

function fold(events: readonly AlarmEvent[], from?: Alarm): Alarm {
  return events.reduce<Alarm | undefined>((alarm, event) => applyTransition(alarm, event, nowMs).alarm, from)!;
}

const opened = buildAlarmEvent('alarm.opened', { transition: 1, level: 'warn', atMs: t0 });
const worse = buildAlarmEvent('alarm.level-changed', { transition: 2, level: 'critical', previousLevel: 'warn', value: 97, threshold: '> 95', reason: 'AVG 97 > 95', atMs: t0 + 60_000 });
const missing = buildAlarmEvent('alarm.no-data', { transition: 3, level: 'down', value: null, reason: 'no data for 1m', atMs: t0 + 120_000 });
const returned = buildAlarmEvent('alarm.data-returned', { transition: 4, level: 'critical', atMs: t0 + 180_000 });
const resolved = buildAlarmEvent('alarm.resolved', { transition: 5, level: 'critical', value: 40, reason: 'AVG 40 < 65 for 1m', atMs: t0 + 240_000 });
const life = [opened, worse, missing, returned, resolved];

function command(type: 'alarm.acknowledge' | 'alarm.close', atMs: number, by = 'kim', reason = 'looking') {
  return { specversion: '1.0' as const, id: `${type}/${by}`, source: '/opsloop/api', type, subject: 'default/occurrence-1', time: new Date(atMs).toISOString(), datacontenttype: 'application/json' as const, data: { tenant: 'default', occurrence: 'default/occurrence-1', by, reason } };
}

describe('an alarm over its life', () => {
  it('shows the newest state, level, value and reason, with the times of its beginning and end', () => {
    expect(fold([opened])).toMatchObject({ state: 'open', level: 'warn', value: 91.26, openedAtMs: t0, changedAtMs: t0, noData: false, trace: { ...opened.data.trace, recordedMs: nowMs } });
    expect(fold([opened, worse])).toMatchObject({ state: 'open', level: 'critical', threshold: '> 95', openedAtMs: t0, changedAtMs: t0 + 60_000 });
    expect(fold([opened, worse, missing])).toMatchObject({ level: 'down', noData: true, value: null, reason: 'no data for 1m' });
    expect(fold(life.slice(0, 4))).toMatchObject({ state: 'open', noData: false });
    const end = fold(life);
    expect(end).toMatchObject({ state: 'resolved', resolvedAtMs: t0 + 240_000, level: 'critical', value: 40 });
    expect(end.timeline.map((entry) => [entry.what, entry.atMs, entry.text])).toEqual(life.map((event) => [event.type, event.data.atMs, event.data.reason]));
    expect(alarmSchema.parse(end)).toEqual(end);
  });

  it('announces each transition once, with events that fit their schema', () => {
    const { pendingEvents } = fold(life);
    const events = pendingEvents.map(({ event }) => alarmNoteEventSchema.parse(event));
    expect(events.map((event) => [event.type, event.data.what])).toEqual(life.map((event) => ['alarm.recorded', event.type]));
    expect(new Set(events.map((event) => event.id)).size).toBe(5);
  });

  it('hands every transition on once', () => {
    const alarm = fold([opened, worse]);
    expect(alarm.unrouted).toEqual([1, 2]);
    expect(markRouted(alarm, 1)?.unrouted).toEqual([2]);
    expect(markRouted(markRouted(alarm, 1)!, 1)).toBeUndefined();
  });
});

describe('delivery that repeats, overtakes or loses', () => {
  it('comes to the same alarm for any repetition of what was delivered in order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(life.length - 1), { maxLength: 20 }), (repeats) => {
        // Every repeat is delivered right after the newest of its predecessors: a redelivery of a prefix.
        const delivered = life.flatMap((event, index) => [event, ...repeats.filter((one) => one <= index).map((one) => life[one]!)]);
        expect(fold(delivered)).toEqual(fold(life));
      }),
    );
  });

  it('shows the state of the newest number in whatever order they come, and no number twice', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(life, { minLength: 1 }), (delivered) => {
        const alarm = fold(delivered);
        const newest = delivered.reduce((a, b) => (b.data.transition > a.data.transition ? b : a));
        expect(alarm).toMatchObject({ level: newest.data.level, value: newest.data.value, reason: newest.data.reason, state: newest.type === 'alarm.resolved' ? 'resolved' : 'open' });
        expect(alarm.transitions.map((one) => one.transition)).toEqual(delivered.map((event) => event.data.transition).toSorted((a, b) => a - b));
      }),
    );
  });

  it('says which number is missing, and completes the history when the straggler comes without handing it on', () => {
    const gap = fold([opened, missing]);
    expect(gap.timeline.find((entry) => entry.what === 'alarm.transition-missing')?.text).toBe('transition 2 has not arrived');
    const { alarm, outcome } = applyTransition(gap, worse, nowMs);
    expect(outcome).toBe('late');
    expect(alarm).toMatchObject({ level: 'down', noData: true, unrouted: [1, 3] });
    expect(alarm.transitions.map((one) => one.transition)).toEqual([1, 2, 3]);
  });

  it('takes its beginning from the opening, also when that comes late', () => {
    const alarm = fold([worse, opened]);
    expect(alarm).toMatchObject({ openedAtMs: t0, level: 'critical', trace: { sampleMs: opened.data.trace.sampleMs } });
  });

  it('keeps only the newest transitions and still knows the old ones', () => {
    const many = Array.from({ length: maxTransitions + 50 }, (_, index) => buildAlarmEvent('alarm.level-changed', { transition: index + 1, level: index % 2 === 0 ? 'warn' : 'critical', atMs: t0 + index }));
    const alarm = fold(many);
    expect(alarm.transitions).toHaveLength(maxTransitions);
    expect(applyTransition(alarm, many[3]!, nowMs).outcome).toBe('known');
  });
});

describe('what people ask', () => {
  it('an acknowledgement says who, when and why; the first one stands', () => {
    const alarm = applyCommand(fold([opened]), command('alarm.acknowledge', t0 + 5_000), nowMs)!;
    expect(alarm.acknowledged).toEqual({ by: 'kim', reason: 'looking', atMs: t0 + 5_000 });
    expect(alarm.timeline.at(-1)).toEqual({ atMs: t0 + 5_000, what: 'alarm.acknowledged', text: 'looking', by: 'kim' });
    expect(alarm.pendingEvents.at(-1)?.event).toMatchObject({ type: 'alarm.acknowledged', data: { by: 'kim', reason: 'looking', state: 'open' } });
    expect(applyCommand(alarm, command('alarm.acknowledge', t0 + 9_000, 'lee'), nowMs)).toBeUndefined();
  });

  it('a resolved alarm can be neither acknowledged nor closed', () => {
    expect(applyCommand(fold(life), command('alarm.acknowledge', nowMs), nowMs)).toBeUndefined();
    expect(applyCommand(fold(life), command('alarm.close', nowMs), nowMs)).toBeUndefined();
  });

  it('a closed alarm stays closed under milder news, and opens again, unacknowledged, when it gets worse', () => {
    const acknowledged = applyCommand(fold([opened, worse]), command('alarm.acknowledge', t0 + 70_000), nowMs)!;
    const closed = applyCommand(acknowledged, command('alarm.close', t0 + 80_000, 'kim', 'known'), nowMs)!;
    expect(closed).toMatchObject({ state: 'resolved', resolvedAtMs: t0 + 80_000, closed: { by: 'kim', reason: 'known', level: 'critical' } });
    const milder = buildAlarmEvent('alarm.level-changed', { transition: 3, level: 'warn', atMs: t0 + 90_000 });
    const after = fold([milder], closed);
    expect(after).toMatchObject({ state: 'resolved', resolvedAtMs: t0 + 80_000, level: 'warn' });
    expect(after.unrouted).toEqual([1, 2]);
    const down = fold([buildAlarmEvent('alarm.no-data', { transition: 4, level: 'down', value: null, atMs: t0 + 100_000 })], after);
    expect(down).toMatchObject({ state: 'open', unrouted: [1, 2, 4] });
    expect(down.closed).toBeUndefined();
    expect(down.acknowledged).toBeUndefined();
    expect(down.resolvedAtMs).toBeUndefined();
  });
});
