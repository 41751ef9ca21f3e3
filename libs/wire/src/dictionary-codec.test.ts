import { deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import type { SeriesDictionary } from '@opsloop/contracts';
import { createHeaderDecoder, encodeHeader } from './batch-header-codec.js';
import { frameBlock } from './block-cache.js';
import { ByteReader } from './byte-reader.js';
import { createDictionaryDecoder, encodeDictionary } from './dictionary-codec.js';
import { WireError } from './wire-error.js';

/** Not fast-check's unit `binary`, whose map of a million characters takes a second. */
const character = fc.integer({ min: 0, max: 0xd7ff }).map((point) => String.fromCodePoint(point));

const dictionary: SeriesDictionary = {
  size: 5,
  metrics: ['cpu.usage_user', 'cpu.usage_idle', 'mem.used'],
  labelSets: [{ cpu: 'cpu0' }, { cpu: 'cpu-total' }, {}],
  metricOf: Uint32Array.of(0, 1, 0, 1, 2),
  labelsOf: Uint32Array.of(0, 0, 1, 1, 2),
};
const copyOf = (one: SeriesDictionary): SeriesDictionary => ({ ...one, metricOf: one.metricOf.slice(), labelsOf: one.labelsOf.slice() });

const anyDictionary = fc
  .tuple(fc.array(fc.string({ unit: character }), { minLength: 1, maxLength: 20 }), fc.array(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string()), { minLength: 1, maxLength: 8 }), fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 60 }))
  .map(([metrics, labelSets, slots]) => ({
    size: slots.length,
    metrics,
    labelSets,
    metricOf: Uint32Array.from(slots, ([metric]) => metric % metrics.length),
    labelsOf: Uint32Array.from(slots, ([, labels]) => labels % labelSets.length),
  }));

describe('dictionary codec', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(anyDictionary, (one) => {
        const decoded = createDictionaryDecoder().decode(new ByteReader(encodeDictionary(one)));
        expect(decoded).toEqual({ ...one, labelSets: one.labelSets.map((labels) => ({ ...labels })) });
      }),
    );
  });

  it('returns the same object for the same bytes, also between two that alternate', () => {
    const decoder = createDictionaryDecoder();
    const other = { ...copyOf(dictionary), metrics: ['cpu.usage_user', 'cpu.usage_idle', 'mem.free'] };
    const read = (one: SeriesDictionary) => decoder.decode(new ByteReader(encodeDictionary(one)));
    const first = read(dictionary);
    const second = read(other);
    expect(read(copyOf(dictionary))).toBe(first);
    expect(read(copyOf(other))).toBe(second);
    expect(second).not.toBe(first);
  });

  it('forgets what was not used for long when the cache is full, and keeps what is in use', () => {
    const decoder = createDictionaryDecoder(1000);
    const read = (name: string) => decoder.decode(new ByteReader(encodeDictionary({ ...dictionary, metrics: [name, 'cpu.usage_idle', 'mem.used'] })));
    const used = read('used');
    const idle = read('idle');
    for (let i = 0; i < 100; i++) {
      read(`r${i}`);
      expect(read('used')).toBe(used);
    }
    expect(read('idle')).not.toBe(idle);
  });

  it('takes less than half of its names where they are alike, as those of a host are', () => {
    const metrics = ['user', 'system', 'idle', 'nice', 'iowait', 'irq', 'softirq', 'steal', 'guest', 'guest_nice'].flatMap((mode) => ['cpu', 'vcpu', 'core'].map((of) => `${of}.usage_${mode}`));
    const host = { size: 30, metrics, labelSets: [{}], metricOf: Uint32Array.from(metrics.keys()), labelsOf: new Uint32Array(30) };
    expect(encodeDictionary(host).length).toBeLessThan(metrics.join('').length / 2);
  });

  it('refuses what cannot be unpacked, and what unpacks to more than names can take', () => {
    const read = (payload: Buffer) => createDictionaryDecoder().decode(new ByteReader(frameBlock(payload)));
    expect(() => read(Buffer.from('not deflated'))).toThrow(WireError);
    expect(() => read(deflateRawSync(Buffer.alloc(65 * 2 ** 20)))).toThrow(/cannot be unpacked/);
  });

  it('refuses every truncation and every changed byte', () => {
    const block = encodeDictionary(dictionary);
    for (let length = 0; length < block.length; length++) {
      expect(() => createDictionaryDecoder().decode(new ByteReader(block, 0, length))).toThrow(WireError);
    }
    for (let at = 0; at < block.length; at++) {
      const damaged = Uint8Array.from(block);
      damaged[at]! ^= 0x11;
      expect(() => createDictionaryDecoder().decode(new ByteReader(damaged))).toThrow(WireError);
    }
  });
});

describe('header codec', () => {
  const resource = { id: 'abc', tenant: 'default', provider: 'local', region: 'default', kind: 'host', uid: 'web-1' };

  it('gives back what was encoded, as the same objects while nothing changes', () => {
    const decoder = createHeaderDecoder();
    const header = { resource, attributes: { host: 'web-1', os: '리눅스' }, source: 'agents' };
    const first = decoder.decode(new ByteReader(encodeHeader(header)));
    expect(first).toEqual(header);
    expect(decoder.decode(new ByteReader(encodeHeader({ ...header, attributes: { ...header.attributes } })))).toBe(first);
    const changed = decoder.decode(new ByteReader(encodeHeader({ ...header, attributes: { host: 'web-2' } })));
    expect(changed.attributes).toEqual({ host: 'web-2' });
    expect(decoder.decode(new ByteReader(encodeHeader({ ...header, source: 'other' }))).source).toBe('other');
  });
});
