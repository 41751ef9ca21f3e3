import type { ByteReader } from './byte-reader.js';
import { hashBytes } from './hash-bytes.js';
import { WireError } from './wire-error.js';

/** Bytes in front of a block's payload, besides its length: the payload's hash. */
const hashSizeBytes = 8;
/** Different blocks of one resource that are remembered side by side: senders alternate between a few. */
const maxVariants = 16;

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

interface Variant<T> {
  readonly low: number;
  readonly high: number;
  readonly payload: Buffer;
  readonly value: T;
}

/** Reads blocks, and gives back the object of before while an owner's bytes are unchanged. */
export interface BlockCache<T> {
  /** `ownerAt`: the owner as the payload itself names it, when the caller cannot know it before. */
  read(reader: ByteReader, owner: string | ((bytes: Buffer, start: number, end: number) => string)): T;
}

/**
 * Remembers decoded blocks by owner and bytes. Holds at most 2 x `maxBytes` of payload: two generations, of which
 * the older is forgotten when the younger is full, so that what is in use stays.
 */
export function createBlockCache<T>(maxBytes: number, decode: (payload: Buffer, start: number, end: number) => T): BlockCache<T> {
  let young = new Map<string, Variant<T>[]>();
  let old = new Map<string, Variant<T>[]>();
  let youngBytes = 0;

  function keep(owner: string, variants: Variant<T>[], sizeBytes: number): void {
    if (youngBytes + sizeBytes > maxBytes && young.size > 0) {
      old = young;
      young = new Map();
      youngBytes = 0;
    }
    young.set(owner, variants);
    youngBytes += sizeBytes;
  }

  function variantsOf(owner: string): Variant<T>[] | undefined {
    const found = young.get(owner);
    if (found) return found;
    const promoted = old.get(owner);
    if (promoted) {
      old.delete(owner);
      keep(owner, promoted, promoted.reduce((sum, one) => sum + one.payload.length, 0));
    }
    return promoted;
  }

  return {
    read(reader, owner) {
      const sizeBytes = reader.varint();
      const low = reader.u32();
      const high = reader.u32();
      const start = reader.take(sizeBytes);
      const end = start + sizeBytes;
      const bytes = reader.bytes;
      const name = typeof owner === 'string' ? owner : owner(bytes, start, end);
      const variants = variantsOf(name);
      if (variants) {
        for (const one of variants) {
          if (one.low === low && one.high === high && one.payload.length === sizeBytes && bytes.compare(one.payload, 0, sizeBytes, start, end) === 0) return one.value;
        }
      }
      const hash = hashBytes(bytes, start, end);
      if (hash.low !== low || hash.high !== high) throw new WireError(`damaged bytes: the block at byte ${start} does not match its hash`);
      const payload = Buffer.from(bytes.subarray(start, end));
      const variant = { low, high, payload, value: decode(payload, 0, sizeBytes) };
      keep(name, [variant, ...(variants ?? []).slice(0, maxVariants - 1)], sizeBytes);
      return variant.value;
    },
  };
}
