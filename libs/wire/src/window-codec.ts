import type { WindowBatch } from '@opsloop/contracts';
import { createHeaderDecoder, encodeHeader } from './batch-header-codec.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { createDictionaryDecoder, encodeDictionary } from './dictionary-codec.js';
import { WireError } from './wire-error.js';

const version = 2;

/** What need not be written column by column. */
const flags = {
  correction: 1,
  /** Every slot has a window, in order. */
  allSlots: 2,
  /** Each window has one sample: it is the sum, the least, the greatest and the last. */
  singleSamples: 4,
  /** All windows have the same count, or the same time of their last sample. */
  oneCount: 8,
  oneLastTime: 16,
  provisional: 32,
} as const;
const knownFlags = 63;

const writer = new ByteWriter(64 * 1024);

/**
 * The value of a record of metrics.window.v1: version, header block, dictionary block, flags, the window's times and
 * revision, the slots that have a window, and the columns that the flags do not spare. Self-contained.
 */
export function encodeWindowBatch(batch: WindowBatch): Uint8Array {
  const { count, sum, min, max, last, lastTimeMs, slots } = batch;
  const { length } = last;
  const oneCount = isConstant(count);
  const single = oneCount && count[0] === 1 && (sum === last || equals(sum, last)) && (min === last || equals(min, last)) && (max === last || equals(max, last));
  const oneLastTime = isConstant(lastTimeMs);
  writer.reset();
  writer.u8(version);
  writer.raw(encodeHeader(batch));
  writer.raw(encodeDictionary(batch.dictionary));
  writer.u8((batch.correction ? flags.correction : 0) | (batch.provisional ? flags.provisional : 0) | (slots ? 0 : flags.allSlots) | (single ? flags.singleSamples : 0) | (oneCount ? flags.oneCount : 0) | (oneLastTime ? flags.oneLastTime : 0));
  for (const value of [batch.startMs, batch.widthMs, batch.revision, batch.closedToMs]) writer.f64(value);
  if (slots) writeSlots(slots);
  if (length === 0) return writer.finish();
  if (oneLastTime) writer.f64(lastTimeMs[0]!);
  else writer.f64s(lastTimeMs);
  writer.f64s(last);
  if (single) return writer.finish();
  if (oneCount) writer.f64(count[0]!);
  else writer.f64s(count);
  for (const column of [sum, min, max]) writer.f64s(column);
  return writer.finish();
}

export interface WindowBatchDecoder {
  /**
   * Reads a batch. Resource, attributes and dictionary are the same objects as before for the same bytes. Columns are read
   * only: they may share memory with each other, and constant ones with other batches.
   * Throws a WireError for an unknown version and for damaged bytes: such a record can never be read.
   */
  decode(bytes: Uint8Array): WindowBatch;
}

export function createWindowBatchDecoder(): WindowBatchDecoder {
  const headers = createHeaderDecoder();
  const dictionaries = createDictionaryDecoder();
  return {
    decode(bytes) {
      const reader = new ByteReader(bytes);
      const found = reader.u8();
      if (found < 1 || found > version) throw new WireError(`window batch of unknown version ${found}: this build reads 1 to ${version}`);
      const { resource, attributes, source } = headers.decode(reader);
      const dictionary = found === 1 ? dictionaries.decodePlain(reader) : dictionaries.decode(reader);
      const set = reader.u8();
      if ((set & ~knownFlags) !== 0) throw new WireError(`damaged bytes: unknown flags ${set}`);
      const [startMs, widthMs, revision, closedToMs] = [reader.f64(), reader.f64(), reader.f64(), reader.f64()];
      const slots = set & flags.allSlots ? undefined : readSlots(reader, dictionary.size);
      const columns = readColumns(reader, set, slots ? slots.length : dictionary.size);
      if (reader.remaining > 0) throw new WireError(`damaged bytes: ${reader.remaining} bytes behind the end of the batch`);
      return { resource, attributes, source, dictionary, startMs, widthMs, revision, closedToMs, correction: (set & flags.correction) !== 0, ...(set & flags.provisional && { provisional: true }), slots, ...columns };
    },
  };
}

function readColumns(reader: ByteReader, set: number, length: number): Pick<WindowBatch, 'count' | 'sum' | 'min' | 'max' | 'last' | 'lastTimeMs'> {
  const column = (isOne: number) => {
    if (length === 0) return new Float64Array();
    return isOne ? constantColumn(length, reader.f64()) : reader.f64s(length);
  };
  const lastTimeMs = column(set & flags.oneLastTime);
  const last = column(0);
  if (set & flags.singleSamples) return { count: constantColumn(length, 1), sum: last, min: last, max: last, last, lastTimeMs };
  return { count: column(set & flags.oneCount), sum: column(0), min: column(0), max: column(0), last, lastTimeMs };
}

/** By value: windows of one time come from many resources in a row. At most 2 MiB together. */
let constants = new Map<number, Float64Array>();
const maxConstants = 64;
const maxConstantLength = 4_096;

function constantColumn(length: number, value: number): Float64Array {
  const known = constants.get(value);
  if (known && known.length === length) return known;
  const column = new Float64Array(length).fill(value);
  if (length > maxConstantLength) return column;
  if (constants.size >= maxConstants) constants = new Map();
  constants.set(value, column);
  return column;
}

function isConstant(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

function equals(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** How many, then ascending slots, each as the distance from the one before. */
function writeSlots(slots: Uint32Array): void {
  writer.varint(slots.length);
  let before = -1;
  for (const slot of slots) {
    writer.varint(slot - before - 1);
    before = slot;
  }
}

function readSlots(reader: ByteReader, size: number): Uint32Array {
  const slots = new Uint32Array(reader.count());
  let slot = -1;
  for (let i = 0; i < slots.length; i++) {
    slot += reader.varint() + 1;
    if (slot >= size) throw new WireError(`damaged bytes: a window names slot ${slot} of ${size}`);
    slots[i] = slot;
  }
  return slots;
}
