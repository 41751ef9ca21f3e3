import { onlyTotals, withLabels, withoutLoopback } from './pick-series.js';

const one = (resource: string, labels: Record<string, string>) => ({ resource, resourceName: resource, labels, aggregate: 'avg' as const, points: [] });
const labelsOf = (series: readonly { labels: object }[]): object[] => series.map(({ labels }) => labels);

test('where there is a total it stands for its parts', () => {
  expect(onlyTotals([one('a', { cpu: 'cpu0' }), one('a', {}), one('b', { path: '/' }), one('b', { path: '/var' })])).toHaveLength(3);
});

test('an alarm shows its own series alone', () => {
  const series = [one('a', {}), one('a', { cpu: 'cpu0' }), one('a', { cpu: 'cpu0', core: '1' })];
  expect(labelsOf(withLabels(series, {}))).toEqual([{}]);
  expect(labelsOf(withLabels(series, { cpu: 'cpu0' }))).toEqual([{ cpu: 'cpu0' }]);
});

test('loopback counts only where there is nothing else', () => {
  expect(labelsOf(withoutLoopback([one('a', { interface: 'lo' }), one('a', { interface: 'eth0' })]))).toEqual([{ interface: 'eth0' }]);
  expect(withoutLoopback([one('a', { interface: 'lo0' })])).toHaveLength(1);
});
