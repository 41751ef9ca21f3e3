/**
 * Memory for what is written and read here: short pieces share one allocation, which lives as long as one of them is
 * referred to. An allocation of its own costs 2 to 3 us of CPU, most of it when another thread frees it. It cannot be
 * handed over to another thread: all other pieces would go with it.
 */
import { markAsUntransferable } from 'node:worker_threads';

const blockBytes = 64 * 1024;
const mostShared = 8 * 1024;

let block = Buffer.alloc(0);
let used = 0;

/** `sizeBytes` bytes that may hold anything. */
export function takeBytes(sizeBytes: number): Buffer {
  if (sizeBytes > mostShared) return Buffer.allocUnsafeSlow(sizeBytes);
  const start = reserve(sizeBytes);
  return block.subarray(start, start + sizeBytes);
}

/** `length` doubles that may hold anything. */
export function takeDoubles(length: number): Float64Array {
  if (length * 8 > mostShared) return new Float64Array(length);
  const start = reserve(length * 8);
  return new Float64Array(block.buffer, start, length);
}

/** Pieces start at multiples of 8. */
function reserve(sizeBytes: number): number {
  if (used + sizeBytes > block.length) {
    block = Buffer.allocUnsafeSlow(blockBytes);
    markAsUntransferable(block.buffer);
    used = 0;
  }
  const start = used;
  used += (sizeBytes + 7) & ~7;
  return start;
}
