import { cutSpans } from './cut-spans.js';

test.each([
  { rows: [], spans: [] },
  { rows: [1], spans: [[0, 0]] },
  { rows: [3, 3, 3], spans: [[0, 2]] },
  { rows: [3, 3, 4, 1, 1], spans: [[0, 1], [2, 4]] },
  { rows: [50, 1, 1, 10, 9], spans: [[0, 0], [1, 2], [3, 3], [4, 4]] },
])('starts with $rows rows are cut into spans of fewer than ten', ({ rows, spans }) => {
  const startsMs = Float64Array.from(rows, (_, at) => at * 60_000);
  expect(cutSpans(startsMs, Float64Array.from(rows), 10)).toEqual(spans.map(([first, last]) => ({ firstMs: first! * 60_000, lastMs: last! * 60_000 })));
});
