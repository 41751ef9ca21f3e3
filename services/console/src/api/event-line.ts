import { apiPath } from './client.js';

export const eventNames = ['alarm', 'work-order', 'run', 'notice'] as const;
export type EventName = (typeof eventNames)[number];
/** What is heard of the server: the line is open, it beats, something happened, or the line is lost. */
export type Sign = 'open' | 'beat' | 'lost' | EventName;

const reopenMs = 3_000;
/** The server beats each 15 s: who hears nothing for so long has a line that died without a word, as a firewall or a VPN lets it. */
export const silentMs = 40_000;

/** A line to the server's events that is opened anew, for ever, when it is lost. The answer closes it. */
export function openEventLine(tell: (sign: Sign) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source = open();

  function open(): EventSource {
    const next = new EventSource(apiPath('events', { beat: 'event' }));
    for (const sign of ['open', 'beat', ...eventNames] as const) {
      next.addEventListener(sign, () => {
        watch();
        tell(sign);
      });
    }
    next.addEventListener('error', () => {
      tell('lost');
      // The browser reconnects by itself unless the answer was an error: then it gives up, and we do it.
      if (next.readyState === EventSource.CLOSED) after(reopenMs, reopen);
    });
    watch();
    return next;
  }
  function reopen(): void {
    source.close();
    source = open();
  }
  function watch(): void {
    after(silentMs, () => {
      tell('lost');
      reopen();
    });
  }
  function after(ms: number, act: () => void): void {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  }

  return () => {
    clearTimeout(timer);
    source.close();
  };
}
