import type { Clock } from '@opsloop/ports';

/** A clock that stands still until a test moves it; sleepers wake in the order of their times. */
export function createManualClock(startMs: number): Clock & { advance(ms: number): Promise<void> } {
  let nowMs = startMs;
  let sleepers: { untilMs: number; wake: () => void }[] = [];
  return {
    now: () => nowMs,
    monotonic: () => nowMs - startMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = { untilMs: nowMs + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
    async advance(ms) {
      nowMs += ms;
      const due = sleepers.filter((one) => one.untilMs <= nowMs).toSorted((a, b) => a.untilMs - b.untilMs);
      sleepers = sleepers.filter((one) => one.untilMs > nowMs);
      for (const one of due) one.wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
