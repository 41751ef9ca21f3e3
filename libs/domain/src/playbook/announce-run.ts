import { topics, type Run, type RunEvent } from '@opsloop/contracts';

/**
 * Adds an event to the run. `key` tells it from every other of the run, so a repetition carries the same id.
 *
 * While a run goes on, `hasPendingEvents` stays false: its owner publishes the events itself after each write, since a
 * relay that cleared them would overtake the owner's compare-and-set and end its lease.
 */
export function announceRun(run: Run, type: RunEvent['type'], key: string, atMs: number, data: Partial<RunEvent['data']>): Run {
  const event: RunEvent = {
    specversion: '1.0',
    id: `${run.id}#${key}`,
    source: '/opsloop/executor',
    type,
    subject: run.id,
    time: new Date(atMs).toISOString(),
    datacontenttype: 'application/json',
    data: { tenant: run.tenant, run: run.id, workOrder: run.workOrder, ...data },
  };
  return { ...run, pendingEvents: [...run.pendingEvents, { topic: topics.runs.name, key: run.id, event }] };
}
