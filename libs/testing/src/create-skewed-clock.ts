import type { Clock } from '@opsloop/ports';

/** The machine's clock, moved forward by `skip`: leases and retention pass in no time, while waits really wait. */
export function createSkewedClock(): Clock & { skip(ms: number): void } {
  let skewMs = 0;
  return {
    now: () => Date.now() + skewMs,
    monotonic: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const timer = setTimeout(wake, ms);
        signal?.addEventListener('abort', wake, { once: true });
        function wake(): void {
          clearTimeout(timer);
          signal?.removeEventListener('abort', wake);
          resolve();
        }
      }),
    skip: (ms) => void (skewMs += ms),
  };
}
