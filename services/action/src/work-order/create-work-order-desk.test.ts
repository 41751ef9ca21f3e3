import {
  collections, definitionSchema, settingsSchema, topics, workOrderEventSchema,
  type Alarm, type AlarmEvent, type AlarmTransition, type DefinitionRecord, type ForecastScore, type ResourceRecord, type Run, type ScenarioLimits, type WorkOrder, type WorkOrderCommand,
} from '@opsloop/contracts';
import { beginWorkOrderRun, closeRun, commandWorkOrder, createForecastTotals, endWorkOrderRun, planRun, stepRun, type AttemptOutcome } from '@opsloop/domain';
import { createEmbeddedBus, createEmbeddedDocuments, createEmbeddedMetricStore } from '@opsloop/engines-embedded';
import type { Checkpoints, Clock } from '@opsloop/ports';
import { createLogger, createOwnMetrics, createSystemClock, decodeEvent } from '@opsloop/runtime';
import { buildAlarmEvent, buildResource, buildWindowBatch, createMortalEngines, createTempDir, eventually, pause, type MortalEngines } from '@opsloop/testing';
import { createAlarmTimeline } from '../alarm/append-timeline.js';
import { storeTransition } from '../alarm/store-transition.js';
import type { NoticeRequest } from '../notice/queue-notice.js';
import { createWorkOrderDesk, type WorkOrderDesk } from './create-work-order-desk.js';

const folder = createTempDir('desk-').path;
const baseMs = 10_000;
let skewMs = 0;
const clock: Clock = { ...createSystemClock(), now: () => Date.now() + skewMs };
const bus = createEmbeddedBus({ dataDir: folder, clock, maxBytes: 2 ** 30 });
const documents = createEmbeddedDocuments({ dataDir: folder, clock });
const metricStore = createEmbeddedMetricStore({ dataDir: folder, windowMs: baseMs });
const workOrders = documents.collection<WorkOrder>(collections.workOrders);
const alarms = documents.collection<Alarm>(collections.alarms);
const announced: string[] = [];
const bob = { role: 'person' as const, name: 'bob', scopes: ['operate', 'approve'] };
let notices: NoticeRequest[] = [];
let living: WorkOrderDesk[] = [];
let count = 0;

beforeAll(async () => {
  for (const part of [documents, bus, metricStore]) await part.start();
  await bus.tail(topics.workOrders.name, 'oldest', (_, records) => {
    for (const event of records.map((one) => decodeEvent(workOrderEventSchema, one.value))) announced.push(`${event.data.workOrder} ${event.data.state}`);
  });
  await define('Playbook', 'restart', { steps: [{ id: 'a', uses: 'local', run: ['restart'] }], verify: { policy: 'cpu-high', holds: '20s', within: '2m' } });
  await define('Playbook', 'blind', { steps: [{ id: 'a', uses: 'local', run: ['restart'] }] });
  await define('Playbook', 'by-http', { steps: [{ id: 'a', uses: 'http', request: {} }] });
  await define('Policy', 'cpu-high', { metric: 'cpu.utilisation', window: '10s', aggregate: 'MAX', threshold: { warn: '> 80', critical: '> 90', recover: '< 70' } });
  await scenario('heal', {});
});
beforeEach(() => {
  notices = [];
  count += 1;
});
afterEach(async () => {
  for (const one of living) await one.stop(1_000);
  living = [];
});
afterAll(async () => {
  for (const part of [metricStore, bus, documents]) await part.stop(2_000);
});

async function define(kind: string, name: string, spec: object): Promise<void> {
  const definition = definitionSchema.parse({ apiVersion: 'opsloop/v1', kind, metadata: { name }, spec });
  await documents.collection<DefinitionRecord>(collections.definitions).insert({ id: `default/${kind}/${name}`, tenant: 'default', kind: definition.kind, name, deleted: false, changedAtMs: 0, managedBy: 'api', versions: [{ version: 1, sinceMs: 0, definition, source: '', author: 'ann', atMs: 0 }] });
}

const scenario = (name: string, step: object, more: object = {}): Promise<void> => define('Scenario', name, { cooldown: '0s', maxRunsPerHour: 1_000, levels: { critical: [{ do: 'work-order', playbook: 'restart', approval: 'none', ...step }] }, ...more });

