/** Reads what StateWriter wrote. Bytes that end too early throw a RangeError. */
export class StateReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(chunks: readonly Uint8Array[]) {
    this.#bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let offset = 0;
    for (const chunk of chunks) {
      this.#bytes.set(chunk, offset);
      offset += chunk.length;
    }
    this.#view = new DataView(this.#bytes.buffer);
  }

  get done(): boolean {
    return this.#offset === this.#bytes.length;
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  text(): string {
    return new TextDecoder().decode(this.#bytes.subarray(...this.#span(1)));
  }

  doubles(): Float64Array {
    return new Float64Array(this.#bytes.slice(...this.#span(8)).buffer);
  }

  words(): Uint32Array {
    return new Uint32Array(this.#bytes.slice(...this.#span(4)).buffer);
  }

  octets(): Uint8Array {
    return this.#bytes.slice(...this.#span(1));
  }

  #span(width: number): [number, number] {
    const sizeBytes = this.u32() * width;
    const start = this.#take(sizeBytes);
    return [start, start + sizeBytes];
  }

  #take(sizeBytes: number): number {
    const start = this.#offset;
    if (start + sizeBytes > this.#bytes.length) throw new RangeError(`the snapshot ends at byte ${this.#bytes.length}, ${sizeBytes} more are wanted at ${start}`);
    this.#offset = start + sizeBytes;
    return start;
  }
}
