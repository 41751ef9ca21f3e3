import type { TemplateFamily } from './template-family.js';

const gap = '\u0001';

/** A number for an outline; `at`: with any token there. Two 32-bit sums over tokens and their places. */
export class OutlineHash {
  readonly #ones: Uint32Array;
  readonly #others: Uint32Array;
  #one = 0;
  #other = 0;

  constructor(outline: readonly string[]) {
    this.#ones = new Uint32Array(outline.length);
    this.#others = new Uint32Array(outline.length);
    outline.forEach((text, at) => {
      this.#ones[at] = hash(text, at, 0x811c9dc5);
      this.#others[at] = hash(text, at, 0x1b873593);
      this.#one = (this.#one + this.#ones[at]!) >>> 0;
      this.#other = (this.#other + this.#others[at]!) >>> 0;
    });
  }

  without(at: number): number {
    const one = (this.#one - this.#ones[at]! + hash(gap, at, 0x811c9dc5)) >>> 0;
    const other = (this.#other - this.#others[at]! + hash(gap, at, 0x1b873593)) >>> 0;
    return one * 0x20_0000 + (other & 0x1f_ffff);
  }
}

/** Families by their outline without one of its words: what stands in one list differs in that word alone. */
export class NeighbourIndex {
  readonly #lists = new Map<number, TemplateFamily[]>();

  add(family: TemplateFamily): void {
    const hashes = new OutlineHash(family.outline);
    for (const at of family.words) {
      const key = hashes.without(at);
      const list = this.#lists.get(key);
      if (list) list.push(family);
      else this.#lists.set(key, [family]);
    }
  }

  remove(family: TemplateFamily): void {
    const hashes = new OutlineHash(family.outline);
    for (const at of family.words) {
      const key = hashes.without(at);
      const rest = this.#lists.get(key)?.filter((one) => one !== family) ?? [];
      if (rest.length > 0) this.#lists.set(key, rest);
      else this.#lists.delete(key);
    }
  }

  /** Families with a word at `at` that are the same as the hashed outline everywhere else. */
  at(hashes: OutlineHash, at: number): readonly TemplateFamily[] {
    return this.#lists.get(hashes.without(at)) ?? [];
  }
}

function hash(text: string, at: number, start: number): number {
  let sum = Math.imul(start ^ at, 0x9e3779b1);
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 16_777_619);
  return (sum ^ (sum >>> 15)) >>> 0;
}
