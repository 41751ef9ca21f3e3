/** Memory for rows that stay readable: many share one allocation, which lives as long as one of them is referred to. */
export interface RowMemory {
  copy(from: SharedArrayBuffer, start: number, end: number): Buffer;
}

const blockBytes = 2 ** 20;

export function createRowMemory(): RowMemory {
  let block = new ArrayBuffer(0);
  let used = 0;
  return {
    copy(from, start, end) {
      const size = end - start;
      if (used + size > block.byteLength) {
        block = new ArrayBuffer(Math.max(size, blockBytes));
        used = 0;
      }
      const row = Buffer.from(block, used, size);
      row.set(new Uint8Array(from, start, size));
      // Values in it stay at multiples of 8.
      used += (size + 7) & ~7;
      return row;
    },
  };
}
