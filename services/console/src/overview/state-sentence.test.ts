import { countByLevel } from './state-sentence.js';

test('every level is counted, worst first, with the one that is open longest', () => {
  expect(countByLevel([{ level: 'warn', openedAt: '2026-01-02' }, { level: 'warn', openedAt: '2026-01-01' }, { level: 'down', openedAt: '2026-01-03' }])).toEqual([
    { level: 'down', count: 1, oldest: '2026-01-03' },
    { level: 'critical', count: 0, oldest: undefined },
    { level: 'warn', count: 2, oldest: '2026-01-01' },
    { level: 'info', count: 0, oldest: undefined },
  ]);
});
