import { StringDecoder } from 'node:string_decoder';
import type { OutputChunk } from '@opsloop/ports';

export interface BoundedOutput {
  write(stream: OutputChunk['stream'], bytes: Uint8Array): void;
  /** Hands on what waits for the rest of a character, and says how much was left out. */
  end(): void;
}

/** Hands on UTF-8 text up to `mostBytes`; what follows is counted and dropped, so a step that never stops talking costs nothing. */
export function boundedOutput(onOutput: (chunk: OutputChunk) => void, mostBytes: number): BoundedOutput {
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  let leftBytes = mostBytes;
  let droppedBytes = 0;

  function emit(stream: OutputChunk['stream'], text: string): void {
    if (text !== '') onOutput({ stream, text });
  }

  return {
    write(stream, bytes) {
      const kept = bytes.subarray(0, leftBytes);
      leftBytes -= kept.length;
      droppedBytes += bytes.length - kept.length;
      emit(stream, decoders[stream].write(Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength)));
    },
    end() {
      emit('stdout', decoders.stdout.end());
      emit('stderr', decoders.stderr.end());
      if (droppedBytes > 0) emit('stderr', `\n[${droppedBytes} bytes more are not shown: the limit is ${mostBytes}]\n`);
    },
  };
}
