import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

export interface LeftPipes {
  add(pipe: Readable): void;
}

/**
 * Output of what a finished step has left behind: read and dropped until its last writer ends, because a service that
 * writes to a closed pipe dies. They keep no process alive. Above `most` the oldest is closed.
 */
export function createLeftPipes(most: number): LeftPipes {
  const open = new Set<Readable>();

  return {
    add(pipe) {
      open.add(pipe);
      pipe.once('close', () => open.delete(pipe));
      pipe.removeAllListeners('data').resume();
      // What spawn gives for a pipe is a socket.
      (pipe as Socket).unref();
      if (open.size > most) open.values().next().value?.destroy();
    },
  };
}
