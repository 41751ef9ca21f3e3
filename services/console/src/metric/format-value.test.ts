import { formatNumber, formatValue, scaleFor } from './format-value.js';

describe('formatValue', () => {
  const cases: readonly (readonly [number, string, string])[] = [
    [97.24, 'percent', '97.2%'],
    [0, 'percent', '0%'],
    [0.123, 'percent', '0.12%'],
    [100, 'percent', '100%'],
    [0, 'bytes', '0 B'],
    [1_536, 'bytes', '1.5 KiB'],
    [8.5 * 2 ** 30, 'bytes', '8.5 GiB'],
    [2_621_440, 'bytes_per_second', '2.5 MiB/s'],
    [0.0123, 'seconds', '12.3 ms'],
    [42, 'seconds', '42 s'],
    [3_600, 'seconds', '60 min'],
    [172_800, 'seconds', '2 d'],
    [12_345, 'count', '12,345'],
    [1_234_567, 'count', '1.23 M'],
    [120, 'count_per_second', '120/s'],
    [25_000, 'count_per_second', '25 k/s'],
    [3.1e9, 'hertz', '3.1 GHz'],
    [61.5, 'celsius', '61.5°C'],
    [1, 'bool', '1'],
    [-4_096, 'bytes', '-4 KiB'],
  ];
  test.each(cases)('%d %s is %s', (value, unit, text) => {
    expect(formatValue(value, unit, 'en').text).toBe(text);
  });
  test('what was not measured has a dash, never a zero', () => {
    for (const nothing of [null, undefined, Number.NaN]) expect(formatValue(nothing, 'percent', 'en').text).toBe('–');
  });
  test('times are named in the language of the reader', () => {
    expect(formatValue(7_200, 'seconds', 'ko').text).toBe('2 시간');
  });
});

test('an axis has one scale, that of its greatest value', () => {
  expect(scaleFor('bytes', 5 * 2 ** 20, 'en')).toEqual({ factor: 2 ** 20, suffix: 'MiB' });
});

test('numbers keep about three digits', () => {
  expect([0.00042, 0.5, 9.876, 12.34, 123.4, 1_234.5, 2e15].map(formatNumber)).toEqual(['0.0004', '0.5', '9.88', '12.3', '123', '1,235', '2.00e+15']);
});
