import { backtestBands, backtestMarks } from './backtest-layers.js';

const iso = (minute: number): string => new Date(minute * 60_000).toISOString();
const alarm = (resource: string, labels: Record<string, string>, opened: number, resolved?: number) => ({ occurrence: '', resource, resourceName: resource, labels, openedAt: iso(opened), ...(resolved !== undefined && { resolvedAt: iso(resolved) }), level: 'warn' as const, transitions: [] });

test('alarms of the series that are drawn become bands; open ones last to the end', () => {
  const alarms = [alarm('a', { path: '/', device: 'sda' }, 1, 3), alarm('a', {}, 4, 5), alarm('b', {}, 6)];
  expect(backtestBands({ alarms, to: iso(10) }, [{ resource: 'a', labels: { device: 'sda', path: '/' } }, { resource: 'b', labels: {} }])).toEqual([
    { kind: 'open', level: 'warn', fromMs: 60_000, toMs: 180_000 },
    { kind: 'open', level: 'warn', fromMs: 360_000, toMs: 600_000 },
  ]);
});

test('pages and work orders become marks, but for what is held back', () => {
  const order = { occurrence: '', scenario: 's', playbook: 'restart', resource: 'a', approval: 'none' as const };
  const marks = backtestMarks(
    { pages: [{ at: iso(1), receiver: 'ops', kind: 'alarm', level: 'warn', alarms: [] }], orders: [{ ...order, at: iso(2) }, { ...order, at: iso(3), heldBack: 'its cooldown is 1h' }] },
    { page: 'Page', order: 'Work order' },
  );
  expect(marks).toEqual([{ atMs: 60_000, kind: 'notice', label: 'Page: ops' }, { atMs: 120_000, kind: 'work-order', label: 'Work order: restart' }]);
});
