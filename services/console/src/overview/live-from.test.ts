import { liveFrom } from './live-from.js';

const minute = 60_000;
const line = (...points: [number, number | null][]) => ({ key: 'a', name: 'a', points });

test('a long history fills its range, a short one is drawn from its beginning, five minutes at least', () => {
  expect(liveFrom([line([0, 1], [60 * minute, 2])], 0, 60 * minute)).toBe(0);
  expect(liveFrom([line([0, null], [40 * minute, 1])], 0, 60 * minute)).toBe(40 * minute - 20_000);
  expect(liveFrom([line([59 * minute, 1])], 0, 60 * minute)).toBe(55 * minute);
  expect(liveFrom([line([0, null])], 0, 60 * minute)).toBe(0);
});
