import type { RawBatch, SampleRow } from '@opsloop/contracts';
import { createHeaderDecoder, encodeHeader } from './batch-header-codec.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { createDictionaryDecoder, encodeDictionary } from './dictionary-codec.js';
import { WireError } from './wire-error.js';

const version = 2;

const writer = new ByteWriter(64 * 1024);

/**
 * The value of a record of metrics.raw.v1: version, header block, dictionary block, content hash, rows. Each row is
 * its time, the slots that it has (0: every one, in order) and their values as doubles. Self-contained.
 */
export function encodeRawBatch(batch: RawBatch): Uint8Array {
  writer.reset();
  writer.u8(version);
  writer.raw(encodeHeader(batch));
  writer.raw(encodeDictionary(batch.dictionary));
  writer.u32(batch.contentHash.high);
  writer.u32(batch.contentHash.low);
  writer.varint(batch.rows.length);
  for (const { timeMs, slots, values } of batch.rows) {
    writer.f64(timeMs);
    writer.varint(slots ? slots.length : 0);
    if (slots) writeSlots(slots);
    writer.f64s(values);
  }
  return writer.finish();
}

export interface RawBatchDecoder {
  /**
   * Reads a batch. Resource, attributes and dictionary are the same objects as before for the same bytes. Throws a WireError
   * for an unknown version and for damaged bytes: such a record can never be read.
   */
  decode(bytes: Uint8Array): RawBatch;
}

export function createRawBatchDecoder(): RawBatchDecoder {
  const headers = createHeaderDecoder();
  const dictionaries = createDictionaryDecoder();
  return {
    decode(bytes) {
      const reader = new ByteReader(bytes);
      const found = reader.u8();
      if (found < 1 || found > version) throw new WireError(`raw batch of unknown version ${found}: this build reads 1 to ${version}`);
      const { resource, attributes, source } = headers.decode(reader);
      const dictionary = found === 1 ? dictionaries.decodePlain(reader) : dictionaries.decode(reader);
      const contentHash = { high: reader.u32(), low: reader.u32() };
      const rows: SampleRow[] = [];
      for (let left = reader.count(9); left > 0; left--) rows.push(readRow(reader, dictionary.size));
      if (reader.remaining > 0) throw new WireError(`damaged bytes: ${reader.remaining} bytes behind the end of the batch`);
      return { resource, attributes, source, contentHash, dictionary, rows };
    },
  };
}

/** Ascending slots, each as the distance from the one before. */
function writeSlots(slots: Uint32Array): void {
  let before = -1;
  for (const slot of slots) {
    writer.varint(slot - before - 1);
    before = slot;
  }
}

function readRow(reader: ByteReader, size: number): SampleRow {
  const timeMs = reader.f64();
  const length = reader.count();
  if (length === 0) return { timeMs, slots: undefined, values: reader.f64s(size) };
  const slots = new Uint32Array(length);
  let slot = -1;
  for (let i = 0; i < length; i++) {
    slot += reader.varint() + 1;
    slots[i] = slot;
  }
  if (slot >= size) throw new WireError(`damaged bytes: a row names slot ${slot} of ${size}`);
  return { timeMs, slots, values: reader.f64s(length) };
}
