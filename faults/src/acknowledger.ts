import type { Alarm, Api, Page } from '@opsloop/contracts';
import { policyName } from './definitions.js';

export interface Acknowledger {
  /** Occurrences whose acknowledgement was taken (202). */
  readonly taken: ReadonlySet<string>;
  stop(): Promise<void>;
}

const everyMs = 500;

/** A person who acknowledges every open alarm, whatever becomes of the server. `ask` rejects while it is down. */
export function startAcknowledger(ask: (path: string, method: 'GET' | 'POST') => Promise<unknown>): Acknowledger {
  const taken = new Set<string>();
  const stopping = new AbortController();

  async function acknowledgeAll(): Promise<void> {
    const { items } = (await ask(`alarms?policy=${policyName}&state=open&limit=100`, 'GET')) as Page<Api<Alarm>>;
    for (const alarm of items.filter((one) => !taken.has(one.id))) {
      await ask(`alarms/${encodeURIComponent(alarm.id)}/acknowledge`, 'POST');
      taken.add(alarm.id);
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
