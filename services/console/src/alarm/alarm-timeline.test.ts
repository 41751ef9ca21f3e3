import type { AlarmAnswer } from '@opsloop/contracts';
import { incidentSteps } from '../overview/incident-steps.js';
import { buildTimeline, loopStages } from './alarm-timeline.js';

const at = (seconds: number): string => new Date(seconds * 1_000).toISOString();

const order = {
  id: 'default/order',
  runs: ['default/order-r1'],
  run: 'default/order-r1',
  state: 'verified',
  createdAt: at(13),
  runEndedAt: at(16),
  verification: { targets: [] },
  timeline: [
    { at: at(13), what: 'work-order.requested', text: 'requested by opsloop' },
    { at: at(13.5), what: 'work-order.ready', text: 'no approval is needed' },
    { at: at(14), what: 'work-order.running', text: 'run 1 started', ref: 'default/order-r1' },
    { at: at(16), what: 'work-order.succeeded', text: '1 of 1', ref: 'default/order-r1' },
    { at: at(32), what: 'work-order.verified', text: 'held for 10s' },
  ],
};

const healed = {
  pendingSince: at(0),
  openedAt: at(10),
  resolvedAt: at(30),
  state: 'resolved',
  receivers: ['on-call'],
  trace: { sample: at(9.2), arrival: at(12), judged: at(12.05), notified: at(12.4), workOrder: at(13), runEnded: at(16), verified: at(32) },
  timeline: [
    { at: at(10), what: 'alarm.opened', text: 'health.up is 0' },
    { at: at(12.4), what: 'notice.sent', text: 'on-call', ref: 'default/notice' },
    { at: at(13), what: 'work-order.requested', text: 'Restart', ref: 'default/order' },
    { at: at(30), what: 'alarm.resolved', text: '' },
    { at: at(32), what: 'work-order.verified', text: 'held for 10s', ref: 'default/order' },
  ],
  notices: [],
  workOrderDetails: [order],
} as unknown as AlarmAnswer;

describe('buildTimeline', () => {
  const nodes = buildTimeline(healed);
  test('tells everything from the first sample to the proof, in order, each once', () => {
    expect(nodes.map((node) => node.what)).toEqual([
      'condition.began', 'sample.measured', 'sample.arrived', 'alarm.judged', 'alarm.opened', 'notice.sent', 'work-order.requested',
      'work-order.ready', 'work-order.running', 'work-order.succeeded', 'alarm.resolved', 'work-order.verified',
    ]);
  });
  test('the opening stands where it was decided, with the time that it is dated by', () => {
    expect(nodes.find((node) => node.what === 'alarm.opened')).toMatchObject({ atMs: 12_050, datedMs: 10_000 });
    // Decided by one sample, and dated by the end of its window, after the repair.
    const early = buildTimeline({ ...healed, openedAt: at(20), timeline: [...healed.timeline.slice(1), { at: at(20), what: 'alarm.opened', text: '' }] } as unknown as AlarmAnswer);
    expect(early.map((node) => node.what).indexOf('alarm.opened')).toBeLessThan(early.map((node) => node.what).indexOf('notice.sent'));
    expect(early.find((node) => node.what === 'alarm.opened')).toMatchObject({ atMs: 12_050, datedMs: 20_000 });
  });
  test('replayed history is told by its own times', () => {
    const replayed = buildTimeline({ ...healed, trace: { ...healed.trace, judged: at(5_000) } } as unknown as AlarmAnswer);
    expect(replayed.find((node) => node.what === 'alarm.opened')).toMatchObject({ atMs: 10_000, datedMs: undefined });
  });
  test('durations between add up to the whole', () => {
    expect(nodes[0]!.sincePreviousMs).toBeUndefined();
    expect(nodes.reduce((sum, node) => sum + (node.sincePreviousMs ?? 0), 0)).toBe(32_000);
    expect(nodes.find((node) => node.what === 'alarm.judged')!.sincePreviousMs).toBe(50);
  });
  test('notices and work orders can be opened from it', () => {
    expect(nodes.find((node) => node.what === 'notice.sent')!.about).toEqual({ kind: 'notice', id: 'default/notice' });
    for (const what of ['work-order.requested', 'work-order.running', 'work-order.verified']) expect(nodes.find((node) => node.what === what)!.about).toEqual({ kind: 'work-order', id: 'default/order' });
    expect(nodes.find((node) => node.what === 'alarm.opened')!.about).toBeUndefined();
  });
  test('one event under two names is told once', () => {
    const echoed = { ...healed, timeline: [...healed.timeline, { at: at(32), what: 'verification.verified', text: 'held for 10s', ref: 'default/order' }] };
    expect(buildTimeline(echoed as AlarmAnswer).filter((node) => node.what.endsWith('verified'))).toHaveLength(1);
  });
  test('of several work orders, each tells its own', () => {
    const other = { ...order, id: 'default/other', runs: ['default/other-r1'], run: 'default/other-r1', timeline: [{ at: at(13), what: 'work-order.requested', text: 'the other one' }] };
    const both = buildTimeline({ ...healed, workOrderDetails: [order, other] } as unknown as AlarmAnswer);
    expect(both.filter((node) => node.what === 'work-order.requested').map((node) => node.about?.id)).toEqual(['default/order', 'default/other']);
  });
});

describe('loopStages', () => {
  test('six stages with the length of each', () => {
    expect(loopStages(healed).map((stage) => [stage.name, stage.lengthMs])).toEqual([['measured', undefined], ['decided', 2_850], ['told', 350], ['repairBegan', 1_600], ['repairEnded', 2_000], ['verified', 16_000]]);
  });
  test('stages of a repair are left out where there is none', () => {
    expect(loopStages({ ...healed, workOrderDetails: [], receivers: [], trace: { ...healed.trace, notified: undefined } } as unknown as AlarmAnswer).map((stage) => stage.name)).toEqual(['measured', 'decided']);
  });
  test('what has not happened is to come', () => {
    const waiting = { ...order, state: 'requested', runEndedAt: undefined, verification: undefined, timeline: order.timeline.slice(0, 1) };
    const { runEnded: _ended, verified: _verified, ...trace } = healed.trace;
    const stages = loopStages({ ...healed, trace, workOrderDetails: [waiting] } as unknown as AlarmAnswer);
    expect(stages.slice(3)).toEqual([{ name: 'repairBegan', atMs: undefined, lengthMs: undefined }, { name: 'repairEnded', atMs: undefined, lengthMs: undefined }, { name: 'verified', atMs: undefined, lengthMs: undefined }]);
  });
});

test('an incident is followed step by step', () => {
  expect(incidentSteps(1_000, undefined).map((step) => step.atMs !== undefined)).toEqual([true, false, false, false, false, false, false]);
  expect(incidentSteps(1_000, healed).map((step) => step.atMs)).toEqual([1_000, 12_050, 12_400, 13_000, 16_000, 30_000, 32_000]);
});
