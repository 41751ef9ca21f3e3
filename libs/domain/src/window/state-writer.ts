/** Bytes of a snapshot, handed out in chunks. Numbers are little-endian, as every machine that Node runs on writes them. */
export class StateWriter {
  readonly #chunkBytes: number;
  #bytes = new Uint8Array(64 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #taken = 0;

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.u32(bytes.length);
    this.#raw(bytes);
  }

  column(values: Float64Array | Uint32Array | Uint8Array): void {
    this.u32(values.length);
    this.#raw(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  /** The chunks that are full by now. */
  *full(): Iterable<Uint8Array> {
    while (this.#length - this.#taken >= this.#chunkBytes) {
      yield this.#bytes.slice(this.#taken, this.#taken + this.#chunkBytes);
      this.#taken += this.#chunkBytes;
    }
    this.#bytes.copyWithin(0, this.#taken, this.#length);
    this.#length -= this.#taken;
    this.#taken = 0;
  }

  /** What is left. */
  *rest(): Iterable<Uint8Array> {
    yield* this.full();
    if (this.#length > 0) yield this.#bytes.slice(0, this.#length);
    this.#length = 0;
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(sizeBytes: number): void {
    const needed = this.#length + sizeBytes;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
