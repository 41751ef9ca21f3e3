import { takeBytes } from './shared-memory.js';

const bigEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

/** Appends numbers, strings and columns to bytes that grow by doubling. Reuse one writer: `reset` keeps its memory. */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(capacityBytes = 4096) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(16, capacityBytes));
  }

  get length(): number {
    return this.#length;
  }

  reset(): void {
    this.#length = 0;
  }

  /** A copy of what was written; the writer may be reset and used again. */
  finish(): Uint8Array {
    const copy = takeBytes(this.#length);
    copy.set(this.#bytes.subarray(0, this.#length));
    return copy;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Unsigned 32 bits, little-endian. */
  u32(value: number): void {
    this.#reserve(4);
    this.#length = this.#bytes.writeUInt32LE(value >>> 0, this.#length);
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  /** Unsigned LEB128 of a safe integer >= 0: one byte below 128, at most eight. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** UTF-8 with its byte length in front. */
  string(text: string): void {
    const sizeBytes = Buffer.byteLength(text);
    this.varint(sizeBytes);
    this.#reserve(sizeBytes);
    this.#length += this.#bytes.write(text, this.#length);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A column of doubles, little-endian, without its length. */
  f64s(values: Float64Array): void {
    const start = this.#length;
    this.raw(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    if (bigEndian) this.#bytes.subarray(start, this.#length).swap64();
  }

  #reserve(sizeBytes: number): void {
    const needed = this.#length + sizeBytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
