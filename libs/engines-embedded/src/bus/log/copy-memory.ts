import { markAsUntransferable } from 'node:worker_threads';

/** Memory for copies that readers get: short ones share an allocation, which lives as long as one of them is referred to. */
export interface CopyMemory {
  copy(bytes: Uint8Array): Buffer;
}

const blockBytes = 64 * 2 ** 10;
const mostShared = 16 * 2 ** 10;

export function createCopyMemory(): CopyMemory {
  let block = Buffer.alloc(0);
  let used = 0;

  /** Copies start at multiples of 8. */
  function take(size: number): Buffer {
    if (size > mostShared) return Buffer.allocUnsafeSlow(size);
    if (used + size > block.length) {
      block = Buffer.allocUnsafeSlow(blockBytes);
      // Whoever handed one copy to another thread would take all others along.
      markAsUntransferable(block.buffer);
      used = 0;
    }
    const start = used;
    used += (size + 7) & ~7;
    return block.subarray(start, start + size);
  }

  return {
    copy(bytes) {
      const target = take(bytes.length);
      target.set(bytes);
      return target;
    },
  };
}
