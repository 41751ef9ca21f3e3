import { BytePattern } from './byte-pattern.js';
import { byte } from './byte.js';

/** Fields of one layout that are found by their bytes; further ones take the slow way. */
const maxFields = 4096;

/**
 * The field names of one measurement in the order of first sight, found by their bytes. Lines of one measurement
 * share a layout; agents that write fields in changing order (Go maps) are served by the hash table.
 */
export class FieldLayout {
  /** As they stand in lines, escapes included, each with its `=`. */
  readonly names: BytePattern[] = [];
  readonly #texts: string[] = [];
  #indexOf = new Map<string, number>();
  #table = new Int16Array(32).fill(-1);

  /** The index of the name that stands at `at`; -1 when it is unknown or not plain. */
  findAt(bytes: Uint8Array, view: DataView, at: number): number {
    let hash = 0;
    let i = at;
    for (let c = bytes[i]!; c !== byte.equals; c = bytes[++i]!) {
      if (c === byte.backslash || c === byte.comma || c === byte.space || c === byte.newline) return -1;
      hash = (Math.imul(hash, 31) + c) | 0;
    }
    const table = this.#table;
    const mask = table.length - 1;
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const index = table[slot]!;
      if (index < 0) return -1;
      const name = this.names[index]!;
      if (name.length === i + 1 - at && name.standsAt(view, at)) return index;
    }
  }

  /** The index of a name, added when it is new; -1 when the layout is full. `start`..`end` holds it and its `=`. */
  indexOf(name: string, bytes: Uint8Array, start: number, end: number): number {
    const known = this.#indexOf.get(name);
    if (known !== undefined) return known;
    if (this.names.length >= maxFields) return -1;
    const index = this.names.length;
    this.#indexOf.set(name, index);
    this.#texts.push(name);
    this.names.push(new BytePattern(bytes.subarray(start, end)));
    if (this.names.length * 2 > this.#table.length) this.#grow();
    else this.#enter(index);
    return index;
  }

  nameOf(index: number): string {
    return this.#texts[index]!;
  }

  #grow(): void {
    this.#table = new Int16Array(this.#table.length * 2).fill(-1);
    for (let index = 0; index < this.names.length; index++) this.#enter(index);
  }

  #enter(index: number): void {
    const name = this.names[index]!.bytes;
    let hash = 0;
    for (let i = 0; i < name.length - 1; i++) hash = (Math.imul(hash, 31) + name[i]!) | 0;
    const mask = this.#table.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (this.#table[slot]! >= 0) slot = (slot + 1) & mask;
    this.#table[slot] = index;
  }
}
