/** Memory for rows that stay readable: many share one allocation, which lives as long as one of them is referred to. */
export interface RowMemory {
  take(bytes: number): Buffer;
}

const blockBytes = 2 ** 20;

export function createRowMemory(): RowMemory {
  let block = new ArrayBuffer(0);
  let used = 0;
  return {
    take(bytes) {
      if (used + bytes > block.byteLength) {
        block = new ArrayBuffer(Math.max(bytes, blockBytes));
        used = 0;
      }
      const row = Buffer.from(block, used, bytes);
      // Values in it stay at multiples of 8.
      used += (bytes + 7) & ~7;
      return row;
    },
  };
}
