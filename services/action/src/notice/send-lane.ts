import type { Clock } from '@opsloop/ports';

/** Runs work in the order in which it was asked for. */
export type SendLane = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * One at a time, but nobody waits longer than `patienceMs` for the one before: a process that dies leaves one send whose
 * outcome is not known, and a server that hangs does not hold up the others.
 */
export function createSendLane(clock: Clock, patienceMs: number): SendLane {
  let turn: Promise<void> = Promise.resolve();
  return async (work) => {
    const mine = turn;
    const ended = new AbortController();
    turn = mine.then(() => clock.sleep(patienceMs, ended.signal));
    await mine;
    try {
      return await work();
    } finally {
      ended.abort();
    }
  };
}
