import type { ServerResponse } from 'node:http';
import type { World } from './world.js';

export interface FakeEvents {
  follow(response: ServerResponse): void;
  /** How many lines are open. */
  followers(): number;
  send(event: 'alarm' | 'work-order' | 'run' | 'notice', subject: string): void;
  /** Sends at each of these times, when what is seen changes by itself. */
  plan(timesMs: readonly number[], subject: string): void;
  stop(): void;
}

const appendMs = 1_500;
const beatMs = 15_000;

/** Live events; and a running rollout that prints a line now and then. */
export function createEvents(world: World): FakeEvents {
  const followers = new Set<ServerResponse>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let count = 0;

  function send(event: string, subject: string): void {
    const data = { specversion: '1.0', id: `${subject}#${count}`, source: '/opsloop/fake', type: `${event}.changed`, subject, time: new Date().toISOString(), datacontenttype: 'application/json', data: {} };
    for (const follower of followers) follower.write(`id: ${Date.now()}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    count += 1;
  }
  const rollout = setInterval(() => {
    const last = world.logs.findLast((log) => log.step === 'fetch' && log.run === world.runs[0]!.id);
    if (!last || last.number > 400) return;
    const number = last.number + 1;
    world.logs.push({ ...last, id: last.id.replace(/\d{6}$/, String(number).padStart(6, '0')), number, atMs: Date.now(), text: `challenge tls-alpn-01: waiting for validation (${number})\n` });
    send('run', last.run);
  }, appendMs);

  const beat = setInterval(() => {
    for (const follower of followers) follower.write('event: beat\ndata: {}\n\n');
  }, beatMs);

  return {
    send,
    followers: () => followers.size,
    follow(response) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write('retry: 2000\n\n');
      followers.add(response);
      response.on('close', () => followers.delete(response));
    },
    plan(timesMs, subject) {
      for (const atMs of timesMs) {
        const timer = setTimeout(() => {
          timers.delete(timer);
          for (const event of ['alarm', 'work-order', 'run', 'notice']) send(event, subject);
        }, Math.max(0, atMs - Date.now()) + 20);
        timers.add(timer);
      }
    },
    stop() {
      clearInterval(rollout);
      clearInterval(beat);
      for (const timer of timers) clearTimeout(timer);
      for (const follower of followers) follower.end();
    },
  };
}
