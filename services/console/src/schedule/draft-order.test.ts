import { draftOrder } from './draft-order.js';
import { scheduleTemplate } from './schedule-template.js';

test('the order of a schedule is read as it is written', () => {
  expect(draftOrder(scheduleTemplate({ playbook: 'os.check', timeZone: 'UTC' }))).toEqual({ type: 'inspection', title: 'Every morning', targets: [{ id: 'web-1', name: 'web-1' }], jobs: [{ playbook: 'os.check' }] });
});

test('nothing is read where there is no schedule', () => {
  expect([draftOrder(undefined), draftOrder(''), draftOrder('kind: Policy')]).toEqual([undefined, undefined, undefined]);
});
