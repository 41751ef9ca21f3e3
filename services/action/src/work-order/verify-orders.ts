/** Proof of repairs: orders whose run ended are looked at, under a claim, until fresh windows decide. */
import { collections, type Verification, type WorkOrder } from '@opsloop/contracts';
import { settleVerification, type TargetVerification } from '@opsloop/domain';
import { claimWorker, isRetryable, type Part, type ServiceContext } from '@opsloop/runtime';
import { changeDocument } from '../change-document.js';
import { createOrderJudge } from './judge-order.js';

const judgedStates = ['succeeded', 'partly-failed', 'unknown'] as const satisfies readonly WorkOrder['state'][];
const leaseMs = 15_000;
const pollMs = 500;
const concurrency = 4;
const mostPauseMs = 5_000;
/** What takes long to judge, policies that look far back on many targets, is looked at less often. */
const pausePerWork = 10;

export function createVerifier(context: ServiceContext, onChanged: () => void): Part {
  const { documents, clock, settings, ownMetrics, logger } = context;
  const workOrders = documents.collection<WorkOrder>(collections.workOrders);
  const judgeOrder = createOrderJudge(context);
  const verdicts = ownMetrics.counter('verifications_total', 'Targets judged after a run, by outcome', ['outcome']);

  async function look(order: WorkOrder): Promise<void> {
    const { verification } = order;
    if (!verification) return;
    const beganMs = clock.monotonic();
    const targets = await judgeOrder(order, verification.sinceMs, verification.targets);
    const tookMs = clock.monotonic() - beganMs;
    await keep(order, verification, targets, clock.now() + Math.max(Math.min(mostPauseMs, settings.WINDOW_MS / 5), pausePerWork * tookMs));
  }

  async function keep(order: WorkOrder, verification: Verification, targets: readonly TargetVerification[], nextLookMs: number): Promise<void> {
    const stored = await changeDocument(
      workOrders,
      order.id,
      (now, version) => {
        // Somebody may have closed it meanwhile, or tried it again.
        if (now.state !== order.state || now.verification?.run !== verification.run) return undefined;
        const settled = settleVerification(now, targets, nextLookMs, { nowMs: clock.now(), version });
        return 'order' in settled ? settled.order : undefined;
      },
      { endsClaim: () => true },
    );
    for (const { outcome } of targets.filter((one, index) => one.outcome !== verification.targets[index]?.outcome)) verdicts.inc({ outcome });
    if (stored !== 'missing' && stored.doc.hasPendingEvents) onChanged();
  }

  /** What is refused or fails once does so at every look, unless an engine is away: it is said to people instead. */
  async function lookOrGiveUp(order: WorkOrder, signal: AbortSignal): Promise<void> {
    try {
      await look(order);
    } catch (error) {
      // A process that stops closes its engines: what fails then is nobody's verdict.
      if (isRetryable(error) || signal.aborted || !order.verification) throw error;
      logger.error({ err: error, workOrder: order.id }, 'a repair cannot be judged');
      const reason = `it cannot be judged: ${error instanceof Error ? error.message : String(error)}`;
      const targets = order.verification.targets.map((one) => (one.outcome === 'waiting' ? { ...one, outcome: 'not-verified' as const, reason, evidence: [], atMs: clock.now() } : one));
      await keep(order, order.verification, targets, clock.now());
    }
  }

  return claimWorker({
    context,
    name: 'verifications',
    collection: workOrders,
    filter: (nowMs) => ({ state: { in: judgedStates }, dueAtMs: { lte: nowMs } }),
    sort: { field: 'dueAtMs', direction: 'asc' },
    leaseMs,
    pollMs,
    concurrency,
    work: ({ doc }, { signal }) => lookOrGiveUp(doc, signal),
  });
}
