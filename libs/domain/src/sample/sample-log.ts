/** Samples of one resource in the order in which they came, by series id: what a batch is made of. Reusable. */
export class SampleLog {
  ids = new Int32Array(256);
  values = new Float64Array(256);
  count = 0;
  /** Runs of samples that share a time: run i starts at starts[i] and ends where the next one starts. */
  times = new Float64Array(16);
  starts = new Int32Array(16);
  runs = 0;

  clear(): void {
    this.count = 0;
    this.runs = 0;
  }

  /** Appends the first `count` entries; times in ms since the epoch. */
  append(timeMs: number, ids: Int32Array, values: Float64Array, count: number): void {
    if (count === 0) return;
    if (this.runs === 0 || this.times[this.runs - 1] !== timeMs) this.#startRun(timeMs);
    const start = this.count;
    if (start + count > this.ids.length) this.#grow(start + count);
    const toIds = this.ids;
    const toValues = this.values;
    for (let i = 0; i < count; i++) {
      toIds[start + i] = ids[i]!;
      toValues[start + i] = values[i]!;
    }
    this.count = start + count;
  }

  endOf(run: number): number {
    return run + 1 < this.runs ? this.starts[run + 1]! : this.count;
  }

  #startRun(timeMs: number): void {
    if (this.runs === this.times.length) {
      this.times = resized(this.times, new Float64Array(this.runs * 2));
      this.starts = resized(this.starts, new Int32Array(this.runs * 2));
    }
    this.times[this.runs] = timeMs;
    this.starts[this.runs++] = this.count;
  }

  #grow(needed: number): void {
    const size = Math.max(needed, this.ids.length * 2);
    this.ids = resized(this.ids, new Int32Array(size));
    this.values = resized(this.values, new Float64Array(size));
  }
}

function resized<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
