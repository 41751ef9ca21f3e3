/** Works on documents that are due, under a lease: how everything slow is done. */
import type { Collection, Document, Filter, FindOptions, Stored } from '@opsloop/ports';
import { backoffMs } from './backoff.js';
import { createNap } from './nap.js';
import type { Part } from './part.js';
import type { ServiceContext } from '../service/service-context.js';
import { untilBeat } from './until-beat.js';

export interface Lease<T extends Document> {
  /** Aborts when the lease is lost or the worker stops. */
  readonly signal: AbortSignal;
  /** Aborts when the lease is lost, and not when the worker stops: for work that is brought to a good end first. */
  readonly lost: AbortSignal;
  /** The document as the lease holds it: renewals raise its version, so a replace uses the version of this one. */
  current(): Stored<T>;
  /** Tells the lease of a write made with `keepLease`. */
  update(stored: Stored<T>): void;
  /** Runs one compare-and-set at a time with renewals, so that neither overtakes the other. */
  exclusive<R>(work: () => Promise<R>): Promise<R>;
}

export interface ClaimWorkerOptions<T extends Document> {
  readonly context: ServiceContext;
  readonly name: string;
  readonly collection: Collection<T>;
  filter(nowMs: number): Filter;
  readonly sort?: FindOptions['sort'];
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly concurrency: number;
  /** Ends with a replace of `lease.current()` that takes the document out of the filter. Throwing leaves it to the next claim, after the lease. */
  work(stored: Stored<T>, lease: Lease<T>): Promise<void>;
}

export function claimWorker<T extends Document>(options: ClaimWorkerOptions<T>): Part & { wake(): void } {
  const { context, name, collection, leaseMs, pollMs, concurrency } = options;
  const { clock, logger, instance } = context;
  const active = new Set<Promise<void>>();
  const nap = createNap(clock);
  let stopping = new AbortController();
  let running: Promise<void> | undefined;

  async function workOn(stored: Stored<T>): Promise<void> {
    const lease = holdLease(options, stored, stopping.signal);
    try {
      await options.work(stored, lease);
    } catch (error) {
      if (!lease.signal.aborted) logger.warn({ err: error, worker: name, id: stored.doc.id }, 'work was not finished; it is claimed again when its lease ends');
    } finally {
      lease.end();
    }
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      let claimed = 0;
      try {
        const limit = concurrency - active.size;
        if (limit > 0) {
          const nowMs = await context.documents.now();
          const found = await collection.claim(options.filter(nowMs), { owner: instance, leaseMs, limit, ...(options.sort && { sort: options.sort }) });
          claimed = found.length;
          for (const stored of found) {
            const job = workOn(stored).finally(() => {
              // A free place is a reason to look for work at once.
              if (active.size >= concurrency) nap.wake();
              active.delete(job);
            });
            active.add(job);
          }
        }
        failures = 0;
      } catch (error) {
        failures += 1;
        logger.warn({ err: error, worker: name }, 'nothing can be claimed: the documents do not answer');
      }
      if (claimed > 0 && active.size < concurrency) continue;
      if (!stopping.signal.aborted) await nap.sleep(failures === 0 ? untilBeat(clock, pollMs) : backoffMs(failures));
    }
  }

  return {
    name,
    async start() {
      if (running) return;
      stopping = new AbortController();
      running = run();
    },
    async stop(deadlineMs) {
      stopping.abort();
      nap.wake();
      await running;
      running = undefined;
      const settled = new AbortController();
      const all = Promise.allSettled(active).then(() => settled.abort());
      await Promise.race([all, clock.sleep(Math.max(1, deadlineMs), settled.signal)]);
    },
    wake: nap.wake,
  };
}

function holdLease<T extends Document>(options: ClaimWorkerOptions<T>, stored: Stored<T>, stopSignal: AbortSignal): Lease<T> & { end(): void } {
  const { context, collection, leaseMs } = options;
  const refused = context.ownMetrics.counter('lease_renewals_refused_total', 'Renewals of a lease that the documents refused: somebody else has changed what it covered', ['worker']);
  const lost = new AbortController();
  const over = new AbortController();
  const stop = (): void => over.abort();
  const ended = new AbortController();
  let current = stored;
  let queue: Promise<unknown> = Promise.resolve();

  function exclusive<R>(work: () => Promise<R>): Promise<R> {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  }

  async function renewals(): Promise<void> {
    let heldUntilMs = context.clock.monotonic() + leaseMs;
    for (;;) {
      await context.clock.sleep(leaseMs / 3, ended.signal);
      if (ended.signal.aborted) return;
      const beforeMs = context.clock.monotonic();
      const outcome = await exclusive(async () => (ended.signal.aborted ? undefined : collection.renew(stored.doc.id, current.version, leaseMs))).catch(() => 'failed' as const);
      if (outcome === undefined) return;
      if (outcome !== 'failed' && outcome !== 'conflict') {
        current = outcome;
        heldUntilMs = beforeMs + leaseMs;
      } else if (outcome === 'conflict' || context.clock.monotonic() >= heldUntilMs) {
        if (outcome === 'conflict') refused.inc({ worker: options.name });
        lost.abort();
        return over.abort();
      }
    }
  }
  void renewals();
  // By hand: AbortSignal.any would leave a trace of each lease on the long-lived signal.
  if (stopSignal.aborted) stop();
  else stopSignal.addEventListener('abort', stop, { once: true });

  return {
    signal: over.signal,
    lost: lost.signal,
    current: () => current,
    update(next) {
      current = next;
    },
    exclusive,
    end() {
      stopSignal.removeEventListener('abort', stop);
      ended.abort();
    },
  };
}