async function start(options: { killAt?: string } = {}): Promise<WorkOrderDesk & { mortal: MortalEngines }> {
  const mortal = createMortalEngines({ bus, documents, clock });
  const context = {
    settings: settingsSchema.parse({}), instance: `desk-${Math.random()}`, ...mortal, metricStore, checkpoints: {} as Checkpoints, logger: createLogger('silent', 'desk'), ownMetrics: createOwnMetrics(),
    reach(point: string): void {
      if (point !== options.killAt || mortal.isDead()) return;
      mortal.die();
      throw new Error('killed');
    },
  };
  const desk = createWorkOrderDesk(context, { ...createAlarmTimeline(context), queueNotice: async (request) => void notices.push(request) });
  await desk.start();
  if (!options.killAt) living.push(desk);
  return { ...desk, mortal };
}

/** `host` is new in each test, unless it is named. */
async function opened(parts: Partial<AlarmTransition> = {}, host = `host-${count}`): Promise<{ alarm: Alarm; event: AlarmEvent }> {
  const event = buildAlarmEvent('alarm.opened', { occurrence: `default/occurrence-${count}-${host}-${Math.random()}`, resource: buildResource({ uid: host }), resourceName: host, level: 'critical', scenarios: ['heal'], atMs: clock.now(), ...parts });
  return { event, alarm: await storeTransition(documents, event, clock.now()) };
}

async function resolve(desk: WorkOrderDesk, event: AlarmEvent): Promise<void> {
  const after: AlarmEvent = { ...event, type: 'alarm.resolved', id: `${event.data.occurrence}#2`, data: { ...event.data, transition: 2, atMs: clock.now(), value: 1 } };
  await desk.onTransition(await storeTransition(documents, after, clock.now()), after.data, 'alarm.resolved');
}

const ordersOf = async (alarm: string): Promise<WorkOrder[]> => (await workOrders.find({ tenant: 'default', alarm })).items.map(({ doc }) => doc);
const alarmNow = async (id: string): Promise<Alarm> => (await alarms.get(id))!.doc;
const linesOf = async (id: string): Promise<string[]> => (await alarmNow(id)).timeline.filter((one) => !one.what.startsWith('alarm.')).map((one) => one.what);

async function change(id: string, decide: (order: WorkOrder, version: number) => { order: WorkOrder } | { refused: string; reason: string }): Promise<WorkOrder> {
  for (;;) {
    const stored = (await workOrders.get(id))!;
    const moved = decide(stored.doc, stored.version);
    if (!('order' in moved)) throw new Error(moved.reason);
    const outcome = await workOrders.replace(moved.order, stored.version, { keepLease: true });
    if (outcome !== 'conflict') return outcome.doc;
  }
}

const ask = (id: string, command: WorkOrderCommand): Promise<WorkOrder> => change(id, (order, version) => commandWorkOrder(order, command, bob, { nowMs: clock.now(), version }));

/** What an executor does. Answers when the run ended. */
async function run(order: WorkOrder, outcome: AttemptOutcome['state'] | 'lost' = 'ok'): Promise<number> {
  const running = await change(order.id, (now, version) => beginWorkOrderRun(now, 'e1', { nowMs: clock.now(), version }));
  const playbook = (await documents.collection<DefinitionRecord>(collections.definitions).get(`default/Playbook/${order.jobs[0]!.playbook}`))!.doc.versions[0]!.definition;
  if (playbook?.kind !== 'Playbook') throw new Error('no playbook');
  const begun = stepRun(planRun(running, [{ order: 1, playbook, playbookVersion: 1, inputs: {} }], clock.now()), { type: 'begin', executor: 'e1', atMs: clock.now() }, { maxParallel: 9 });
  const ended = outcome === 'lost'
    ? stepRun(begun.run, { type: 'take-over', executor: 'e2', atMs: clock.now() }, { maxParallel: 9 })
    : stepRun(begun.run, { type: 'attempt-ended', ref: begun.begun[0]!, outcome: { state: outcome }, output: '', atMs: clock.now() }, { maxParallel: 9 });
  await documents.collection<Run>(collections.runs).insert(closeRun(ended.run));
  const done = await change(order.id, (now, version) => endWorkOrderRun(now, ended.run, 'e1', { nowMs: clock.now(), version }));
  return done.runEndedAtMs!;
}

