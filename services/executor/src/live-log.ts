/** What steps print, for those who watch: best effort, and nothing waits for it. Whoever misses it reads `run-logs`. */
import { topics, type Run, type RunEvent, type RunLog } from '@opsloop/contracts';
import type { Bus } from '@opsloop/ports';
import { encodeEvent } from '@opsloop/runtime';

export interface LiveLog {
  tell(log: RunLog): void;
}

/** Of 16 Ki characters each: escaped at their worst, they still fit into one batch of a bus. */
const mostWaiting = 8;

/** Publishes in order, one call at a time: what comes meanwhile goes with the next one, and the oldest of too many falls out. */
export function createLiveLog(bus: Bus, run: Run): LiveLog {
  let waiting: RunLog[] = [];
  let busy = false;

  async function publishOn(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      const records = waiting.map((log) => ({ key: run.id, value: encodeEvent(toEvent(run, log)), headers: { 'content-type': 'application/cloudevents+json', ce_type: 'run.log', ce_id: log.id } }));
      waiting = [];
      try {
        await bus.publish(topics.runs.name, records);
      } catch {
        // What came while the bus was down is in the stored log long before.
        waiting = [];
      }
    }
    busy = false;
  }

  return {
    tell(log) {
      waiting.push(log);
      if (waiting.length > mostWaiting) waiting.shift();
      if (!busy) void publishOn();
    },
  };
}

function toEvent(run: Run, log: RunLog): RunEvent {
  return {
    specversion: '1.0',
    id: log.id,
    source: '/opsloop/executor',
    type: 'run.log',
    subject: run.id,
    time: new Date(log.atMs).toISOString(),
    datacontenttype: 'application/json',
    data: { tenant: run.tenant, run: run.id, workOrder: run.workOrder, target: log.target, job: log.job, step: log.step, attempt: log.attempt, stream: log.stream, text: log.text },
  };
}
