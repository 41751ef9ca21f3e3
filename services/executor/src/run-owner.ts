/** The stored run while this executor holds its lease: every write is a compare-and-set, and what is announced is stored first. */
import type { PendingEvent, Run } from '@opsloop/contracts';
import type { Collection } from '@opsloop/ports';
import { encodeEvent, retryWhileDown, type Lease, type ServiceContext } from '@opsloop/runtime';

export interface RunOwner {
  /** Durable when it resolves; then its events are published. Rejects when the lease is lost: nothing more may be done. */
  store(run: Run): Promise<Run>;
  /** The last write: the lease ends with it, and the relay publishes what is left. */
  release(run: Run): Promise<void>;
  /** The run without those of its events that have been published since. */
  withoutPublished(run: Run): Run;
}

/** Says that somebody else owns the run now. */
export class LeaseLost extends Error {}

/** While the bus is down, events of single steps fall out: they only say that the run is to be read again. */
const mostWaitingEvents = 200;

export function createRunOwner(context: ServiceContext, runs: Collection<Run>, lease: Lease<Run>): RunOwner {
  const { bus, clock, logger, ownMetrics } = context;
  const refused = ownMetrics.counter('run_writes_refused_total', 'Writes of runs that the documents refused: another executor owns them');
  const published = new Set<string>();
  let publishing: Promise<void> | undefined;
  let waiting: readonly PendingEvent[] = [];

  function withoutPublished(run: Run): Run {
    return published.size === 0 ? run : { ...run, pendingEvents: run.pendingEvents.filter(({ event }) => !published.has(event.id)) };
  }

  async function replace(run: Run, keepLease: boolean): Promise<Run> {
    const bounded = { ...run, pendingEvents: boundEvents(run.pendingEvents) };
    const attempt = (): Promise<Run> =>
      lease.exclusive(async () => {
        if (lease.lost.aborted) throw new LeaseLost(run.id);
        const outcome = await runs.replace(bounded, lease.current().version, { keepLease });
        if (outcome === 'conflict') {
          refused.inc();
          throw new LeaseLost(run.id);
        }
        lease.update(outcome);
        return outcome.doc;
      });
    return retryWhileDown(attempt, { clock, signal: lease.lost, onRetry: (error, tries) => logger.warn({ err: error, run: run.id, tries }, 'a run cannot be stored; it waits and tries again') });
  }

  async function publish(events: readonly PendingEvent[]): Promise<void> {
    for (const topic of new Set(events.map((one) => one.topic))) {
      const chosen = events.filter((one) => one.topic === topic && !published.has(one.event.id));
      const records = chosen.map(({ key, event }) => ({ key, value: encodeEvent(event), headers: { 'content-type': 'application/cloudevents+json', ce_id: event.id, ce_type: event.type } }));
      await bus.publish(topic, records);
      for (const { event } of chosen) published.add(event.id);
    }
  }

  /** Each stored run has all events that are not published yet: of those that come during one call only the last matters. */
  async function publishOn(run: string): Promise<void> {
    while (waiting.length > 0) {
      const events = waiting;
      waiting = [];
      await publish(events).catch((error: unknown) => logger.debug({ err: error, run }, 'events of a run wait'));
    }
    publishing = undefined;
  }

  return {
    withoutPublished,
    async store(run) {
      // A run that was handed back with events left is the relay's until then.
      const stored = await replace({ ...withoutPublished(run), hasPendingEvents: false }, true);
      waiting = stored.pendingEvents;
      if (waiting.length > 0) publishing ??= publishOn(run.id);
      return stored;
    },
    async release(run) {
      waiting = [];
      await publishing;
      const left = withoutPublished(run);
      await replace({ ...left, hasPendingEvents: left.pendingEvents.length > 0 }, false);
    },
  };
}

function boundEvents(events: readonly PendingEvent[]): PendingEvent[] {
  if (events.length <= mostWaitingEvents) return [...events];
  const oldestKept = events.length - mostWaitingEvents;
  return events.filter(({ event }, index) => index >= oldestKept || event.type !== 'run.step-changed');
}
