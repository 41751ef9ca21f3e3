/** Executor: runs ready work orders. Read this file first. */
import { collections, type Run } from '@opsloop/contracts';
import type { Runner } from '@opsloop/ports';
import { claimWorker, eventRelay, partGroup, type Part, type ServiceContext } from '@opsloop/runtime';
import { executeRun } from './execute-run.js';
import { workOrderStarter } from './work-order-starter.js';

export interface ExecutorContext extends ServiceContext {
  /** By the name that a playbook's `uses` gives. */
  readonly runners: Readonly<Record<string, Runner>>;
}

/** Longer than any pause of this process: a lease that runs out makes what runs unknown. */
const leaseMs = 15_000;
const pollMs = 500;
/** Runs at a time. Most of their time they wait for their steps, and a long one must not keep a repair from beginning. */
const concurrency = 32;
/** Of the time to stop, what is left for ending processes and closing. */
const reserveMs = 1_500;

/**
 * Two claims. A ready order is planned into a run and moved to running; a run is owned, by its lease, by the executor that
 * works on it. Only the owner writes the run, so a lost lease shows at the next write, and a take-over finds what was begun.
 */
export function createExecutor({ runners, ...context }: ExecutorContext): Part {
  const runRelay = eventRelay({ context, collection: collections.runs });
  const orderRelay = eventRelay({ context, collection: collections.workOrders });
  let draining = new AbortController();
  let halting = new AbortController();

  const worker = claimWorker<Run>({
    context,
    name: 'runs',
    collection: context.documents.collection<Run>(collections.runs),
    filter: () => ({ state: { in: ['waiting', 'running'] } }),
    leaseMs,
    pollMs,
    concurrency,
    work: (stored, lease) =>
      executeRun({ context, runners, draining: draining.signal, halting: halting.signal, onOrderChanged: () => orderRelay.wake(), onReleased: () => runRelay.wake() }, stored, lease),
  });
  const starter = workOrderStarter(context, {
    onStarted() {
      orderRelay.wake();
      worker.wake();
    },
  });
  const group = partGroup('executor', [runRelay, orderRelay, worker, starter]);

  return {
    name: 'executor',
    async start() {
      draining = new AbortController();
      halting = new AbortController();
      await group.start();
    },
    async stop(deadlineMs) {
      draining.abort();
      const halt = setTimeout(() => halting.abort(), Math.max(0, deadlineMs - reserveMs));
      try {
        await group.stop(deadlineMs);
      } finally {
        clearTimeout(halt);
        halting.abort();
      }
    },
  };
}
