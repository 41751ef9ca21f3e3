/** Content hashes of the batches of the last ten minutes of arrival: a batch that comes again counts once. */
import type { ContentHash } from '@opsloop/contracts';
import { dedupeMs } from './window-settings.js';

/** An open-addressing table of 64-bit hashes: two words and the arrival time each. */
export class SeenBatches {
  #capacity = 64;
  #words = new Uint32Array(128);
  #arrivalMs = new Float64Array(64).fill(-Infinity);
  #used = 0;

  get size(): number {
    return this.#used;
  }

  /** True when the hash was seen within the time; else it is remembered from `clockMs` on. */
  seen({ high, low }: ContentHash, clockMs: number): boolean {
    return this.#insert(high, low, clockMs, clockMs);
  }

  /** Puts back what `entries` gave. */
  restore(high: number, low: number, arrivalMs: number): void {
    this.#insert(high, low, arrivalMs, arrivalMs);
  }

  /** What still counts at `clockMs`. */
  *entries(clockMs: number): Iterable<{ readonly high: number; readonly low: number; readonly arrivalMs: number }> {
    for (let place = 0; place < this.#capacity; place++) {
      const arrivalMs = this.#arrivalMs[place]!;
      if (arrivalMs > clockMs - dedupeMs) yield { high: this.#words[place * 2]!, low: this.#words[place * 2 + 1]!, arrivalMs };
    }
  }

  #insert(high: number, low: number, arrivalMs: number, clockMs: number): boolean {
    let place = low & (this.#capacity - 1);
    while (this.#arrivalMs[place]! > -Infinity) {
      if (this.#words[place * 2] === high && this.#words[place * 2 + 1] === low) {
        if (this.#arrivalMs[place]! > clockMs - dedupeMs) return true;
        this.#arrivalMs[place] = arrivalMs;
        return false;
      }
      place = (place + 1) & (this.#capacity - 1);
    }
    this.#words[place * 2] = high;
    this.#words[place * 2 + 1] = low;
    this.#arrivalMs[place] = arrivalMs;
    this.#used += 1;
    if (this.#used * 2 > this.#capacity) this.#rebuild(clockMs);
    return false;
  }

  /** Forgets what no longer counts, in a table that is a quarter full at most. */
  #rebuild(clockMs: number): void {
    const kept = [...this.entries(clockMs)];
    this.#capacity = 64;
    while (this.#capacity < kept.length * 4) this.#capacity *= 2;
    this.#words = new Uint32Array(this.#capacity * 2);
    this.#arrivalMs = new Float64Array(this.#capacity).fill(-Infinity);
    this.#used = 0;
    for (const { high, low, arrivalMs } of kept) this.#insert(high, low, arrivalMs, clockMs);
  }
}
