import { takeDoubles } from './shared-memory.js';
import { WireError } from './wire-error.js';

/** Over the memory that was read last: most messages share one block with their neighbours. */
let lastView = new DataView<ArrayBufferLike>(new ArrayBuffer(0));

/** Reads what ByteWriter wrote. Every read is checked: bytes that end too early throw a WireError. */
export class ByteReader {
  readonly bytes: Buffer;
  offset: number;
  readonly end: number;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.bytes = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
    this.end = Math.min(end, bytes.length);
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  u8(): number {
    return this.bytes[this.take(1)]!;
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.take(4));
  }

  f64(): number {
    return this.bytes.readDoubleLE(this.take(8));
  }

  varint(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      factor *= 0x80;
    }
    throw new WireError(`damaged bytes: the number before byte ${this.offset} is too long`);
  }

  /** A varint that counts things of at least `leastBytes` each: it is refused when the rest cannot hold them. */
  count(leastBytes = 1): number {
    const value = this.varint();
    if (value * leastBytes > this.remaining) throw new WireError(`damaged bytes: ${value} entries announced where ${this.remaining} bytes are left`);
    return value;
  }

  string(): string {
    const sizeBytes = this.count();
    const start = this.take(sizeBytes);
    return this.bytes.toString('utf8', start, start + sizeBytes);
  }

  /** A column of `length` doubles, copied. */
  f64s(length: number): Float64Array {
    const { buffer, byteOffset } = this.bytes;
    const start = byteOffset + this.take(length * 8);
    if (lastView.buffer !== buffer) lastView = new DataView(buffer);
    const view = lastView;
    const values = takeDoubles(length);
    for (let i = 0; i < length; i++) values[i] = view.getFloat64(start + i * 8, true);
    return values;
  }

  /** Moves on by `sizeBytes` and returns where they start. */
  take(sizeBytes: number): number {
    const start = this.offset;
    if (sizeBytes > this.end - start) throw new WireError(`damaged bytes: ${sizeBytes} bytes wanted where ${this.remaining} are left`);
    this.offset = start + sizeBytes;
    return start;
  }
}
