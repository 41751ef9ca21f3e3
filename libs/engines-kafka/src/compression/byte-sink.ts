/** Far above any batch that agents send; a few bytes can be made to become any number of them. */
export const decompressedBytesAtMost = 256 * 2 ** 20;
/** Up to here a copy costs less byte by byte than by a call. */
const shortBytes = 32;

/** Bytes as they are decompressed, whose number is known only at their end. */
export class ByteSink {
  #bytes: Buffer;
  #length = 0;

  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafe(Math.min(expectedBytes, decompressedBytesAtMost));
  }

  get length(): number {
    return this.#length;
  }

  append(given: Uint8Array, begin = 0, end = given.length): void {
    if (end > given.length) throw new RangeError(`the last ${end - given.length} bytes are missing`);
    this.#grow(end - begin);
    if (end - begin > shortBytes) this.#bytes.set(given.subarray(begin, end), this.#length);
    else for (let i = begin; i < end; i++) this.#bytes[this.#length + i - begin] = given[i]!;
    this.#length += end - begin;
  }

  /** Appends what stands `distance` bytes before the end. It may reach into itself: a pattern comes again and again then. */
  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.#length) throw new RangeError(`${distance} bytes before the end there is nothing yet`);
    this.#grow(count);
    const begin = this.#length - distance;
    if (distance >= count && count > shortBytes) this.#bytes.copyWithin(this.#length, begin, begin + count);
    else for (let i = 0; i < count; i++) this.#bytes[this.#length + i] = this.#bytes[begin + i]!;
    this.#length += count;
  }

  all(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(count: number): void {
    const needed = this.#length + count;
    if (needed > decompressedBytesAtMost) throw new RangeError(`more than ${decompressedBytesAtMost} bytes`);
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.min(decompressedBytesAtMost, Math.max(needed, 2 * this.#bytes.length)));
    larger.set(this.all());
    this.#bytes = larger;
  }
}
