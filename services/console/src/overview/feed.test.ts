import type { AlarmRecord, WorkOrderRecord } from '../api/records.js';
import { buildFeed } from './feed.js';

const alarm = (id: string, entries: readonly (readonly [string, string])[]) => ({ id, resourceName: `resource ${id}`, level: 'warn', timeline: entries.map(([at, what]) => ({ at, what, text: '' })) }) as unknown as AlarmRecord;
const order = (id: string, alarmId: string | undefined, entries: readonly (readonly [string, string])[]) => ({ id, title: `order ${id}`, alarm: alarmId, timeline: entries.map(([at, what]) => ({ at, what, text: '' })) }) as unknown as WorkOrderRecord;

test('newest first, and what an alarm tells is not told again by its work order', () => {
  const items = buildFeed([alarm('a', [['1', 'alarm.opened'], ['4', 'work-order.running'], ['6', 'alarm.resolved']])], [order('x', 'a', [['4', 'work-order.running']]), order('y', undefined, [['5', 'work-order.approved']]), order('z', 'gone', [['3', 'work-order.closed']])], 10);
  expect(items.map((item) => [item.at, item.what, item.about.name, item.level])).toEqual([
    ['6', 'alarm.resolved', 'resource a', null],
    ['5', 'work-order.approved', 'order y', null],
    ['4', 'work-order.running', 'resource a', null],
    ['3', 'work-order.closed', 'order z', null],
    ['1', 'alarm.opened', 'resource a', 'warn'],
  ]);
  expect(buildFeed([], [order('y', undefined, [['1', 'a'], ['2', 'b']])], 1)).toHaveLength(1);
});
