import { encodeFrame, frameBytes, recordBytes, type FramedRecord } from './frame.js';
import { createTailRing } from './tail-ring.js';

const none = new Uint8Array(0);

/** A row with one record in partition 1: `bytes` bytes that tell the row. */
function frameOf(row: number, bytes = 500): Buffer {
  const record: FramedRecord = { partition: 1, key: 'k', keyBytes: 1, headers: '{}', headerBytes: 0, value: new Uint8Array(bytes).fill(row), arrivalMs: row };
  const frame = Buffer.from(new ArrayBuffer(frameBytes(2, recordBytes(record), none)));
  encodeFrame(frame, { row, timeMs: 0, next: Float64Array.of(1, row), partitions: [undefined, [record]], positions: none });
  return frame;
}

test('the newest rows are there whole, whatever their sizes; the oldest made room', () => {
  const ring = createTailRing(20_000);
  for (let row = 1; row <= 300; row++) {
    const size = 100 + ((row * 7_919) % 3_000);
    ring.add('a', frameOf(row, size));
    const kept = Array.from({ length: row }, (_, i) => i + 1).filter((one) => ring.get('a', one));
    expect(kept.at(-1)).toBe(row);
    expect(kept).toEqual(Array.from(kept, (_, i) => kept[0]! + i));
    if (row > 40) expect(kept.reduce((sum, one) => sum + ring.get('a', one)!.bytes, 0)).toBeGreaterThan(10_000);
    for (const one of kept) expect(ring.get('a', one)!.records(1).map(({ value, position }) => [value.length, new Set(value).size, value[0], position])).toEqual([[100 + ((one * 7_919) % 3_000), 1, one & 255, one]]);
  }
});

test('records that were taken stay as they were when their row has left memory; the row itself tells that it is gone', () => {
  const ring = createTailRing(8_000);
  ring.add('a', frameOf(1));
  const row = ring.get('a', 1)!;
  const [record] = row.records(1);
  expect([row.has(0), row.has(1), record!.value.byteOffset % 8]).toEqual([false, true, 0]);
  for (let next = 2; next <= 40; next++) ring.add('b', frameOf(next));
  expect(ring.get('a', 1)).toBeUndefined();
  expect(new Set(record!.value)).toEqual(new Set([1]));
  expect(() => row.records(1)).toThrow('row 1 of a has left memory');
});

test('a row that would push out much of the rest is left out', () => {
  const ring = createTailRing(8_000);
  ring.add('a', frameOf(1));
  ring.add('a', frameOf(2, 4_000));
  expect([ring.get('a', 1) !== undefined, ring.get('a', 2)]).toEqual([true, undefined]);
});
