import type { Labels, WindowBatch } from '@opsloop/contracts';
import fc from 'fast-check';
import { createWindowBatchDecoder, encodeWindowBatch } from './window-codec.js';

const resource = { id: 'r1', tenant: 'default', provider: 'aws', region: 'eu', kind: 'host', uid: '웹-1' };

function batchOf(columns: Partial<WindowBatch> & { length: number; slots?: Uint32Array | undefined; size?: number }): WindowBatch {
  const { length, size = length, ...rest } = columns;
  const ones = new Float64Array(length).fill(1);
  return {
    resource,
    attributes: { zone: 'a', name: '이름' },
    source: 'agent',
    dictionary: { size, metrics: ['cpu.utilisation'], labelSets: Array.from({ length: size }, (_, i): Labels => ({ cpu: `cpu${i}` })), metricOf: new Uint32Array(size), labelsOf: Uint32Array.from({ length: size }, (_, i) => i) },
    startMs: 1_763_000_000_000,
    widthMs: 10_000,
    revision: 2 ** 52 + 1,
    correction: false,
    closedToMs: 1_763_000_020_000,
    slots: undefined,
    count: ones, sum: ones, min: ones, max: ones, last: ones, lastTimeMs: ones,
    ...rest,
  };
}

const doubles = (length: number) => fc.array(fc.double({ noNaN: true }), { minLength: length, maxLength: length }).map((values) => Float64Array.from(values));
const counts = (length: number) => fc.oneof(fc.constantFrom(1, 6).map((count) => new Float64Array(length).fill(count)), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: length, maxLength: length }).map((values) => Float64Array.from(values)));
const batches = fc.integer({ min: 0, max: 12 }).chain((size) =>
  fc.subarray([...Array(size).keys()]).chain((picked) => {
    const { length } = picked;
    const slots = length === size ? undefined : Uint32Array.from(picked);
    return fc.tuple(counts(length), doubles(length), doubles(length), doubles(length), doubles(length), doubles(length), fc.boolean(), fc.boolean()).map(([count, sum, min, max, last, lastTimeMs, single, correction]) =>
      batchOf({ length, size, slots, correction, count, lastTimeMs: single ? new Float64Array(length).fill(5.5) : lastTimeMs, ...(single ? { sum: last, min: last, max: last, last } : { sum, min, max, last }) }),
    );
  }),
);

describe('window codec', () => {
  it('gives back what was encoded', () => {
    const decoder = createWindowBatchDecoder();
    fc.assert(
      fc.property(batches, (batch) => {
        expect(decoder.decode(encodeWindowBatch(batch))).toEqual(batch);
      }),
    );
  });

  it('writes windows of one sample each once: a column of values and no more', () => {
    const length = 130;
    const last = Float64Array.from({ length }, (_, i) => i / 3);
    const single = encodeWindowBatch(batchOf({ length, sum: last, min: last, max: last, last, lastTimeMs: new Float64Array(length).fill(7) }));
    const full = encodeWindowBatch(batchOf({ length, count: new Float64Array(length).fill(2), sum: last.map((value) => value * 2), min: last, max: last, last, lastTimeMs: last }));
    expect(full.length - single.length).toBe(8 + 3 * 8 * length + 8 * (length - 1));
  });

  it('gives the same resource, attributes and dictionary while they stay the same', () => {
    const decoder = createWindowBatchDecoder();
    const first = decoder.decode(encodeWindowBatch(batchOf({ length: 3 })));
    const second = decoder.decode(encodeWindowBatch(batchOf({ length: 3, startMs: 0 })));
    expect(second.dictionary).toBe(first.dictionary);
    expect(second.attributes).toBe(first.attributes);
    expect(second.resource).toBe(first.resource);
  });

  it('keeps what is not a number apart: an infinite closedToMs', () => {
    expect(createWindowBatchDecoder().decode(encodeWindowBatch(batchOf({ length: 1, closedToMs: Infinity }))).closedToMs).toBe(Infinity);
  });

  it('reads version 1, which did not deflate names', () => {
    const bytes = Buffer.from('ATaMNI/1aGdRyQFyB2RlZmF1bHQFbG9jYWwHZGVmYXVsdARob3N0BXdlYi0xBmFnZW50cwEEaG9zdAV3ZWItMTHBAqQHksamHQIOY3B1LnVzYWdlX3VzZXIOY3B1LnVzYWdlX2lkbGUCA2NwdQRjcHUwAQEAAQIAAAIeAACAVv68eEIAAAAAAIjDQAAAAAAAAAhAAADxWP68eEIAgLJY/rx4QgAAAAAAAClAAAAAAAAAVEA=', 'base64');
    expect(createWindowBatchDecoder().decode(bytes)).toMatchObject({ resource: { uid: 'web-1' }, dictionary: { metrics: ['cpu.usage_user', 'cpu.usage_idle'], labelSets: [{ cpu: 'cpu0' }] }, startMs: 1_700_000_000_000, revision: 3, sum: Float64Array.of(12.5, 80), count: Float64Array.of(1, 1) });
  });

  it('refuses damaged bytes', () => {
    const decoder = createWindowBatchDecoder();
    const bytes = encodeWindowBatch(batchOf({ length: 3, size: 5, slots: Uint32Array.of(0, 2, 4) }));
    for (let length = 0; length < bytes.length; length++) expect(() => decoder.decode(bytes.subarray(0, length))).toThrow(/damaged bytes/);
    expect(() => decoder.decode(Buffer.concat([bytes, Buffer.of(0)]))).toThrow('behind the end');
    expect(() => decoder.decode(Buffer.concat([Buffer.of(9), bytes.subarray(1)]))).toThrow('version 9');
    const beyond = encodeWindowBatch(batchOf({ length: 1, size: 2, slots: Uint32Array.of(2) }));
    expect(() => decoder.decode(beyond)).toThrow('slot 2 of 2');
  });
});
