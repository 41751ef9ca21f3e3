import type { QueryClient } from '@tanstack/react-query';
import { apiPath } from './client.js';
import { createRefresh } from './refresh.js';

export type LiveState = 'connecting' | 'live' | 'lost';

/** Which cached answers an event makes stale, by the first part of their key. */
const staleBy: Readonly<Record<string, readonly string[]>> = {
  alarm: ['alarms', 'resources'],
  'work-order': ['work-orders', 'alarms'],
  run: ['work-orders', 'log'],
  notice: ['notices', 'alarms'],
};

const quietMs = 250;
const longestMs = 1_000;
const reopenMs = 3_000;

interface LiveEvents {
  state(): LiveState;
  subscribe(listener: () => void): () => void;
  start(): () => void;
}

/** Follows the server's events and makes what they touch stale: soon after the last of a burst, and at least once a second. */
export function createLiveEvents(queryClient: QueryClient): LiveEvents {
  const listeners = new Set<() => void>();
  const stale = new Set<string>();
  const refresh = createRefresh(queryClient);
  let state: LiveState = 'connecting';
  let wasLost = false;
  let quiet: ReturnType<typeof setTimeout> | undefined;
  let firstMs = 0;

  function become(next: LiveState): void {
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener();
  }
  function flush(): void {
    quiet = undefined;
    const keys = [...stale];
    stale.clear();
    for (const key of keys) refresh(key);
  }
  function onEvent(name: string): void {
    for (const key of staleBy[name] ?? []) stale.add(key);
    if (quiet === undefined) firstMs = Date.now();
    clearTimeout(quiet);
    quiet = setTimeout(flush, Math.max(0, Math.min(quietMs, firstMs + longestMs - Date.now())));
  }
  function onOpen(): void {
    // What happened meanwhile may be more than the server remembers: look at everything once.
    if (wasLost) void queryClient.invalidateQueries();
    wasLost = false;
    become('live');
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    start() {
      let reopen: ReturnType<typeof setTimeout> | undefined;
      let source = open();
      function open(): EventSource {
        const next = new EventSource(apiPath('events'));
        next.addEventListener('open', onOpen);
        next.addEventListener('error', () => {
          wasLost = true;
          become('lost');
          // The browser reconnects by itself unless the answer was an error: then it gives up, and we do it.
          if (next.readyState === EventSource.CLOSED) reopen = setTimeout(() => (source = open()), reopenMs);
        });
        for (const name of Object.keys(staleBy)) next.addEventListener(name, () => onEvent(name));
        return next;
      }
      return () => {
        clearTimeout(reopen);
        clearTimeout(quiet);
        source.close();
      };
    },
  };
}
