import fc from 'fast-check';
import { claimedBytes, decodePositions, decodeRecords, encodeFrame, encodePositions, frameBytes, headBytes, isWhole, nextPosition, recordBytes, recordCount, rowOf, timeOf, type FramedRecord } from './frame.js';

const framed = fc
  .record({ key: fc.string({ minLength: 1, unit: 'grapheme' }), headers: fc.option(fc.dictionary(fc.string(), fc.string(), { minKeys: 1 }), { nil: undefined }), value: fc.uint8Array({ maxLength: 40 }), arrivalMs: fc.double({ noNaN: true }) })
  .map(({ key, headers, value, arrivalMs }): FramedRecord => {
    const text = headers ? JSON.stringify(headers) : '';
    return { partition: 0, key, keyBytes: Buffer.byteLength(key), headers: text, headerBytes: Buffer.byteLength(text), value, arrivalMs };
  });

const partitionLists = fc.array(fc.option(fc.array(framed, { maxLength: 4 }), { nil: undefined }), { minLength: 1, maxLength: 5 });
const vectors = fc.dictionary(fc.string(), fc.option(fc.array(fc.nat(), { maxLength: 5 }), { nil: null }), { maxKeys: 3 });

function frameOf(partitions: readonly (readonly FramedRecord[] | undefined)[], positions: Uint8Array = new Uint8Array(0)): Buffer {
  const bytes = partitions.flatMap((records) => records ?? []).reduce((sum, record) => sum + recordBytes(record), 0);
  const frame = Buffer.from(new ArrayBuffer(frameBytes(partitions.length, bytes, positions)));
  encodeFrame(frame, { row: 7, timeMs: 1_234.5, next: Float64Array.from(partitions, (_, p) => 100 * (p + 1)), partitions, positions });
  return frame;
}

test('what is framed is read back, partition by partition, with values at multiples of 8', () => {
  fc.assert(fc.property(partitionLists, vectors, (partitions, groups) => {
    const entries = Object.entries(groups).map(([group, vector]) => [group, vector && Float64Array.from(vector)] as const);
    const frame = frameOf(partitions, encodePositions(new Map(entries)));
    expect([rowOf(frame), timeOf(frame), isWhole(frame), claimedBytes(frame, 0)]).toEqual([7, 1_234.5, true, frame.length]);
    expect([...decodePositions(frame)]).toEqual(entries);
    partitions.forEach((records = [], partition) => {
      const start = 100 * (partition + 1);
      expect([recordCount(frame, partition), nextPosition(frame, partition)]).toEqual([records.length, start + records.length]);
      const read = decodeRecords(frame, partition);
      expect(read.map(({ key, arrivalMs, position }) => ({ key, arrivalMs, position }))).toEqual(records.map(({ key, arrivalMs }, i) => ({ key, arrivalMs, position: start + i })));
      expect(read.map(({ value, headers }) => [Buffer.from(value).toString('hex'), headers])).toEqual(records.map(({ value, headers }) => [Buffer.from(value).toString('hex'), headers === '' ? {} : JSON.parse(headers)]));
      for (const { value } of read) expect(value.length === 0 || value.byteOffset % 8 === 0).toBe(true);
    });
  }));
});

test('a frame in which one bit has changed, or that is cut off, is not whole', () => {
  fc.assert(fc.property(partitionLists, fc.nat(), (partitions, bit) => {
    const frame = frameOf(partitions);
    expect(isWhole(frame.subarray(0, frame.length - 8))).toBe(false);
    frame[(bit >> 3) % frame.length]! ^= 1 << (bit & 7);
    expect(isWhole(frame)).toBe(false);
  }));
});

test('zeros claim no frame, nor does what is shorter than a head', () => {
  expect(claimedBytes(Buffer.alloc(4_096), 0)).toBeUndefined();
  expect(claimedBytes(frameOf([undefined]).subarray(0, headBytes(0) - 8), 0)).toBeUndefined();
});