/** Base windows of the host from the one that holds `fromMs` on, one per value. */
async function measure(host: string, fromMs: number, values: readonly number[]): Promise<void> {
  const startMs = Math.floor(fromMs / baseMs) * baseMs;
  await metricStore.write(values.map((value, index) => buildWindowBatch({ resource: buildResource({ uid: host }), startMs: startMs + index * baseMs, revision: index + 1, windows: [{ metric: 'cpu.utilisation', labels: {}, values: [value] }] })));
}

describe('opening', () => {
  it('opens an order that is ready at once, once, and says so', async () => {
    const desk = await start();
    const { alarm, event } = await opened();
    for (let i = 0; i < 2; i += 1) await desk.onTransition(alarm, event.data, event.type);
    const [order, ...others] = await ordersOf(alarm.id);
    expect(others).toEqual([]);
    expect(order).toMatchObject({ state: 'ready', scenario: 'heal', alarm: alarm.id, title: `restart: host-${count}`, targets: [{ resource: alarm.resourceId }] });
    await eventually('it is announced', () => announced.includes(`${order!.id} requested`) && announced.includes(`${order!.id} ready`));
    await eventually('the timeline has it', async () => (await linesOf(alarm.id)).join() === 'work-order.requested,work-order.ready');
    expect(await alarmNow(alarm.id)).toMatchObject({ workOrders: [order!.id], trace: { workOrderMs: order!.createdAtMs } });
    expect(notices).toEqual([]);
  });

  it('waits until the forecasts of a policy have proved themselves, where it says so', async () => {
    const desk = await start();
    const forecast = { madeAtMs: 0, within: '1h', crossings: [], model: '', why: '', points: [], scored: 0, hits: 0, gate: { minHitRate: 0.6, minScored: 10 } };
    const scores = documents.collection<ForecastScore>(collections.forecastScores);
    const tell = async (hit: number, wrong: number, partition: number): Promise<unknown> =>
      scores.insert({ id: `default/ahead/${partition}`, tenant: 'default', policy: 'ahead', partition, key: 'k', totals: { ...createForecastTotals(), hit, false: wrong }, updatedAtMs: 1 });
    await tell(5, 2, 0);
    const early = await opened({ policy: 'ahead', forecast });
    await desk.onTransition(early.alarm, early.event.data, early.event.type);
    expect(await ordersOf(early.alarm.id)).toEqual([]);
    expect((await alarmNow(early.alarm.id)).timeline.at(-1)!.text).toBe('heal did not run restart: 7 of its forecasts have been scored, and minScored is 10');
    await tell(3, 1, 1);
    const proved = await opened({ policy: 'ahead', forecast });
    await desk.onTransition(proved.alarm, proved.event.data, proved.event.type);
    expect(await ordersOf(proved.alarm.id)).toHaveLength(1);
  });

  it('lets a person approve where that is asked for, then goes on by itself', async () => {
    await scenario('careful', { approval: 'required' });
    const desk = await start();
    const { alarm, event } = await opened({ scenarios: ['careful'] });
    await desk.onTransition(alarm, event.data, event.type);
    const [order] = await ordersOf(alarm.id);
    expect(order!.state).toBe('requested');
    await eventually('somebody is asked', () => notices.length === 1);
    expect(notices[0]).toMatchObject({ kind: 'work-order', receivers: ['ops-mail'], threadKey: alarm.id, subject: { en: `Approval needed: restart: host-${count}`, ko: expect.stringMatching(/승인 필요/) }, text: { en: expect.stringContaining(`/work-orders/${order!.id.split('/')[1]}`) } });
    await ask(order!.id, { command: 'approve', reason: '' });
    await eventually('it is ready', async () => (await workOrders.get(order!.id))!.doc.state === 'ready');
    expect(await workOrders.get(order!.id)).toMatchObject({ doc: { approver: 'bob', runNumber: 1 } });
  });

  it('holds back within the cooldown of a resource, and tells why', async () => {
    await scenario('calm', {}, { cooldown: '10m' });
    const desk = await start();
    const first = await opened({ scenarios: ['calm'] });
    const second = await opened({ scenarios: ['calm'] });
    const other = await opened({ scenarios: ['calm'] }, `other-${count}`);
    for (const { alarm, event } of [first, second, second, other]) await desk.onTransition(alarm, event.data, event.type);
    expect(await Promise.all([first, second, other].map(async ({ alarm }) => (await ordersOf(alarm.id)).length))).toEqual([1, 0, 1]);
    const held = (await alarmNow(second.alarm.id)).timeline.filter((one) => one.what === 'scenario.held-back');
    expect(held).toMatchObject([{ text: expect.stringMatching(/^calm did not run restart: it acted on host-\d+ \S+ ago, and its cooldown is 10m$/), by: 'scenario calm' }]);
    expect((await alarmNow(second.alarm.id)).workOrders).toEqual([]);
  });

  it('opens no more than maxRunsPerHour, also when several desks decide at once', async () => {
    await scenario('few', {}, { maxRunsPerHour: 4 });
    const desks = await Promise.all([start(), start(), start()]);
    const all = await Promise.all(Array.from({ length: 12 }, (_, i) => opened({ scenarios: ['few'] }, `many-${i}`)));
    await Promise.all(all.flatMap(({ alarm, event }) => desks.map((desk) => desk.onTransition(alarm, event.data, event.type))));
    const orders = (await workOrders.find({ tenant: 'default', scenario: 'few' }, { limit: 100 })).items;
    expect(orders).toHaveLength(4);
    const held = await Promise.all(all.map(async ({ alarm }) => (await linesOf(alarm.id)).filter((what) => what === 'scenario.held-back').length));
    expect(held.reduce((sum, one) => sum + one, 0)).toBe(8);
  });

  it.each([
    ['a playbook that does not exist', { playbook: 'gone' }, {}, /there is no playbook gone/],
    ['a playbook that cannot run there', { playbook: 'by-http' }, {}, /needs address.url/],
    ['what happened long ago', {}, { atMs: Date.now() - 2 * 3_600_000 }, /too long ago to act on/],
  ])('does not act on %s, and tells why', async (_name, step, parts, why) => {
    await scenario(`odd-${count}`, step);
    const desk = await start();
    const { alarm, event } = await opened({ scenarios: [`odd-${count}`], ...parts });
    await desk.onTransition(alarm, event.data, event.type);
    expect(await ordersOf(alarm.id)).toEqual([]);
    expect((await alarmNow(alarm.id)).timeline.find((one) => one.what === 'scenario.held-back')?.text).toMatch(why);
    expect(await documents.collection<ScenarioLimits>(collections.scenarioLimits).get(`default/odd-${count}`)).toBeUndefined();
  });

  it.each(['desk.after-limits-stored', 'desk.after-work-order-inserted'])('crash at %s: the redelivery opens one order, and counts it once', async (killAt) => {
    await scenario(`crash-${count}`, {}, { cooldown: '10m', maxRunsPerHour: 1 });
    const dying = await start({ killAt });
    const { alarm, event } = await opened({ scenarios: [`crash-${count}`] });
    await expect(dying.onTransition(alarm, event.data, event.type)).rejects.toThrow('killed');
    const desk = await start();
    for (let i = 0; i < 2; i += 1) await desk.onTransition(alarm, event.data, event.type);
    const orders = await ordersOf(alarm.id);
    expect(orders.map((one) => one.state)).toEqual(['ready']);
    expect(await documents.collection<ScenarioLimits>(collections.scenarioLimits).get(`default/crash-${count}`)).toMatchObject({ doc: { granted: [{ workOrder: orders[0]!.id }], heldBack: [] } });
    await eventually('the timeline has it', async () => (await linesOf(alarm.id)).includes('work-order.ready'));
    expect(new Set(await linesOf(alarm.id)).size).toBe((await linesOf(alarm.id)).length);
  });
});

