import type { Clock } from '@opsloop/ports';

export interface Nap {
  /** Resolves after `ms`, or at a wake; at once when one came since the last sleep. */
  sleep(ms: number): Promise<void>;
  wake(): void;
}

/** Sleep that others can end. One sleeper at a time. */
export function createNap(clock: Clock): Nap {
  let waking = new AbortController();
  return {
    async sleep(ms) {
      await clock.sleep(ms, waking.signal);
      waking = new AbortController();
    },
    wake: () => waking.abort(),
  };
}
