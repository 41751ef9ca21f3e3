import { aggregatesOf, labelsOf, labelText, listOf, readExplorer } from './explorer-search.js';

test('an address gives the same charts again', () => {
  expect(readExplorer({ metrics: 'cpu.utilisation,mem.used', range: '6h', other: 'x', labels: '', group: 7 })).toEqual({ metrics: 'cpu.utilisation,mem.used', range: '6h' });
  expect(listOf('a,,b')).toEqual(['a', 'b']);
  expect(listOf(undefined)).toEqual([]);
});

test('labels may hold colons in their values', () => {
  expect(labelsOf('path:/,server:http://a:80,broken,:x,y:')).toEqual({ path: '/', server: 'http://a:80' });
  expect(labelsOf(labelText({ region: 'kr', path: '/var' }))).toEqual({ region: 'kr', path: '/var' });
});

test('aggregates that are not known are left out; none means the mean', () => {
  expect(aggregatesOf('min,p99,max')).toEqual(['min', 'max']);
  expect(aggregatesOf('p99')).toEqual(['avg']);
});
