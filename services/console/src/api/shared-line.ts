import { openEventLine, silentMs, type Sign } from './event-line.js';

const name = 'opsloop-events';
/** The page that leads notices a dead line by itself, and says so. */
const patienceMs = silentMs + 5_000;

/**
 * One line for all pages of a browser: it allows six connections to a server, and a line takes one for as long as its page
 * is there. One page leads and tells the others what it hears. Browsers share among pages only where the address is secure;
 * elsewhere each page that is seen has a line of its own. The answer closes it.
 */
export function followEvents(tell: (sign: Sign) => void): () => void {
  return 'locks' in navigator && 'BroadcastChannel' in globalThis ? shareLine(tell) : openLineWhileSeen(tell);
}

function shareLine(tell: (sign: Sign) => void): () => void {
  const channel = new BroadcastChannel(name);
  const ending = new AbortController();
  const ended = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()));
  let closeLine: (() => void) | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let live = false;

  function hear(sign: Sign): void {
    live = sign !== 'lost';
    listen();
    tell(sign);
  }
  function share(sign: Sign): void {
    channel.postMessage(sign);
    hear(sign);
  }
  /** A leader that says nothing is frozen by its browser, or stuck: its place is taken. */
  function listen(): void {
    clearTimeout(silence);
    silence = setTimeout(() => {
      hear('lost');
      if (closeLine === undefined) void lead({ steal: true });
    }, patienceMs);
  }
  async function lead(options: LockOptions): Promise<void> {
    let led = false;
    const held = navigator.locks.request(name, options, () => {
      led = true;
      closeLine = openEventLine(share);
      return ended;
    });
    // It rejects when another page takes the place, and when this one ends before it leads.
    await held.catch(() => undefined);
    if (!led) return;
    closeLine?.();
    closeLine = undefined;
    // Who took the place still waits in the queue for when it loses it.
    if (!options.steal && !ending.signal.aborted) void lead(options);
  }

  channel.addEventListener('message', ({ data }: MessageEvent<Sign | 'asked'>) => {
    if (data !== 'asked') hear(data);
    else if (closeLine && live) channel.postMessage('beat' satisfies Sign);
  });
  channel.postMessage('asked');
  listen();
  void lead({ signal: ending.signal });
  return () => {
    clearTimeout(silence);
    closeLine?.();
    ending.abort();
    channel.close();
  };
}

function openLineWhileSeen(tell: (sign: Sign) => void): () => void {
  let closeLine: (() => void) | undefined;

  function look(): void {
    if (document.hidden && closeLine) {
      close();
      // What happens meanwhile is missed.
      tell('lost');
    } else if (!document.hidden) {
      closeLine ??= openEventLine(tell);
    }
  }
  function close(): void {
    closeLine?.();
    closeLine = undefined;
  }

  document.addEventListener('visibilitychange', look);
  look();
  return () => {
    document.removeEventListener('visibilitychange', look);
    close();
  };
}
