import type { Clock } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';

const firstMs = 100;
/** Stages wait one behind another: what an engine's outage adds to an alarm once it is over is this, a few times. */
const mostMs = 2_000;

/** Wait before the n-th retry (1, 2, ...): doubles from 100 ms to 2 s. */
export function backoffMs(attempt: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(attempt - 1, 20));
}

/** Whether the n-th retry deserves a line in the log: the 1st, 2nd, 4th, 8th, ... of each that waits. */
export function isWorthTelling(attempt: number): boolean {
  return (attempt & (attempt - 1)) === 0;
}

export function isRetryable(error: unknown): boolean {
  return error instanceof EngineError && error.retryable;
}

/** Repeats `work` while it throws retryable EngineErrors, until the signal aborts. Anything else is thrown at once. */
export async function retryWhileDown<T>(work: () => Promise<T>, options: { clock: Clock; signal: AbortSignal; onRetry: (error: unknown, attempt: number) => void }): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isRetryable(error) || options.signal.aborted) throw error;
      options.onRetry(error, attempt);
      await options.clock.sleep(backoffMs(attempt), options.signal);
      if (options.signal.aborted) throw error;
    }
  }
}
