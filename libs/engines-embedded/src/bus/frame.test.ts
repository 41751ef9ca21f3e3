import fc from 'fast-check';
import { decodeRecords, encodeRow, framedBytes, recordCount, setNextPosition, tocEntryBytes, type FramedRecord } from './frame.js';

const framed = fc
  .record({ key: fc.string({ minLength: 1, unit: 'grapheme' }), headers: fc.option(fc.dictionary(fc.string(), fc.string(), { minKeys: 1 }), { nil: undefined }), value: fc.uint8Array({ maxLength: 40 }), arrivalMs: fc.double({ noNaN: true }) })
  .map(({ key, headers, value, arrivalMs }): FramedRecord => {
    const text = headers ? JSON.stringify(headers) : '';
    return { partition: 0, key, keyBytes: Buffer.byteLength(key), headers: text, headerBytes: Buffer.byteLength(text), value, arrivalMs };
  });

test('what is framed is read back, partition by partition, with values at multiples of 8', () => {
  fc.assert(fc.property(fc.array(fc.option(fc.array(framed, { maxLength: 4 }), { nil: undefined }), { minLength: 1, maxLength: 5 }), fc.nat({ max: 3 }), (partitions, words) => {
    const start = words * 8;
    const tocBytes = partitions.length * tocEntryBytes;
    const size = start + tocBytes + partitions.flatMap((records) => records ?? []).reduce((sum, record) => sum + framedBytes(record), 0);
    const target = Buffer.from(new ArrayBuffer(size));
    expect(encodeRow(target, start, partitions)).toBe(size);
    const toc = target.subarray(start, start + tocBytes);
    const bytes = target.subarray(start + tocBytes);
    partitions.forEach((records = [], partition) => {
      setNextPosition(toc, partition, 100 + records.length);
      expect(recordCount(toc, partition)).toBe(records.length);
      const read = decodeRecords(toc, bytes, partition);
      expect(read.map(({ key, arrivalMs, position }) => ({ key, arrivalMs, position }))).toEqual(records.map(({ key, arrivalMs }, i) => ({ key, arrivalMs, position: 100 + i })));
      expect(read.map(({ value, headers }) => [Buffer.from(value).toString('hex'), headers])).toEqual(records.map(({ value, headers }) => [Buffer.from(value).toString('hex'), headers === '' ? {} : JSON.parse(headers)]));
      for (const { value } of read) expect(value.length === 0 || value.byteOffset % 8 === 0).toBe(true);
    });
  }));
});
