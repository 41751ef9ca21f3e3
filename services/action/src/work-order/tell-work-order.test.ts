/** Work that no alarm opened: whom its order names hears of what needs a person. */
import { definitionSchema, workOrderRequestSchema, type WorkOrder } from '@opsloop/contracts';
import { newWorkOrder, readyWorkOrder } from '@opsloop/domain';
import { eventually } from '@opsloop/testing';
import { createDeskUnderTest, type DeskUnderTest } from './desk-under-test.js';

let under: DeskUnderTest;

beforeAll(async () => void (under = await createDeskUnderTest()));
beforeEach(() => under.begin());
afterEach(() => under.end());
afterAll(() => under.stop());

/** Requested by a schedule; ready where no approval is needed. */
async function nightly(more: object = {}): Promise<WorkOrder> {
  const playbook = definitionSchema.parse({ apiVersion: 'opsloop/v1', kind: 'Playbook', metadata: { name: 'blind' }, spec: { steps: [{ id: 'a', uses: 'local', run: ['restart'] }] } });
  if (playbook.kind !== 'Playbook') throw new Error('no playbook');
  const request = workOrderRequestSchema.parse({ type: 'change', title: 'Nightly restart', targets: [{ id: 'a', name: 'a' }], jobs: [{ playbook: 'blind' }], receivers: ['night'], ...more });
  const made = newWorkOrder({ id: `default/nightly-${under.count}`, tenant: 'default', requester: 'schedule nightly', origin: 'schedule', request, playbooks: [{ playbook, playbookVersion: 1 }], nowMs: under.clock.now() });
  if ('problems' in made) throw new Error(made.problems[0]!.message);
  const ready = made.order.approval === 'required' || request.draft ? made : readyWorkOrder(made.order, 'ready', { nowMs: under.clock.now(), version: 0 });
  if (!('order' in ready)) throw new Error(ready.reason);
  await under.workOrders.insert(ready.order);
  return ready.order;
}

it.each([
  ['failed', 'failed', 'Work failed: Nightly restart', '작업 실패: Nightly restart'],
  ['lost', 'unknown', 'Outcome of work unknown: Nightly restart', '작업 결과 알 수 없음: Nightly restart'],
] as const)('a run that is %s', async (outcome, told, en, ko) => {
  await under.start();
  const { id } = await nightly();
  await under.run((await under.workOrders.get(id))!.doc, outcome);
  await eventually('it is told', () => under.notices.length > 0);
  expect(under.notices).toMatchObject([{ kind: 'escalation', receivers: ['night'], key: `work-order/${id}/${told}/${id}-r1`, threadKey: id, alarmIds: [], subject: { en, ko }, text: { en: expect.stringMatching(new RegExp(`Requested by schedule nightly\\n\\nhttp.*/work-orders/nightly-${under.count}$`)) } }]);
});

it('a wait for an approval, of a draft once it is requested', async () => {
  await under.start();
  const draft = await nightly({ approval: 'required', draft: true });
  await eventually('it is announced', () => under.announced.includes(`${draft.id} draft`));
  expect(under.notices).toEqual([]);
  await under.ask(draft.id, { command: 'request', reason: '' });
  await eventually('it is told', () => under.notices.length > 0);
  expect(under.notices).toMatchObject([{ kind: 'work-order', receivers: ['night'], subject: { en: 'Approval needed: Nightly restart' } }]);
});

it('says nothing of what succeeds, nor where nobody is named', async () => {
  await under.start();
  const good = await nightly();
  await under.run((await under.workOrders.get(good.id))!.doc);
  under.begin();
  const unnamed = await nightly({ receivers: [] });
  await under.run((await under.workOrders.get(unnamed.id))!.doc, 'failed');
  await eventually('both are announced', () => under.announced.includes(`${good.id} succeeded`) && under.announced.includes(`${unnamed.id} failed`));
  under.begin();
  const after = await nightly();
  await under.run((await under.workOrders.get(after.id))!.doc, 'failed');
  await eventually('the last is told', () => under.notices.length > 0);
  expect(under.notices.map(({ key }) => key)).toEqual([`work-order/${after.id}/failed/${after.id}-r1`]);
});
