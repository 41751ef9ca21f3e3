import { EngineError } from '@opsloop/ports';
import { claimedBytes, isWhole, rowOf } from './frame.js';
import type { SegmentFile } from './segment-file.js';

export interface FoundFrame {
  readonly frame: Buffer;
  readonly offset: number;
}

/**
 * The frames of a file from `start` on, read in pages; they are views of those. Ends where zeros begin. Throws a
 * non-retryable EngineError at bytes that are no whole frame.
 */
export async function* framesOf(file: SegmentFile, start: number, pageBytes: number): AsyncGenerator<FoundFrame> {
  let offset = start;
  let wanted = pageBytes;
  while (offset < file.bytes) {
    const page = await file.read(offset, Math.min(wanted, file.bytes - offset));
    let at = 0;
    let length = claimedBytes(page, at);
    for (; length !== undefined && at + length <= page.length; length = claimedBytes(page, at)) {
      const frame = page.subarray(at, at + length);
      if (!isWhole(frame)) throw damage(file, offset + at);
      yield { frame, offset: offset + at };
      at += length;
    }
    offset += at;
    if (at > 0) wanted = pageBytes;
    else if (length !== undefined && offset + length <= file.bytes) wanted = length;
    else if (page.every((byte) => byte === 0)) return;
    else throw damage(file, offset);
  }
}

/** Whether a whole frame of a later row than `row` lies behind `start`: then what is between was damaged; a crash cuts off the last one alone. */
export async function hasLaterFrame(file: SegmentFile, start: number, row: number): Promise<boolean> {
  const rest = await file.read(start, file.bytes - start);
  for (let at = 0; ; at += 8) {
    const length = claimedBytes(rest, at);
    if (length !== undefined && at + length <= rest.length && rowOf(rest.subarray(at)) > row && isWhole(rest.subarray(at, at + length))) return true;
    if (at >= rest.length) return false;
  }
}

export function damage(file: SegmentFile, offset: number): EngineError {
  const giveUp = offset === 0 ? 'remove it' : `truncate -s ${offset}`;
  return new EngineError(`the embedded bus: ${file.path} is damaged at byte ${offset}: stop Opsloop and put a copy of it back, or give up what it holds from there on (${giveUp})`, { retryable: false });
}
