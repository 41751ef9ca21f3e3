import { useSyncExternalStore } from 'react';

const minuteMs = 60_000;

/** One timer for every relative time on the page. */
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

export function subscribeToClock(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const one of listeners) one();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time, to the minute: for what depends on the day, or on being early. */
export function useMinute(): number {
  return useSyncExternalStore(subscribeToClock, () => Math.floor(Date.now() / minuteMs) * minuteMs);
}
