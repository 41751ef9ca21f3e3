import { recordSeries } from './judged-series.js';

const minuteMs = 60_000;
const about = (resource: string, labels = {}) => ({ watch: { resource }, resource, resourceName: resource, labels, windowMs: minuteMs });

test('series with alarms come first, then the highest; what is not drawn is counted', () => {
  const [a, b, c] = [about('a'), about('b', { path: '/' }), about('c')];
  const recorder = recordSeries({ fromMs: 0, toMs: 10 * minuteMs });
  for (const [one, value] of [[a, 5], [b, 1], [c, 9]] as const) recorder.take(value, minuteMs, one);
  const { drawn, drawnOf } = recorder.drawn([{ occurrence: 'x', resource: 'b', resourceName: 'b', labels: { path: '/' }, openedAtMs: minuteMs, resolvedAtMs: undefined, level: 'warn', transitions: [] }], 2);
  expect(drawn.map((one) => [one.resource, one.alarms, one.points])).toEqual([['b', 1, [[minuteMs, 1]]], ['c', 0, [[minuteMs, 9]]]]);
  expect(drawnOf).toBe(3);
});

test('what lies before or behind is left out, and gaps are told', () => {
  const recorder = recordSeries({ fromMs: 2 * minuteMs, toMs: 40 * minuteMs });
  const one = about('a');
  for (const minute of [1, 2, 3, 4, 30, 31, 41]) recorder.take(minute, minute * minuteMs, one);
  expect(recorder.drawn([], 1).drawn[0]!.points.map(([timeMs, value]) => [timeMs / minuteMs, value])).toEqual([[2, 2], [3, 3], [4, 4], [5, null], [30, 30], [31, 31]]);
});

test('senders that are slower than the windows have no gaps between their values', () => {
  const recorder = recordSeries({ fromMs: 0, toMs: 200 * minuteMs });
  const one = about('a');
  for (const minute of [5, 10, 15, 20, 25, 45, 50]) recorder.take(minute, minute * minuteMs, one);
  expect(recorder.drawn([], 1).drawn[0]!.points.map(([timeMs, value]) => [timeMs / minuteMs, value])).toEqual([[5, 5], [10, 10], [15, 15], [20, 20], [25, 25], [26, null], [45, 45], [50, 50]]);
});

test('a long time is thinned, and its peaks stay', () => {
  const recorder = recordSeries({ fromMs: 0, toMs: 20_000 * minuteMs });
  const one = about('a');
  for (let minute = 1; minute <= 20_000; minute++) recorder.take(minute === 7_001 ? 99 : minute === 12_345 ? -99 : Math.sin(minute), minute * minuteMs, one);
  const { points } = recorder.drawn([], 1).drawn[0]!;
  expect(points.length).toBeLessThanOrEqual(1_002);
  expect(points).toContainEqual([7_001 * minuteMs, 99]);
  expect(points).toContainEqual([12_345 * minuteMs, -99]);
  expect(points.every(([timeMs], index) => index === 0 || timeMs > points[index - 1]![0])).toBe(true);
  expect(points.some(([, value]) => value === null)).toBe(false);
});
