import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Labels, SeriesDictionary } from '@opsloop/contracts';
import { createBlockCache, frameBlock } from './block-cache.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { WireError } from './wire-error.js';

/** Slots of one dictionary; runs could announce far more than the bytes that carry them. */
const maxSlots = 1 << 20;
/** What a dictionary may take unpacked; few damaged bytes could unpack to far more. */
const maxUnpackedBytes = 64 * 2 ** 20;

const writer = new ByteWriter();
const encoded = new WeakMap<SeriesDictionary, Uint8Array>();

/**
 * The block of a dictionary: each metric name and label string once, label sets as references to strings, slots as
 * runs of (label set, first metric, length) in which the metric index rises by one; all of it deflated (RFC 1951),
 * which makes names less than half as long. Encoded once per object.
 */
export function encodeDictionary(dictionary: SeriesDictionary): Uint8Array {
  const known = encoded.get(dictionary);
  if (known) return known;
  writer.reset();
  writeStrings(dictionary.metrics);
  writeLabelSets(dictionary.labelSets);
  writeSlots(dictionary);
  const block = frameBlock(deflateRawSync(writer.finish()));
  encoded.set(dictionary, block);
  return block;
}

export interface DictionaryDecoder {
  /**
   * Reads the dictionary at the reader's place. The same object comes back for the same bytes: resources whose series
   * have the same names share it. Throws a WireError for damaged bytes.
   */
  decode(reader: ByteReader): SeriesDictionary;
  /** The same for a block of a batch of version 1: it is not deflated. */
  decodePlain(reader: ByteReader): SeriesDictionary;
}

/** `maxBytes` bounds the encoded bytes that are remembered; decoded dictionaries take a small multiple of it. */
export function createDictionaryDecoder(maxBytes = 6 * 2 ** 20): DictionaryDecoder {
  const strings = createStringPool(100_000);
  const cache = createBlockCache(maxBytes, (payload) => decodeDictionary(new ByteReader(unpack(payload)), strings));
  const plain = createBlockCache(maxBytes, (payload) => decodeDictionary(new ByteReader(payload), strings));
  return { decode: (reader) => cache.read(reader), decodePlain: (reader) => plain.read(reader) };
}

function unpack(payload: Buffer): Buffer {
  try {
    return inflateRawSync(payload, { maxOutputLength: maxUnpackedBytes });
  } catch (error) {
    throw new WireError(`damaged bytes: the names cannot be unpacked (${(error as Error).message})`);
  }
}

function writeStrings(strings: readonly string[]): void {
  writer.varint(strings.length);
  for (const text of strings) writer.string(text);
}

function writeLabelSets(labelSets: readonly Labels[]): void {
  const refs = new Map<string, number>();
  const refOf = (text: string) => {
    const known = refs.get(text);
    if (known !== undefined) return known;
    refs.set(text, refs.size);
    return refs.size - 1;
  };
  const sets = labelSets.map((labels) => Object.keys(labels).toSorted().map((key) => [refOf(key), refOf(labels[key]!)] as const));
  writeStrings([...refs.keys()]);
  writer.varint(sets.length);
  for (const pairs of sets) {
    writer.varint(pairs.length);
    for (const [key, value] of pairs) {
      writer.varint(key);
      writer.varint(value);
    }
  }
}

function writeSlots({ size, metricOf, labelsOf }: SeriesDictionary): void {
  writer.varint(size);
  for (let from = 0; from < size; ) {
    let to = from + 1;
    while (to < size && labelsOf[to] === labelsOf[from] && metricOf[to] === metricOf[from]! + (to - from)) to++;
    writer.varint(labelsOf[from]!);
    writer.varint(metricOf[from]!);
    writer.varint(to - from);
    from = to;
  }
}

function decodeDictionary(reader: ByteReader, pool: (text: string) => string): SeriesDictionary {
  const metrics = readStrings(reader, pool);
  const strings = readStrings(reader, pool);
  const labelSets = Array.from({ length: reader.count() }, () => readLabels(reader, strings));
  const size = reader.varint();
  if (size > maxSlots) throw new WireError(`damaged bytes: ${size} series announced in one message`);
  const metricOf = new Uint32Array(size);
  const labelsOf = new Uint32Array(size);
  for (let slot = 0; slot < size; ) {
    const labels = reader.varint();
    const metric = reader.varint();
    const length = reader.varint();
    if (length === 0 || slot + length > size || labels >= labelSets.length || metric + length > metrics.length) throw new WireError(`damaged bytes: slot ${slot} points outside the dictionary`);
    for (let i = 0; i < length; i++, slot++) {
      metricOf[slot] = metric + i;
      labelsOf[slot] = labels;
    }
  }
  return { size, metrics, labelSets, metricOf, labelsOf };
}

function readStrings(reader: ByteReader, pool: (text: string) => string): string[] {
  const length = reader.count();
  const strings: string[] = [];
  for (let i = 0; i < length; i++) strings.push(pool(reader.string()));
  return strings;
}

function readLabels(reader: ByteReader, strings: readonly string[]): Labels {
  const labels: [string, string][] = [];
  for (let left = reader.count(2); left > 0; left--) {
    const key = strings[reader.varint()];
    const value = strings[reader.varint()];
    if (key === undefined || value === undefined) throw new WireError('damaged bytes: a label points outside the dictionary');
    labels.push([key, value]);
  }
  return Object.fromEntries(labels);
}

/** Dictionaries of many hosts repeat the same few strings: they are held once. Bounded by starting anew. */
function createStringPool(maxStrings: number): (text: string) => string {
  let pool = new Map<string, string>();
  return (text) => {
    const known = pool.get(text);
    if (known !== undefined) return known;
    if (pool.size >= maxStrings) pool = new Map();
    pool.set(text, text);
    return text;
  };
}
