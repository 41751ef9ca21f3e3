import { collections, type ForecastScore, type ScenarioLimits } from '@opsloop/contracts';
import { createForecastTotals, wordingIn } from '@opsloop/domain';
import { eventually } from '@opsloop/testing';
import { createDeskUnderTest, type DeskUnderTest } from './desk-under-test.js';

let under: DeskUnderTest;

beforeAll(async () => void (under = await createDeskUnderTest()));
beforeEach(() => under.begin());
afterEach(() => under.end());
afterAll(() => under.stop());

describe('opening', () => {
  it('opens an order that is ready at once, once, and says so', async () => {
    const desk = await under.start();
    const { alarm, event } = await under.opened();
    for (let i = 0; i < 2; i += 1) await desk.onTransition(alarm, event.data, event.type);
    const [order, ...others] = await under.ordersOf(alarm.id);
    expect(others).toEqual([]);
    expect(order).toMatchObject({ state: 'ready', scenario: 'heal', alarm: alarm.id, title: `restart: host-${under.count}`, targets: [{ resource: alarm.resourceId }] });
    await eventually('it is announced', () => under.announced.includes(`${order!.id} requested`) && under.announced.includes(`${order!.id} ready`));
    await eventually('the timeline has it', async () => (await under.linesOf(alarm.id)).join() === 'work-order.requested,work-order.ready');
    expect(await under.alarmNow(alarm.id)).toMatchObject({ workOrders: [order!.id], trace: { workOrderMs: order!.createdAtMs } });
    expect(under.notices).toEqual([]);
  });

  it('waits until the forecasts of a policy have proved themselves, where it says so', async () => {
    const desk = await under.start();
    const forecast = { madeAtMs: 0, within: '1h', crossings: [], model: '', why: '', points: [], scored: 0, hits: 0, gate: { minHitRate: 0.6, minScored: 10 } };
    const scores = under.documents.collection<ForecastScore>(collections.forecastScores);
    const tell = async (hit: number, wrong: number, partition: number): Promise<unknown> =>
      scores.insert({ id: `default/ahead/${partition}`, tenant: 'default', policy: 'ahead', partition, key: 'k', totals: { ...createForecastTotals(), hit, false: wrong }, updatedAtMs: 1 });
    await tell(5, 2, 0);
    const early = await under.opened({ policy: 'ahead', forecast });
    await desk.onTransition(early.alarm, early.event.data, early.event.type);
    expect(await under.ordersOf(early.alarm.id)).toEqual([]);
    expect((await under.alarmNow(early.alarm.id)).timeline.at(-1)!.text).toBe('heal did not run restart: 7 of its forecasts have been scored, and minScored is 10');
    await tell(3, 1, 1);
    const proved = await under.opened({ policy: 'ahead', forecast });
    await desk.onTransition(proved.alarm, proved.event.data, proved.event.type);
    expect(await under.ordersOf(proved.alarm.id)).toHaveLength(1);
  });

  it('lets a person approve where that is asked for, then goes on by itself', async () => {
    await under.scenario('careful', { approval: 'required' });
    const desk = await under.start();
    const { alarm, event } = await under.opened({ scenarios: ['careful'] });
    await desk.onTransition(alarm, event.data, event.type);
    const [order] = await under.ordersOf(alarm.id);
    expect(order!.state).toBe('requested');
    await eventually('somebody is asked', () => under.notices.length === 1);
    expect(under.notices[0]).toMatchObject({ kind: 'work-order', receivers: ['ops-mail'], threadKey: alarm.id, subject: { en: `Approval needed: restart: host-${under.count}`, ko: expect.stringMatching(/승인 필요/) }, text: { en: expect.stringContaining(`/work-orders/${order!.id.split('/')[1]}`) } });
    await under.ask(order!.id, { command: 'approve', reason: '' });
    await eventually('it is ready', async () => (await under.workOrders.get(order!.id))!.doc.state === 'ready');
    expect(await under.workOrders.get(order!.id)).toMatchObject({ doc: { approver: 'bob', runNumber: 1 } });
  });

  it('holds back within the cooldown of a resource, and tells why', async () => {
    await under.scenario('calm', {}, { cooldown: '10m' });
    const desk = await under.start();
    const first = await under.opened({ scenarios: ['calm'] });
    const second = await under.opened({ scenarios: ['calm'] });
    const other = await under.opened({ scenarios: ['calm'] }, `other-${under.count}`);
    for (const { alarm, event } of [first, second, second, other]) await desk.onTransition(alarm, event.data, event.type);
    expect(await Promise.all([first, second, other].map(async ({ alarm }) => (await under.ordersOf(alarm.id)).length))).toEqual([1, 0, 1]);
    const held = (await under.alarmNow(second.alarm.id)).timeline.filter((one) => one.what === 'scenario.held-back');
    expect(held).toMatchObject([{ text: expect.stringMatching(/^calm did not run restart: it acted on host-\d+ \S+ ago, and its cooldown is 10m$/), by: 'scenario calm' }]);
    expect((await under.alarmNow(second.alarm.id)).workOrders).toEqual([]);
  });

  it('does not count what was cancelled before it ran: its alarm was resolved first, and the next one finds the resource untouched', async () => {
    await under.scenario('spared', {}, { cooldown: '10m', maxRunsPerHour: 1 });
    const desk = await under.start();
    const first = await under.opened({ scenarios: ['spared'] });
    await desk.onTransition(first.alarm, first.event.data, first.event.type);
    await under.resolve(desk, first.event);
    const [spared] = await under.ordersOf(first.alarm.id);
    expect(spared).toMatchObject({ state: 'cancelled', runs: [] });
    const second = await under.opened({ scenarios: ['spared'] });
    await desk.onTransition(second.alarm, second.event.data, second.event.type);
    expect(await under.ordersOf(second.alarm.id)).toMatchObject([{ state: 'ready' }]);
    const third = await under.opened({ scenarios: ['spared'] });
    await desk.onTransition(third.alarm, third.event.data, third.event.type);
    expect(await under.ordersOf(third.alarm.id)).toEqual([]);
  });

  it('opens no more than maxRunsPerHour, also when several desks decide at once', async () => {
    await under.scenario('few', {}, { maxRunsPerHour: 4 });
    const desks = await Promise.all([under.start(), under.start(), under.start()]);
    const all = await Promise.all(Array.from({ length: 12 }, (_, i) => under.opened({ scenarios: ['few'] }, `many-${i}`)));
    await Promise.all(all.flatMap(({ alarm, event }) => desks.map((desk) => desk.onTransition(alarm, event.data, event.type))));
    const orders = (await under.workOrders.find({ tenant: 'default', scenario: 'few' }, { limit: 100 })).items;
    expect(orders).toHaveLength(4);
    const held = await Promise.all(all.map(async ({ alarm }) => (await under.linesOf(alarm.id)).filter((what) => what === 'scenario.held-back').length));
    expect(held.reduce((sum, one) => sum + one, 0)).toBe(8);
  });

  it.each([
    ['a playbook that does not exist', { playbook: 'gone' }, {}, /there is no playbook gone/, true],
    ['a playbook that cannot run there', { playbook: 'by-http' }, {}, /needs address.url/, true],
    ['what happened long ago', {}, { atMs: Date.now() - 2 * 3_600_000 }, /too long ago to act on/, false],
  ])('does not act on %s, and tells why; people, where nothing could ever run', async (_name, step, parts, why, isTold) => {
    await under.scenario(`odd-${under.count}`, step);
    const desk = await under.start();
    const { alarm, event } = await under.opened({ scenarios: [`odd-${under.count}`], ...parts });
    for (let i = 0; i < 2; i += 1) await desk.onTransition(alarm, event.data, event.type);
    expect(await under.ordersOf(alarm.id)).toEqual([]);
    const told = under.notices.map(({ key, kind, receivers, subject, text }) => ({ key, kind, receivers, subject: wordingIn('en', subject), isWhy: why.test(wordingIn('ko', text)) }));
    const notice = { key: expect.stringMatching(/^work-order\/.*\/impossible$/), kind: 'escalation', receivers: ['ops-mail'], subject: `Cannot be repaired by itself: host-${under.count}`, isWhy: true };
    expect(told).toEqual(isTold ? [notice, notice] : []);
    expect(new Set(told.map(({ key }) => key)).size).toBe(isTold ? 1 : 0);
    expect((await under.alarmNow(alarm.id)).timeline.find((one) => one.what === 'scenario.held-back')?.text).toMatch(why);
    expect(await under.documents.collection<ScenarioLimits>(collections.scenarioLimits).get(`default/odd-${under.count}`)).toBeUndefined();
  });

  it.each(['desk.after-limits-stored', 'desk.after-work-order-inserted'])('crash at %s: the redelivery opens one order, and counts it once', async (killAt) => {
    await under.scenario(`crash-${under.count}`, {}, { cooldown: '10m', maxRunsPerHour: 1 });
    const dying = await under.start({ killAt });
    const { alarm, event } = await under.opened({ scenarios: [`crash-${under.count}`] });
    await expect(dying.onTransition(alarm, event.data, event.type)).rejects.toThrow('killed');
    const desk = await under.start();
    for (let i = 0; i < 2; i += 1) await desk.onTransition(alarm, event.data, event.type);
    const orders = await under.ordersOf(alarm.id);
    expect(orders.map((one) => one.state)).toEqual(['ready']);
    expect(await under.documents.collection<ScenarioLimits>(collections.scenarioLimits).get(`default/crash-${under.count}`)).toMatchObject({ doc: { granted: [{ workOrder: orders[0]!.id }], heldBack: [] } });
    await eventually('the timeline has it', async () => (await under.linesOf(alarm.id)).includes('work-order.ready'));
    expect(new Set(await under.linesOf(alarm.id)).size).toBe((await under.linesOf(alarm.id)).length);
  });
});
