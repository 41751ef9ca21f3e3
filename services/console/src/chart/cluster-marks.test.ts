import type { ChartMark } from './chart-layers.js';
import { clusterMarks } from './cluster-marks.js';

const mark = (atMs: number, kind: ChartMark['kind'] = 'notice'): ChartMark => ({ atMs, kind, label: `${kind} ${atMs}` });

test('marks that would cover each other share a sign; others stand alone', () => {
  const clusters = clusterMarks([mark(900), mark(100), mark(101, 'run')], 0, 1_000, 500);
  expect(clusters.map((one) => [one.place, one.members.length])).toEqual([[0.1, 2], [0.9, 1]]);
});

test('marks outside the range are left out', () => {
  expect(clusterMarks([mark(-1), mark(500), mark(1_001)], 0, 1_000, 500)).toHaveLength(1);
});
