import { eventually, pause } from '@opsloop/testing';
import { createDeskUnderTest, type DeskUnderTest } from './desk-under-test.js';

let under: DeskUnderTest;

beforeAll(async () => void (under = await createDeskUnderTest()));
beforeEach(() => under.begin());
afterEach(() => under.end());
afterAll(() => under.stop());

describe('when the alarm is resolved', () => {
  it('takes back what still waits for an approval', async () => {
    await under.scenario('slow', { approval: 'required' });
    const desk = await under.start();
    const { alarm, event } = await under.opened({ scenarios: ['slow'] });
    await desk.onTransition(alarm, event.data, event.type);
    await under.resolve(desk, event);
    expect(await under.ordersOf(alarm.id)).toMatchObject([{ state: 'cancelled' }]);
    await eventually('the timeline has it', async () => (await under.linesOf(alarm.id)).includes('work-order.cancelled'));
  });

  it('takes back what no executor has begun', async () => {
    const desk = await under.start();
    const { alarm, event } = await under.opened();
    await desk.onTransition(alarm, event.data, event.type);
    expect(await under.ordersOf(alarm.id)).toMatchObject([{ state: 'ready' }]);
    await under.resolve(desk, event);
    expect(await under.ordersOf(alarm.id)).toMatchObject([{ state: 'cancelled', runs: [] }]);
  });

  it('leaves what a person wants to be tried again', async () => {
    const desk = await under.start();
    const { alarm, event } = await under.opened();
    await desk.onTransition(alarm, event.data, event.type);
    const [order] = await under.ordersOf(alarm.id);
    await under.run(order!, 'failed');
    await under.ask(order!.id, { command: 'retry', targets: 'all', reason: '' });
    await under.resolve(desk, event);
    expect(await under.ordersOf(alarm.id)).toMatchObject([{ state: 'ready' }]);
  });

  it('closes what succeeded and names nothing to verify by', async () => {
    await under.scenario('unproven', { playbook: 'blind' });
    const desk = await under.start();
    const { alarm, event } = await under.opened({ scenarios: ['unproven'] });
    await desk.onTransition(alarm, event.data, event.type);
    await under.run((await under.ordersOf(alarm.id))[0]!);
    expect(await under.ordersOf(alarm.id)).toMatchObject([{ state: 'succeeded' }]);
    await under.resolve(desk, event);
    expect(await under.ordersOf(alarm.id)).toMatchObject([{ state: 'closed' }]);
  });
});

it('takes back what has not begun when a person closes the alarm', async () => {
  const desk = await under.start();
  const { alarm, event } = await under.opened();
  await desk.onTransition(alarm, event.data, event.type);
  await desk.onClosed(alarm);
  expect(await under.ordersOf(alarm.id)).toMatchObject([{ state: 'cancelled' }]);
});

describe('when no executor is there for an hour', () => {
  it('escalates the repair, and tells the receivers of a schedule', async () => {
    const desk = await under.start();
    const { alarm, event } = await under.opened();
    await desk.onTransition(alarm, event.data, event.type);
    const [repair] = await under.ordersOf(alarm.id);
    const scheduled = { ...repair!, id: `default/scheduled-${under.count}`, origin: 'schedule' as const, alarm: undefined, scenario: undefined, receivers: ['office'], pendingEvents: [], hasPendingEvents: false };
    await under.workOrders.insert(scheduled);
    under.skew(3_700_000);
    await eventually('both have failed', async () => (await Promise.all([repair!, scheduled].map(({ id }) => under.workOrders.get(id)))).every((one) => one!.doc.state === 'failed'), 20_000);
    expect((await under.workOrders.get(scheduled.id))!.doc).toMatchObject({ result: expect.stringMatching(/^nothing was run: no executor took it since \S+Z, too long ago to begin unseen$/), runs: [] });
    // One of them may be told twice.
    const told = () => new Set(under.notices.map((one) => one.receivers.join()));
    await eventually('both are told', () => told().size === 2);
    expect(told()).toEqual(new Set(['ops-mail', 'office']));
  });

  it('leaves what people started, and what they want to be tried again', async () => {
    const desk = await under.start();
    const { alarm, event } = await under.opened();
    await desk.onTransition(alarm, event.data, event.type);
    const [retried] = await under.ordersOf(alarm.id);
    const started = { ...retried!, id: `default/started-${under.count}`, origin: 'person' as const, alarm: undefined, scenario: undefined, pendingEvents: [], hasPendingEvents: false };
    await under.workOrders.insert(started);
    await under.run(retried!, 'failed');
    await under.ask(retried!.id, { command: 'retry', targets: 'all', reason: '' });
    under.skew(3_700_000);
    await pause(6_000);
    for (const { id } of [retried!, started]) expect((await under.workOrders.get(id))!.doc.state).toBe('ready');
  });
});

it('lets a repair of an alarm that is heard of late wait for what else is still to be heard of it', async () => {
  const desk = await under.start();
  const { alarm, event } = await under.opened({ atMs: under.clock.now() - 600_000 });
  await desk.onTransition(alarm, event.data, event.type);
  const [order] = await under.ordersOf(alarm.id);
  expect(order!.dueAtMs! - order!.createdAtMs).toBe(15_000);
});
