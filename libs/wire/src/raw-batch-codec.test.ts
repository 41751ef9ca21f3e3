import * as fc from 'fast-check';
import type { RawBatch } from '@opsloop/contracts';
import { createRawBatchDecoder, encodeRawBatch } from './raw-batch-codec.js';
import { WireError } from './wire-error.js';

const resource = { id: 'r', tenant: 'default', provider: 'local', region: 'default', kind: 'host', uid: 'web-1' };

const anyBatch: fc.Arbitrary<RawBatch> = fc.nat(40).chain((size) =>
  fc
    .record({
      times: fc.uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 5 }),
      present: fc.array(fc.array(fc.boolean(), { minLength: size, maxLength: size }), { minLength: 5, maxLength: 5 }),
      values: fc.array(fc.double(), { minLength: size * 5, maxLength: size * 5 }),
      hash: fc.record({ high: fc.nat(0xffff_ffff), low: fc.nat(0xffff_ffff) }, { noNullPrototype: true }),
    })
    .map(({ times, present, values, hash }) => ({
      resource,
      attributes: { host: 'web-1' },
      source: 'agents',
      contentHash: hash,
      dictionary: { size, metrics: Array.from({ length: size }, (_, i) => `m.f${i}`), labelSets: [{}], metricOf: Uint32Array.from({ length: size }, (_, i) => i), labelsOf: new Uint32Array(size) },
      rows: times
        .toSorted((a, b) => a - b)
        .map((timeMs, row) => {
          const slots = Uint32Array.from(present[row]!.flatMap((is, slot) => (is ? [slot] : [])));
          const all = slots.length === size || slots.length === 0;
          return { timeMs, slots: all ? undefined : slots, values: Float64Array.from({ length: all ? size : slots.length }, (_, i) => values[row * size + i]!) };
        }),
    })),
);

function outcomeOf(work: () => unknown): unknown {
  try {
    work();
    return 'read';
  } catch (error) {
    return error;
  }
}

describe('raw batch codec', () => {
  it('gives back what was encoded', () => {
    const decoder = createRawBatchDecoder();
    fc.assert(
      fc.property(anyBatch, (batch) => {
        expect(decoder.decode(encodeRawBatch(batch))).toEqual(batch);
      }),
    );
  });

  it('reads from the middle of a larger buffer, and keeps nothing of it', () => {
    const batch = fc.sample(anyBatch, { numRuns: 20, seed: 7 }).find((one) => one.rows.length > 1 && one.dictionary.size > 1)!;
    const bytes = encodeRawBatch(batch);
    const frame = Buffer.alloc(bytes.length + 20, 0xaa);
    frame.set(bytes, 13);
    const decoded = createRawBatchDecoder().decode(frame.subarray(13, 13 + bytes.length));
    frame.fill(0);
    expect(decoded).toEqual(batch);
  });

  it('refuses every truncation, what follows the end, and versions that it does not know', () => {
    const batch = fc.sample(anyBatch, { numRuns: 20, seed: 3 }).find((one) => one.rows.length > 1 && one.dictionary.size > 1)!;
    const bytes = encodeRawBatch(batch);
    const decoder = createRawBatchDecoder();
    for (let length = 0; length < bytes.length; length++) expect(() => decoder.decode(bytes.subarray(0, length))).toThrow(WireError);
    expect(() => decoder.decode(Buffer.concat([bytes, Buffer.from([0])]))).toThrow(WireError);
    expect(() => decoder.decode(Uint8Array.from(bytes, (byte, i) => (i === 0 ? 3 : byte)))).toThrow('unknown version 3');
    expect(() => decoder.decode(Uint8Array.from(bytes, (byte, i) => (i === 0 ? 0 : byte)))).toThrow('unknown version 0');
  });

  it('keeps what was written beside others in memory, also when one of them is handed over to another thread', () => {
    const [batch] = fc.sample(anyBatch, { numRuns: 1, seed: 7 });
    const encodePair = () => [encodeRawBatch(batch!), encodeRawBatch(batch!)] as const;
    let [kept, handed] = encodePair();
    while (kept.buffer !== handed.buffer) [kept, handed] = encodePair();
    const { port1 } = new MessageChannel();
    outcomeOf(() => port1.postMessage(handed, [handed.buffer as ArrayBuffer]));
    port1.close();
    expect(createRawBatchDecoder().decode(kept)).toEqual(batch);
  });

  it('reads version 1, which did not deflate names', () => {
    const bytes = Buffer.from('ATaMNI/1aGdRyQFyB2RlZmF1bHQFbG9jYWwHZGVmYXVsdARob3N0BXdlYi0xBmFnZW50cwEEaG9zdAV3ZWItMTHBAqQHksamHQIOY3B1LnVzYWdlX3VzZXIOY3B1LnVzYWdlX2lkbGUCA2NwdQRjcHUwAQEAAQIAAAIBAAAAAgAAAAEAAIBW/rx4QgAAAAAAAAApQAAAAAAAAFRA', 'base64');
    expect(createRawBatchDecoder().decode(bytes)).toEqual({
      resource,
      attributes: { host: 'web-1' },
      source: 'agents',
      contentHash: { high: 1, low: 2 },
      dictionary: { size: 2, metrics: ['cpu.usage_user', 'cpu.usage_idle'], labelSets: [{ cpu: 'cpu0' }], metricOf: Uint32Array.of(0, 1), labelsOf: new Uint32Array(2) },
      rows: [{ timeMs: 1_700_000_000_000, slots: undefined, values: Float64Array.of(12.5, 80) }],
    });
  });

  it('never throws anything but a WireError, whatever bytes come', () => {
    const decoder = createRawBatchDecoder();
    const bytes = encodeRawBatch(fc.sample(anyBatch, { numRuns: 1, seed: 5 })[0]!);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
        const damaged = Uint8Array.from(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        const outcome = outcomeOf(() => decoder.decode(damaged));
        expect(outcome === 'read' || outcome instanceof WireError).toBe(true);
      }),
    );
  });
});
