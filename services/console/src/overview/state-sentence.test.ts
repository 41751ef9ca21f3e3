import { countByLevel } from './state-sentence.js';

test('every level is counted, worst first, with the one that is open longest', () => {
  const trace = { judged: '2026-01-04' };
  // The last one was decided before the end of the window that dates it.
  expect(countByLevel([{ level: 'warn', openedAt: '2026-01-02', trace }, { level: 'warn', openedAt: '2026-01-01', trace }, { level: 'down', openedAt: '2026-01-05', trace }], [])).toEqual([
    { level: 'down', count: 1, cut: false, oldest: '2026-01-04' },
    { level: 'critical', count: 0, cut: false, oldest: undefined },
    { level: 'warn', count: 2, cut: false, oldest: '2026-01-01' },
    { level: 'info', count: 0, cut: false, oldest: undefined },
  ]);
});

test('a level that was not counted to its end says so, and not since when', () => {
  const open = [{ level: 'warn' as const, openedAt: '2026-01-02', trace: { judged: '2026-01-02' } }];
  expect(countByLevel(open, ['warn'])[2]).toEqual({ level: 'warn', count: 1, cut: true, oldest: undefined });
});
