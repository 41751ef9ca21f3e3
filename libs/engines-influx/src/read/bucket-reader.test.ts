import { BucketReader, mergeWindows } from './bucket-reader.js';

const columns = ['', 'result', 'table', '_time', '_value', '_field', 'resource', 'labels', 'width'];

/** What a database answers of one series: windows by their start in seconds, of samples that are all 2. */
function readerOf(windows: Readonly<Record<number, { count: number; revision: number; width?: number }>>): BucketReader {
  const reader = new BucketReader({ stepMs: 1, mostPoints: 100 });
  let table = 0;
  for (const [second, { count, revision, width = 10_000 }] of Object.entries(windows)) {
    const rows = { avg: 2, rest_sum: (count - 1) * 2, rest_count: count - 1, min: 2, max: 2, last: 2, last_time: Number(second) * 1_000, revision };
    for (const [field, value] of Object.entries(rows)) {
      reader.onRow(['', 'raw', String(table++), new Date(Number(second) * 1_000).toISOString(), String(value), field, 'a', '', String(width)], columns);
    }
  }
  return reader;
}

function read(databases: readonly BucketReader[], stepMs: number) {
  const merged = mergeWindows(databases.map((reader) => reader.parts()), stepMs);
  expect(merged).toHaveLength(1);
  const { startsMs, count, sum, last } = merged[0]!.columns.toHistory();
  return { startsMs: [...startsMs], count: [...count], sum: [...sum], last: [...last] };
}

const before = { 0: { count: 3, revision: 1 }, 10: { count: 5, revision: 2 } };

it.each([
  ['corrected after it', { 10: { count: 6, revision: 7 }, 20: { count: 4, revision: 8 } }, [3, 6, 4]],
  ['written again after it', { 10: { count: 5, revision: 2 }, 20: { count: 4, revision: 8 } }, [3, 5, 4]],
  ['changed back meanwhile', { 10: { count: 1, revision: 1 }, 20: { count: 4, revision: 8 } }, [3, 5, 4]],
])('a window that stands in two databases after a change of routes counts once: %s', (_, after, counts) => {
  for (const databases of [[before, after], [after, before]]) {
    expect(read(databases.map(readerOf), 10_000)).toEqual({ startsMs: [0, 10_000, 20_000], count: counts, sum: counts.map((count) => count * 2), last: [2, 2, 2] });
    expect(read(databases.map(readerOf), 30_000).count).toEqual([counts.reduce((sum, count) => sum + count)]);
  }
});

it('windows of several widths are different ones', () => {
  expect(read([readerOf(before), readerOf({ 0: { count: 1, revision: 9, width: 5_000 } })], 10_000).count).toEqual([4, 5]);
});
