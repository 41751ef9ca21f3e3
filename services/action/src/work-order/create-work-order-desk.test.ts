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
