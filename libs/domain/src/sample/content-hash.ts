import type { ContentHash } from '@opsloop/contracts';

const number = new Float64Array(1);
const words = new Int32Array(number.buffer);

/**
 * 64 bits over the samples of a batch, the same however they are ordered and whichever slots they have: the sum of
 * one mixed word pair per (series, time, value). Two lanes of 32 bits, each with the finalizer of MurmurHash3
 * (A. Appleby), seeded by the hash of the batch's owner.
 */
export class ContentHasher {
  #low = 0;
  #high = 0;

  reset(low: number, high: number): void {
    this.#low = low;
    this.#high = high;
  }

  /** `lows` and `highs`: the hash of each slot's series. Value i belongs to slots[i], or to slot i without slots. */
  addRow(timeMs: number, lows: Int32Array, highs: Int32Array, slots: Uint32Array | undefined, values: Float64Array): void {
    number[0] = timeMs;
    const timeLow = mix(words[0]! ^ Math.imul(words[1]!, 0x9e3779b1));
    const timeHigh = mix(words[1]! ^ Math.imul(words[0]!, 0x85ebca77));
    let low = this.#low;
    let high = this.#high;
    for (let i = 0; i < values.length; i++) {
      const slot = slots ? slots[i]! : i;
      number[0] = values[i]!;
      const a = words[0]!;
      const b = words[1]!;
      low = (low + mix(mix(a ^ lows[slot]! ^ timeLow) ^ b)) | 0;
      high = (high + mix(mix(b ^ highs[slot]! ^ timeHigh) ^ a)) | 0;
    }
    this.#low = low;
    this.#high = high;
  }

  words(): ContentHash {
    const low = mix(this.#low);
    return { high: mix(this.#high ^ low) >>> 0, low: low >>> 0 };
  }
}

function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
