import { nameSeries, seriesKey } from './series-name.js';

const one = (resourceName: string, labels: Record<string, string>, aggregate: 'avg' | 'max' = 'avg') => ({ resource: resourceName, resourceName, labels, aggregate, points: [] });

test('names hold what differs, and nothing else', () => {
  expect(nameSeries([one('web-01', { path: '/' }), one('web-02', { path: '/' })], 'total')).toEqual(['web-01', 'web-02']);
  expect(nameSeries([one('web-01', { path: '/', device: 'a' }), one('web-01', { path: '/var', device: 'a' })], 'total')).toEqual(['/', '/var']);
  expect(nameSeries([one('web-01', {}), one('web-01', {}, 'max')], 'total')).toEqual(['avg', 'max']);
  expect(nameSeries([one('web-01', { path: '/' })], 'total')).toEqual(['web-01']);
});

test('the series without labels is the total of the others', () => {
  expect(nameSeries([one('web-01', { cpu: 'cpu0' }), one('web-01', {})], '합계')).toEqual(['cpu0', '합계']);
});

test('keys do not depend on the order of labels', () => {
  expect(seriesKey(one('r', { a: '1', b: '2' }))).toBe(seriesKey(one('r', { b: '2', a: '1' })));
});
