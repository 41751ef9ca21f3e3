import { StringDecoder } from 'node:string_decoder';
import type { OutputChunk } from '@opsloop/ports';

export interface BoundedOutput {
  write(stream: OutputChunk['stream'], bytes: Uint8Array): void;
  /** Hands on what waits for the rest of a character; of too much, how much was left out, and its end. */
  end(): void;
}

interface Piece {
  readonly stream: OutputChunk['stream'];
  readonly bytes: Buffer;
}

const mostEndBytes = 16_384;

/**
 * Hands on UTF-8 text up to `mostBytes`: the beginning as it comes, then the end, which says why a step failed. What lies
 * between is counted and dropped, so a step that never stops talking costs nothing.
 */
export function boundedOutput(onOutput: (chunk: OutputChunk) => void, mostBytes: number): BoundedOutput {
  const endBytes = Math.min(mostEndBytes, Math.floor(mostBytes / 4));
  let decoders = decoderPair();
  let leftBytes = mostBytes - endBytes;
  let waiting: Piece[] = [];
  let waitingBytes = 0;
  let droppedBytes = 0;

  function emit(stream: OutputChunk['stream'], text: string): void {
    if (text !== '') onOutput({ stream, text });
  }

  /** As the last of what waits. A copy: what pipes give is a view of a far larger memory. */
  function keep(stream: OutputChunk['stream'], bytes: Uint8Array): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - endBytes));
    waiting.push({ stream, bytes: Buffer.from(kept) });
    waitingBytes += kept.length;
    droppedBytes += bytes.length - kept.length;
    while (waitingBytes > endBytes) dropOldest(waitingBytes - endBytes);
  }

  function dropOldest(mostCount: number): void {
    const { stream, bytes } = waiting.shift()!;
    const count = Math.min(bytes.length, mostCount);
    if (count < bytes.length) waiting.unshift({ stream, bytes: bytes.subarray(count) });
    waitingBytes -= count;
    droppedBytes += count;
  }

  /** The halves of a character on either side of the gap are no text. */
  function tellGap(): void {
    decoders = decoderPair();
    while (waitingBytes > 0 && (waiting[0]!.bytes[0]! & 0xc0) === 0x80) dropOldest(1);
    emit('stderr', `\n[${droppedBytes} bytes are not shown here: the limit is ${mostBytes}]\n`);
  }

  return {
    write(stream, bytes) {
      const shown = bytes.subarray(0, leftBytes);
      leftBytes -= shown.length;
      emit(stream, decoders[stream].write(Buffer.from(shown.buffer, shown.byteOffset, shown.byteLength)));
      if (shown.length < bytes.length) keep(stream, bytes.subarray(shown.length));
    },
    end() {
      if (droppedBytes > 0) tellGap();
      for (const { stream, bytes } of waiting) emit(stream, decoders[stream].write(bytes));
      waiting = [];
      emit('stdout', decoders.stdout.end());
      emit('stderr', decoders.stderr.end());
    },
  };
}

function decoderPair(): Record<OutputChunk['stream'], StringDecoder> {
  return { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
}
