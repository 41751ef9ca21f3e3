import type { Alarm, WorkOrder } from '@opsloop/contracts';
import { oldestActedOnMs } from '../scenario/due-steps.js';
import { moveWorkOrder, type MoveAt, type Moved, type Mover } from './move-work-order.js';
import { refuseWorkOrderRun } from './run-of-work-order.js';

const resolvedBefore = 'cancelled: the alarm was resolved before the repair began';

/**
 * What becomes of a work order that an alarm opened, once the alarm is resolved: closed when its repair is proven, or when
 * it succeeded and nothing was to prove it; cancelled when its repair has not begun. Undefined: it stays as it is, for people
 * to look at, or for its verification to end.
 */
export function afterResolve(order: WorkOrder, at: MoveAt): Moved | undefined {
  const by = { role: 'action' as const, name: 'opsloop' };
  if (order.state === 'verified') return moveWorkOrder(order, { to: 'closed', by, reason: 'closed: the repair is verified, and the alarm is resolved' }, at);
  if (order.state === 'succeeded' && !order.verification) return moveWorkOrder(order, { to: 'closed', by, reason: 'closed: the alarm is resolved, and the playbook names nothing to verify by' }, at);
  return waitsForFirstRun(order) ? moveWorkOrder(order, { to: 'cancelled', by, reason: resolvedBefore }, at) : undefined;
}

/**
 * What keeps the first run of an order that an alarm or a schedule opened from beginning: the alarm is resolved, or the order
 * waited so long for an executor that a person must look first. Undefined: it may begin.
 */
export function tooLateToBegin(order: WorkOrder, alarm: Pick<Alarm, 'state'> | undefined, by: Mover, at: MoveAt): Moved | undefined {
  if (order.origin === 'person' || order.runs.length > 0) return undefined;
  if (alarm?.state === 'resolved') return moveWorkOrder(order, { to: 'cancelled', by, reason: resolvedBefore }, at);
  const sinceMs = order.dueAtMs ?? at.nowMs;
  return at.nowMs - sinceMs > oldestActedOnMs ? refuseWorkOrderRun(order, by, `nothing was run: no executor took it since ${new Date(sinceMs).toISOString()}, too long ago to begin unseen`, at) : undefined;
}

/** A ready order that ran before is one that a person wants to be tried again. */
function waitsForFirstRun({ state, runs }: WorkOrder): boolean {
  return state === 'requested' || state === 'approved' || (state === 'ready' && runs.length === 0);
}
