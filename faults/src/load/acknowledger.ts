import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Alarm, Api, Page } from '@opsloop/contracts';
import { policyName } from './definitions.js';

export interface Acknowledger {
  /** Occurrences whose acknowledgement was taken (202). */
  readonly taken: ReadonlySet<string>;
  stop(): Promise<void>;
}

const everyMs = 500;

/** A person who acknowledges every open alarm, whatever becomes of the server. `ask` rejects while it is down; `path` remembers what was taken. */
export function startAcknowledger(path: string, ask: (path: string, method: 'GET' | 'POST') => Promise<unknown>): Acknowledger {
  const taken = new Set<string>(existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []);
  const stopping = new AbortController();

  async function acknowledgeAll(): Promise<void> {
    const { items } = (await ask(`alarms?policy=${policyName}&state=open&limit=100`, 'GET')) as Page<Api<Alarm>>;
    for (const alarm of items.filter((one) => !taken.has(one.id))) {
      await ask(`alarms/${encodeURIComponent(alarm.id)}/acknowledge`, 'POST');
      taken.add(alarm.id);
      appendFileSync(path, `${alarm.id}\n`);
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await acknowledgeAll().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  const running = run();
  return {
    taken,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
