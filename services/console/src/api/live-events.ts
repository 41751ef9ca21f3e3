import type { QueryClient } from '@tanstack/react-query';
import { eventNames, type EventName, type Sign } from './event-line.js';
import { createRefresh } from './refresh.js';
import { followEvents } from './shared-line.js';

export type LiveState = 'connecting' | 'live' | 'lost';

/** Which cached answers an event makes stale, by the first part of their key. */
const staleBy: Readonly<Record<EventName, readonly string[]>> = {
  alarm: ['alarms', 'resources'],
  'work-order': ['work-orders', 'alarms'],
  run: ['work-orders', 'log'],
  notice: ['notices', 'alarms'],
};

const quietMs = 250;
const longestMs = 1_000;

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
  function onEvent(name: EventName): void {
    for (const key of staleBy[name]) stale.add(key);
    if (quiet === undefined) firstMs = Date.now();
    clearTimeout(quiet);
    quiet = setTimeout(flush, Math.max(0, Math.min(quietMs, firstMs + longestMs - Date.now())));
  }
  function hear(sign: Sign): void {
    if (sign === 'lost') return become('lost');
    // What happened meanwhile may be more than the server remembers: look at everything once. Fetches under way hang on the lost line.
    // A line that is open twice is one of another page, which leads now.
    if (state === 'lost' || (sign === 'open' && state === 'live')) void queryClient.invalidateQueries();
    become('live');
    if (isEvent(sign)) onEvent(sign);
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    start() {
      const close = followEvents(hear);
      return () => {
        clearTimeout(quiet);
        close();
      };
    },
  };
}

function isEvent(sign: Sign): sign is EventName {
  return (eventNames as readonly Sign[]).includes(sign);
}
