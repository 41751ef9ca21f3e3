import { eventually } from '@opsloop/testing';
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

it('lets a repair of an alarm that is heard of late wait for what else is still to be heard of it', async () => {
  const desk = await under.start();
  const { alarm, event } = await under.opened({ atMs: under.clock.now() - 600_000 });
  await desk.onTransition(alarm, event.data, event.type);
  const [order] = await under.ordersOf(alarm.id);
  expect(order!.dueAtMs! - order!.createdAtMs).toBe(15_000);
});
