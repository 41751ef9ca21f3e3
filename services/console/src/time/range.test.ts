import { formatRange, parseRange, rangeAt } from './range.js';

test('a length before now moves on with the time', () => {
  const range = parseRange('15m');
  expect(range).toEqual({ kind: 'last', text: '15m', lengthMs: 900_000 });
  expect(rangeAt(range, 1_000_000)).toEqual({ fromMs: 100_000, toMs: 1_000_000 });
});

test('a fixed stretch survives the address', () => {
  const range = parseRange('1769860800000-1769864400000');
  expect(range).toEqual({ kind: 'fixed', fromMs: 1_769_860_800_000, toMs: 1_769_864_400_000 });
  expect(parseRange(formatRange(range))).toEqual(range);
  expect(rangeAt(range, 0)).toEqual({ fromMs: 1_769_860_800_000, toMs: 1_769_864_400_000 });
});

test.each([undefined, '', 'yesterday', '5s', '1769864400000-1769860800000', '1769864400000-1769864400001'])('%p falls back to the usual range', (text) => {
  expect(parseRange(text)).toEqual({ kind: 'last', text: '1h', lengthMs: 3_600_000 });
});