describe('proving', () => {
  async function openAndRun(outcome?: AttemptOutcome['state'] | 'lost', parts: Partial<AlarmTransition> = {}) {
    const desk = await start();
    const { alarm, event } = await opened(parts);
    await measure(`host-${count}`, clock.now() - 60_000, [95, 95, 95, 95, 95, 95]);
    await desk.onTransition(alarm, event.data, event.type);
    const [order] = await ordersOf(alarm.id);
    const endedMs = await run(order!, outcome);
    return { desk, alarm, event, id: order!.id, endedMs, state: async () => (await workOrders.get(order!.id))!.doc.state };
  }

  it('verifies by windows that began after the run, and closes once the alarm is resolved', async () => {
    const { desk, alarm, event, id, endedMs, state } = await openAndRun();
    await measure(`host-${count}`, endedMs, [95, 50, 50]);
    await pause(1_200);
    expect(await state()).toBe('succeeded');
    await measure(`host-${count}`, endedMs, [95, 50, 50, 50]);
    skewMs += 40_000;
    await eventually('it is verified', async () => (await state()) === 'verified');
    const order = (await workOrders.get(id))!.doc;
    const firstMs = (Math.floor(endedMs / baseMs) + 1) * baseMs;
    expect(order.verification).toMatchObject({ targets: [{ outcome: 'verified', evidence: [{ startMs: firstMs, endMs: firstMs + baseMs, value: 50, ok: true }, { startMs: firstMs + baseMs, ok: true }] }] });
    await eventually('the alarm knows', async () => (await alarmNow(alarm.id)).trace.verifiedMs !== undefined);
    expect((await alarmNow(alarm.id)).trace).toMatchObject({ runEndedMs: endedMs, verifiedMs: order.trace.verifiedMs });
    await resolve(desk, event);
    await eventually('it is closed', async () => (await state()) === 'closed');
    await eventually('the whole life is told', async () => (await linesOf(alarm.id)).at(-1) === 'work-order.closed');
    expect(await linesOf(alarm.id)).toEqual(['work-order.requested', 'work-order.ready', 'work-order.running', 'work-order.succeeded', 'work-order.verified', 'work-order.closed']);
    expect(notices).toEqual([]);
  });

  it('closes as well when the alarm was resolved before the proof', async () => {
    const { desk, event, endedMs, state } = await openAndRun();
    await resolve(desk, event);
    expect(await state()).toBe('succeeded');
    await measure(`host-${count}`, endedMs, [95, 50, 50, 50]);
    skewMs += 40_000;
    await eventually('it is closed', async () => (await state()) === 'closed');
  });

  it('escalates what was not verified, to whom the scenario names', async () => {
    await scenario('told', {}, { onNotVerified: { receivers: ['boss'] } });
    const { alarm, id, endedMs, state } = await openAndRun('ok', { scenarios: ['told'] });
    await measure(`host-${count}`, endedMs, [95, 95, 50, 95, 95]);
    skewMs += 130_000;
    await eventually('it is not verified', async () => (await state()) === 'not-verified');
    await eventually('it is escalated', () => notices.length === 1);
    expect(notices).toMatchObject([{ kind: 'escalation', receivers: ['boss'], level: 'critical', key: `work-order/${id}/not-verified/${id}-r1`, alarmIds: [alarm.id], subject: { en: expect.stringMatching(/^Repair not verified: /) } }]);
    expect((await workOrders.get(id))!.doc.verification!.targets[0]!.evidence.map((one) => one.ok)).toEqual([false, true, false, false]);
  });

  it('tells apart that nothing was measured', async () => {
    const { state } = await openAndRun();
    skewMs += 130_000;
    await eventually('it is not verified', async () => (await state()) === 'not-verified');
    await eventually('it is escalated', () => notices.length === 1);
    expect(notices[0]).toMatchObject({ receivers: ['ops-mail'], subject: { en: expect.stringMatching(/^Repair not verified: no data: /) } });
  });

  it('says that a target had healed by itself', async () => {
    const desk = await start();
    const { alarm, event } = await opened();
    await desk.onTransition(alarm, event.data, event.type);
    const [order] = await ordersOf(alarm.id);
    skewMs += 60_000;
    await measure(`host-${count}`, clock.now() - 30_000, [50, 50, 50]);
    const endedMs = await run(order!);
    await measure(`host-${count}`, endedMs, [50, 50, 50, 50]);
    skewMs += 40_000;
    await eventually('it is verified', async () => (await workOrders.get(order!.id))!.doc.state === 'verified');
    expect((await workOrders.get(order!.id))!.doc.verification!.targets).toMatchObject([{ outcome: 'self-healed' }]);
  });

  it.each([
    ['nobody treated', async () => undefined, 'self-healed'],
    ['another order treated', async (peer: string) => void (await workOrders.insert({ id: `default/other-${peer}`, tenant: 'default', state: 'succeeded', runs: ['r'], targets: [{ id: peer, name: peer, resource: buildResource({ uid: peer }).id, address: {} }], changedAtMs: clock.now() } as unknown as WorkOrder)), 'verified'],
  ] as const)('credits the repair by what a peer did that %s', async (_name, treat, outcome) => {
    const peer = `peer-${count}`;
    const resource = buildResource({ uid: peer });
    await documents.collection<ResourceRecord>(collections.resources).insert({ ...resource, id: `default/${resource.id}`, resourceId: resource.id, name: peer, attributes: {}, sources: [], metrics: [], firstSeenMs: 0, lastSeenMs: 0, updatedMs: 0 });
    await measure(peer, clock.now() - 60_000, [95, 95, 95, 95, 95, 95]);
    const { id, endedMs, state } = await openAndRun();
    await treat(peer);
    await measure(peer, endedMs, [95, 50, 50, 50]);
    await measure(`host-${count}`, endedMs, [95, 50, 50, 50]);
    skewMs += 40_000;
    await eventually('it is verified', async () => (await state()) === 'verified');
    const order = (await workOrders.get(id))!.doc;
    expect(order.verification!.targets).toMatchObject([{ outcome, reason: outcome === 'verified' ? expect.stringContaining('cpu-high was good for 20s') : `${peer} recovered at the same time without being treated: 1 of 1 that cpu-high found broken` }]);
  });

  it('escalates an unknown outcome at once, judges it, and keeps it unknown', async () => {
    const { alarm, id, endedMs, state } = await openAndRun('lost');
    await eventually('it is escalated', () => notices.length === 1);
    expect(notices[0]).toMatchObject({ kind: 'escalation', subject: { en: expect.stringMatching(/^Outcome of a repair unknown: /) } });
    await measure(`host-${count}`, endedMs, [95, 50, 50, 50]);
    skewMs += 40_000;
    await eventually('it is judged', async () => (await workOrders.get(id))!.doc.verification!.targets[0]!.outcome === 'verified');
    expect(await state()).toBe('unknown');
    await eventually('the timeline has it', async () => (await linesOf(alarm.id)).includes('verification.verified'));
    expect(notices).toHaveLength(1);
  });

  it('escalates a failed repair', async () => {
    const { state } = await openAndRun('failed');
    await eventually('it is escalated', () => notices.length === 1);
    expect(notices[0]).toMatchObject({ subject: { en: expect.stringMatching(/^Repair failed: /), ko: expect.stringMatching(/^조치 실패: /) } });
    expect(await state()).toBe('failed');
  });
});

describe('when the alarm is resolved', () => {
  it('takes back what still waits for an approval', async () => {
    await scenario('slow', { approval: 'required' });
    const desk = await start();
    const { alarm, event } = await opened({ scenarios: ['slow'] });
    await desk.onTransition(alarm, event.data, event.type);
    await resolve(desk, event);
    expect(await ordersOf(alarm.id)).toMatchObject([{ state: 'cancelled' }]);
    await eventually('the timeline has it', async () => (await linesOf(alarm.id)).includes('work-order.cancelled'));
  });

  it('closes what succeeded and names nothing to verify by', async () => {
    await scenario('unproven', { playbook: 'blind' });
    const desk = await start();
    const { alarm, event } = await opened({ scenarios: ['unproven'] });
    await desk.onTransition(alarm, event.data, event.type);
    await run((await ordersOf(alarm.id))[0]!);
    expect(await ordersOf(alarm.id)).toMatchObject([{ state: 'succeeded' }]);
    await resolve(desk, event);
    expect(await ordersOf(alarm.id)).toMatchObject([{ state: 'closed' }]);
  });
});
