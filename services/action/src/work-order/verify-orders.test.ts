import { collections, type Alarm, type AlarmGroupMember, type AlarmTransition, type ResourceRecord, type WorkOrder } from '@opsloop/contracts';
import type { AttemptOutcome } from '@opsloop/domain';
import { EngineError } from '@opsloop/ports';
import { buildResource, eventually, pause } from '@opsloop/testing';
import { baseMs, createDeskUnderTest, type DeskUnderTest } from './desk-under-test.js';

let under: DeskUnderTest;

beforeAll(async () => void (under = await createDeskUnderTest()));
beforeEach(() => under.begin());
afterEach(() => under.end());
afterAll(() => under.stop());

describe('proving', () => {
  /** Orders of tests before this one may still be judged, as time is moved on here. */
  const told = (alarm: Alarm) => under.notices.filter(({ threadKey }) => threadKey === alarm.id);

  async function openAndRun(outcome?: AttemptOutcome['state'] | 'lost', parts: Partial<AlarmTransition> = {}, options: Parameters<typeof under.start>[0] = {}) {
    const desk = await under.start(options);
    const { alarm, event } = await under.opened(parts);
    await under.measure(`host-${under.count}`, under.clock.now() - 60_000, [95, 95, 95, 95, 95, 95]);
    await desk.onTransition(alarm, event.data, event.type);
    const [order] = await under.ordersOf(alarm.id);
    const endedMs = await under.run(order!, outcome);
    return { desk, alarm, event, id: order!.id, endedMs, state: async () => (await under.workOrders.get(order!.id))!.doc.state };
  }

  it('verifies by windows that began after the run, and closes once the alarm is resolved', async () => {
    const { desk, alarm, event, id, endedMs, state } = await openAndRun();
    await under.measure(`host-${under.count}`, endedMs, [95, 50, 50]);
    await pause(1_200);
    expect(await state()).toBe('succeeded');
    await under.measure(`host-${under.count}`, endedMs, [95, 50, 50, 50]);
    under.skew(40_000);
    await eventually('it is verified', async () => (await state()) === 'verified');
    const order = (await under.workOrders.get(id))!.doc;
    const firstMs = (Math.floor(endedMs / baseMs) + 1) * baseMs;
    expect(order.verification).toMatchObject({ targets: [{ outcome: 'verified', evidence: [{ startMs: firstMs, endMs: firstMs + baseMs, value: 50, ok: true }, { startMs: firstMs + baseMs, ok: true }] }] });
    await eventually('the alarm knows', async () => (await under.alarmNow(alarm.id)).trace.verifiedMs !== undefined);
    expect((await under.alarmNow(alarm.id)).trace).toMatchObject({ runEndedMs: endedMs, verifiedMs: order.trace.verifiedMs });
    await under.resolve(desk, event);
    await eventually('it is closed', async () => (await state()) === 'closed');
    await eventually('the whole life is told', async () => (await under.linesOf(alarm.id)).at(-1) === 'work-order.closed');
    expect(await under.linesOf(alarm.id)).toEqual(['work-order.requested', 'work-order.ready', 'work-order.running', 'work-order.succeeded', 'work-order.verified', 'work-order.closed']);
    expect(told(alarm)).toEqual([]);
  });

  it('closes as well when the alarm was resolved before the proof', async () => {
    const { desk, event, endedMs, state } = await openAndRun();
    await under.resolve(desk, event);
    expect(await state()).toBe('succeeded');
    await under.measure(`host-${under.count}`, endedMs, [95, 50, 50, 50]);
    under.skew(40_000);
    await eventually('it is closed', async () => (await state()) === 'closed');
  });

  it('escalates what was not verified, to whom the scenario names', async () => {
    await under.scenario('told', {}, { onNotVerified: { receivers: ['boss'] } });
    const { alarm, id, endedMs, state } = await openAndRun('ok', { scenarios: ['told'] });
    await under.measure(`host-${under.count}`, endedMs, [95, 95, 50, 95, 95]);
    under.skew(210_000);
    await eventually('it is not verified', async () => (await state()) === 'not-verified');
    await eventually('it is escalated', () => told(alarm).length === 1);
    expect(told(alarm)).toMatchObject([{ kind: 'escalation', receivers: ['boss'], level: 'critical', key: `work-order/${id}/not-verified/${id}-r1`, alarmIds: [alarm.id], subject: { en: expect.stringMatching(/^Repair not verified: /) } }]);
    expect((await under.workOrders.get(id))!.doc.verification!.targets[0]!.evidence.map((one) => one.ok)).toEqual([false, true, false, false]);
  });

  it('judges a rate by what the policy makes of the windows, not by the windows', async () => {
    await under.scenario('calming', { playbook: 'calm' });
    const desk = await under.start();
    const { alarm, event } = await under.opened({ scenarios: ['calming'] });
    await under.measure(`host-${under.count}`, under.clock.now() - 120_000, [10, 10, 10, 10, 10, 10, 15, 20, 25, 30, 35, 40]);
    await desk.onTransition(alarm, event.data, event.type);
    const [order] = await under.ordersOf(alarm.id);
    const endedMs = await under.run(order!);
    await under.measure(`host-${under.count}`, endedMs, [45, 45, 45, 45, 45, 45, 45, 45, 45]);
    under.skew(90_000);
    await eventually('it is verified', async () => (await under.workOrders.get(order!.id))!.doc.state === 'verified');
    const [target] = (await under.workOrders.get(order!.id))!.doc.verification!.targets;
    expect(target!.evidence.at(-1)!.value).toBeLessThan(2);
    expect(target!.evidence[0]).toMatchObject({ ok: false });
  });

  it('tells apart that nothing was measured', async () => {
    const { alarm, state } = await openAndRun();
    under.skew(210_000);
    await eventually('it is not verified', async () => (await state()) === 'not-verified');
    await eventually('it is escalated', () => told(alarm).length === 1);
    expect(told(alarm)[0]).toMatchObject({ receivers: ['ops-mail'], subject: { en: expect.stringMatching(/^Repair not verified: no data: /) } });
  });

  it('tells people when the measurements can never be read', async () => {
    const refuse = () => Promise.reject(new EngineError('the answer has more than 1000000 points', { retryable: false }));
    const { alarm, id, state } = await openAndRun('ok', {}, { query: refuse });
    await eventually('it is not verified', async () => (await state()) === 'not-verified');
    await eventually('it is escalated', () => told(alarm).length === 1);
    expect(told(alarm)[0]).toMatchObject({ receivers: ['ops-mail'], subject: { en: expect.stringMatching(/^Repair not verified: /) } });
    expect((await under.workOrders.get(id))!.doc.verification!.targets).toMatchObject([{ outcome: 'not-verified', reason: 'it cannot be judged: the answer has more than 1000000 points', evidence: [] }]);
  });

  it('tells people when judging itself fails, and not because it is being stopped', async () => {
    let fail = (): void => undefined;
    const asked: Promise<never>[] = [];
    const query = () => {
      asked.push(new Promise((_, reject) => (fail = () => reject(new TypeError('no such row')))));
      return asked.at(-1)!;
    };
    const { desk, alarm, id, state } = await openAndRun('ok', {}, { query });
    await eventually('it is judged', () => asked.length === 1);
    const stopping = desk.stop(5_000);
    await pause(50);
    fail();
    await stopping;
    expect(await state()).toBe('succeeded');
    under.skew(20_000);
    await under.start({ query: () => Promise.reject(new TypeError('no such row')) });
    await eventually('it is not verified', async () => (await state()) === 'not-verified');
    await eventually('it is escalated', () => told(alarm).length === 1);
    expect((await under.workOrders.get(id))!.doc.verification!.targets).toMatchObject([{ outcome: 'not-verified', reason: 'it cannot be judged: no such row' }]);
  });

  it('looks again when the measurements cannot be read just now', async () => {
    const { state } = await openAndRun('ok', {}, { query: () => Promise.reject(new EngineError('the store does not answer', { retryable: true })) });
    await pause(1_500);
    expect(await state()).toBe('succeeded');
  });

  it('says that a target had healed by itself', async () => {
    const desk = await under.start();
    const { alarm, event } = await under.opened();
    await desk.onTransition(alarm, event.data, event.type);
    const [order] = await under.ordersOf(alarm.id);
    under.skew(60_000);
    await under.measure(`host-${under.count}`, under.clock.now() - 30_000, [50, 50, 50]);
    const endedMs = await under.run(order!);
    await under.measure(`host-${under.count}`, endedMs, [50, 50, 50, 50]);
    under.skew(40_000);
    await eventually('it is verified', async () => (await under.workOrders.get(order!.id))!.doc.state === 'verified');
    expect((await under.workOrders.get(order!.id))!.doc.verification!.targets).toMatchObject([{ outcome: 'self-healed' }]);
  });

  it.each([
    ['nobody treated', async () => undefined, 'self-healed'],
    ['another order treated', async (peer: string) => void (await under.workOrders.insert({ id: `default/other-${peer}`, tenant: 'default', state: 'succeeded', runs: ['r'], targets: [{ id: peer, name: peer, resource: buildResource({ uid: peer }).id, address: {} }], changedAtMs: under.clock.now() } as unknown as WorkOrder)), 'verified'],
  ] as const)('credits the repair by what a peer did that %s', async (_name, treat, outcome) => {
    const peer = `peer-${under.count}`;
    const resource = buildResource({ uid: peer });
    await under.documents.collection<ResourceRecord>(collections.resources).insert({ ...resource, id: `default/${resource.id}`, resourceId: resource.id, name: peer, attributes: {}, sources: [], metrics: [], firstSeenMs: 0, lastSeenMs: 0, updatedMs: 0 });
    await under.measure(peer, under.clock.now() - 60_000, [95, 95, 95, 95, 95, 95]);
    const { id, endedMs, state } = await openAndRun();
    await treat(peer);
    await under.measure(peer, endedMs, [95, 50, 50, 50]);
    await under.measure(`host-${under.count}`, endedMs, [95, 50, 50, 50]);
    under.skew(40_000);
    await eventually('it is verified', async () => (await state()) === 'verified');
    const order = (await under.workOrders.get(id))!.doc;
    expect(order.verification!.targets).toMatchObject([{ outcome, reason: outcome === 'verified' ? expect.stringContaining('cpu-high was good for 20s') : `${peer} recovered at the same time without being treated: 1 of 1 that cpu-high found broken` }]);
  });

  it('escalates an unknown outcome at once, judges it, and keeps it unknown', async () => {
    const { alarm, id, endedMs, state } = await openAndRun('lost');
    await eventually('it is escalated', () => told(alarm).length === 1);
    expect(told(alarm)[0]).toMatchObject({ kind: 'escalation', subject: { en: expect.stringMatching(/^Outcome of a repair unknown: /) } });
    await under.measure(`host-${under.count}`, endedMs, [95, 50, 50, 50]);
    under.skew(40_000);
    await eventually('it is judged', async () => (await under.workOrders.get(id))!.doc.verification!.targets[0]!.outcome === 'verified');
    expect(await state()).toBe('unknown');
    await eventually('the timeline has it', async () => (await under.linesOf(alarm.id)).includes('verification.verified'));
    expect(told(alarm)).toHaveLength(1);
  });

  it('tells everybody who heard of the alarm where neither policy nor scenario names anybody for it; says so where nobody did', async () => {
    const { desk, alarm, id } = await openAndRun('failed', { receivers: [] });
    await eventually('the timeline has it', async () => (await under.linesOf(alarm.id)).includes('notice.nobody'));
    expect((await under.alarmNow(alarm.id)).timeline.find((one) => one.what === 'notice.nobody')).toMatchObject({ text: `nobody is told "Repair failed: restart: host-${under.count}": name receivers in policy ${alarm.policy}, or in its scenario`, ref: `work-order/${id}/failed/${id}-r1` });
    expect(told(alarm)).toEqual([]);
    const heard = await under.opened({ receivers: [] });
    await under.documents.collection<AlarmGroupMember>(collections.alarmGroupMembers).insert({ id: `default/member-${under.count}`, tenant: 'default', group: 'g', occurrence: heard.alarm.id, receiver: 'night-shift' } as unknown as AlarmGroupMember);
    await desk.onTransition(heard.alarm, heard.event.data, heard.event.type);
    const [order] = await under.ordersOf(heard.alarm.id);
    await under.run(order!, 'failed');
    await eventually('it is escalated', () => told(heard.alarm).length === 1);
    expect(told(heard.alarm)[0]).toMatchObject({ kind: 'escalation', receivers: ['night-shift'] });
  });

  it('escalates a failed repair', async () => {
    const { alarm, state } = await openAndRun('failed');
    await eventually('it is escalated', () => told(alarm).length === 1);
    expect(told(alarm)[0]).toMatchObject({ subject: { en: expect.stringMatching(/^Repair failed: /), ko: expect.stringMatching(/^조치 실패: /) } });
    expect(await state()).toBe('failed');
  });
});
