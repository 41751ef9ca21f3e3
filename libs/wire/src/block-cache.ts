import type { ByteReader } from './byte-reader.js';
import { hashBytes } from './hash-bytes.js';
import { WireError } from './wire-error.js';

/** Bytes in front of a block's payload, besides its length: the payload's hash. */
const hashSizeBytes = 8;
/** Blocks with the same lower half of the hash that are remembered side by side. */
const maxAlike = 8;

/** A payload with its length and hash in front, ready to be copied into messages. */
export function frameBlock(payload: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = payload.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) length.push((rest % 0x80) | 0x80);
  length.push(rest);
  const block = Buffer.alloc(length.length + hashSizeBytes + payload.length);
  block.set(length);
  const { low, high } = hashBytes(payload);
  block.writeUInt32LE(low, length.length);
  block.writeUInt32LE(high, length.length + 4);
  block.set(payload, length.length + hashSizeBytes);
  return block;
}

interface Known<T> {
  readonly high: number;
  readonly payload: Buffer;
  readonly value: T;
  /** Another block with the same lower half of the hash. */
  readonly next: Known<T> | undefined;
  readonly depth: number;
}

/** Reads blocks, and gives back the object of before for bytes that it knows, whoever sent them. */
export interface BlockCache<T> {
  read(reader: ByteReader): T;
}

/**
 * Remembers decoded blocks by their bytes. Holds at most 2 x `maxBytes` of payload: two generations, of which the
 * older is forgotten when the younger is full, so that what is in use stays.
 */
export function createBlockCache<T>(maxBytes: number, decode: (payload: Buffer) => T): BlockCache<T> {
  // By the lower half of the hash: no string is made to find a block.
  let young = new Map<number, Known<T>>();
  let old = new Map<number, Known<T>>();
  let youngBytes = 0;

  function keep(low: number, high: number, payload: Buffer, value: T): T {
    if (youngBytes + payload.length > maxBytes && young.size > 0) {
      old = young;
      young = new Map();
      youngBytes = 0;
    }
    const alike = young.get(low);
    const next = alike && alike.depth < maxAlike ? alike : undefined;
    young.set(low, { high, payload, value, next, depth: next ? next.depth + 1 : 1 });
    youngBytes += payload.length;
    return value;
  }

  return {
    read(reader) {
      const sizeBytes = reader.varint();
      const low = reader.u32();
      const high = reader.u32();
      const start = reader.take(sizeBytes);
      const { bytes } = reader;
      const known = find(young.get(low), high, bytes, start, sizeBytes);
      if (known) return known.value;
      const older = find(old.get(low), high, bytes, start, sizeBytes);
      if (older) return keep(low, high, older.payload, older.value);
      const hash = hashBytes(bytes, start, start + sizeBytes);
      if (hash.low !== low || hash.high !== high) throw new WireError(`damaged bytes: the block at byte ${start} does not match its hash`);
      const payload = Buffer.from(bytes.subarray(start, start + sizeBytes));
      return keep(low, high, payload, decode(payload));
    },
  };
}

function find<T>(first: Known<T> | undefined, high: number, bytes: Buffer, start: number, sizeBytes: number): Known<T> | undefined {
  for (let one = first; one; one = one.next) {
    if (one.high === high && one.payload.length === sizeBytes && bytes.compare(one.payload, 0, sizeBytes, start, start + sizeBytes) === 0) return one;
  }
  return undefined;
}
