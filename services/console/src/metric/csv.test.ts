import { historyCsv } from './csv.js';

test('one column a series, one row a time, gaps are empty', () => {
  const csv = historyCsv([
    { metric: 'cpu.utilisation', unit: 'percent', series: [{ resource: 'r', resourceName: 'web-01', labels: {}, aggregate: 'avg', points: [[0, 1.5], [60_000, null]] }] },
    { metric: 'disk.used', unit: '', series: [{ resource: 'r', resourceName: 'web, "main"', labels: { path: '/' }, aggregate: 'max', points: [[60_000, 7]] }] },
  ]);
  expect(csv).toBe('time,cpu.utilisation (percent) web-01 avg,"disk.used web, ""main"" path=/ max"\r\n1970-01-01T00:00:00.000Z,1.5,\r\n1970-01-01T00:01:00.000Z,,7\r\n');
});
