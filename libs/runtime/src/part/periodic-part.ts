import type { Clock } from '@opsloop/ports';
import { createNap } from './nap.js';
import type { Part } from './part.js';

export interface PeriodicPartOptions {
  readonly name: string;
  readonly clock: Clock;
  /** One round; `signal` aborts when the part stops, which waits for the round to end. */
  round(signal: AbortSignal): Promise<void>;
  /** Milliseconds until the next round, asked after each; `failures`: how many of the last rounds failed in a row. */
  waitMs(failures: number): number;
  /** Told of each round that failed; the next one follows all the same. */
  onFailure(error: unknown): void;
  /** Wait before the first round, too. */
  readonly waitsFirst?: boolean;
  /** After the last round of a part that ran: what it holds is handed back. `deadlineMs`: milliseconds that are left for it. */
  afterStop?(deadlineMs: number): Promise<void>;
}

/** Does a round again and again, one at a time. `wake` ends the wait for the next one. */
export function periodicPart({ name, clock, round, waitMs, onFailure, waitsFirst = false, afterStop }: PeriodicPartOptions): Part & { wake(): void } {
  let stopping = new AbortController();
  let nap = createNap(clock);
  let running: Promise<void> | undefined;

  async function run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    if (waitsFirst) await nap.sleep(waitMs(failures));
    while (!signal.aborted) {
      try {
        await round(signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        onFailure(error);
      }
      if (!signal.aborted) await nap.sleep(waitMs(failures));
    }
  }

  return {
    name,
    async start() {
      if (running) return;
      stopping = new AbortController();
      nap = createNap(clock);
      running = run(stopping.signal);
    },
    async stop(deadlineMs) {
      if (!running) return;
      const endMs = clock.monotonic() + deadlineMs;
      stopping.abort();
      nap.wake();
      await running;
      running = undefined;
      await afterStop?.(Math.max(0, endMs - clock.monotonic()));
    },
    wake: () => nap.wake(),
  };
}
