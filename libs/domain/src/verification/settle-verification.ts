import type { TimelineEntry, Verification, WorkOrder } from '@opsloop/contracts';
import { announceWorkOrder } from '../work-order/announce-work-order.js';
import { addEntries, moveWorkOrder, type MoveAt, type Moved } from '../work-order/move-work-order.js';
import type { TargetVerification } from './judge-target.js';

export type VerificationOutcome = 'waiting' | 'verified' | 'self-healed' | 'not-verified' | 'no-fresh-data';

const proven: readonly string[] = ['verified', 'self-healed'];

/** What the outcomes of the targets mean together: one that is not proven makes the whole so. */
export function outcomeOf(verification: Verification): VerificationOutcome {
  const outcomes = verification.targets.map((one) => one.outcome);
  if (outcomes.includes('waiting')) return 'waiting';
  if (outcomes.includes('not-verified')) return 'not-verified';
  if (outcomes.includes('no-fresh-data')) return 'no-fresh-data';
  return outcomes.every((one) => one === 'self-healed') ? 'self-healed' : 'verified';
}

/**
 * Keeps what was judged. While a target waits, the order is looked at again at `nextLookMs`. Once all are decided, an order
 * that succeeded becomes verified or not-verified; one that ended otherwise keeps its state, since good measurements do
 * not make up for what failed or is unknown, and carries the outcome beside it.
 */
export function settleVerification(order: WorkOrder, targets: readonly TargetVerification[], nextLookMs: number, at: MoveAt): Moved {
  if (!order.verification) return { refused: 'state', reason: 'nothing says how it is verified' };
  const verification: Verification = { ...order.verification, targets: [...targets], deadlineMs: Math.max(...targets.map((one) => one.deadlineMs)) };
  const outcome = outcomeOf(verification);
  if (outcome === 'waiting') return { order: { ...order, verification, dueAtMs: nextLookMs } };
  const reason = `${outcome}: ${reasonOf(verification)}`;
  const entry: TimelineEntry = { atMs: at.nowMs, what: `verification.${outcome}`, text: reason, ref: verification.run, by: 'opsloop' };
  const isProven = proven.includes(outcome);
  const { dueAtMs: _due, ...rest } = order;
  const noted = addEntries({ ...rest, verification, changedAtMs: at.nowMs, trace: { ...order.trace, ...(isProven && { verifiedMs: at.nowMs }) } }, [entry]);
  if (order.state === 'succeeded') return moveWorkOrder(noted, { to: isProven ? 'verified' : 'not-verified', by: { role: 'action', name: 'opsloop' }, reason }, at);
  return { order: announceWorkOrder(noted, { previousState: order.state, by: 'opsloop', reason }, at) };
}

function reasonOf({ targets }: Verification): string {
  const worst = targets.find((one) => !proven.includes(one.outcome)) ?? targets.find((one) => one.outcome === 'verified') ?? targets[0];
  const others = targets.filter((one) => one.outcome === worst?.outcome).length - 1;
  return worst ? `${worst.reason}${others > 0 ? `, and ${others} more` : ''}` : 'nothing was to be judged';
}
