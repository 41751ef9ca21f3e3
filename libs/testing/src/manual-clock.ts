import type { Clock } from '@opsloop/ports';

interface Sleeper {
  readonly untilMs: number;
  wake(): void;
}

/** A clock that stands still until a test moves it; sleepers wake in the order of their times. */
export function createManualClock(startMs: number): Clock & { advance(ms: number): Promise<void> } {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => nowMs,
    monotonic: () => nowMs - startMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper: Sleeper = { untilMs: nowMs + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
        function wake(): void {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        }
      }),
    async advance(ms) {
      nowMs += ms;
      const due = [...sleepers].filter((one) => one.untilMs <= nowMs).toSorted((a, b) => a.untilMs - b.untilMs);
      for (const one of due) one.wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
