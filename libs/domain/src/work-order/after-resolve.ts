import type { WorkOrder } from '@opsloop/contracts';
import { moveWorkOrder, type MoveAt, type Moved } from './move-work-order.js';

/**
 * What becomes of a work order that an alarm opened, once the alarm is resolved: closed when its repair is proven, or when
 * it succeeded and nothing was to prove it; cancelled when it still waits for an approval. Undefined: it stays as it is,
 * for people to look at, or for its verification to end.
 */
export function afterResolve(order: WorkOrder, at: MoveAt): Moved | undefined {
  const by = { role: 'action' as const, name: 'opsloop' };
  if (order.state === 'verified') return moveWorkOrder(order, { to: 'closed', by, reason: 'closed: the repair is verified, and the alarm is resolved' }, at);
  if (order.state === 'succeeded' && !order.verification) return moveWorkOrder(order, { to: 'closed', by, reason: 'closed: the alarm is resolved, and the playbook names nothing to verify by' }, at);
  if (order.state === 'requested' || order.state === 'approved') return moveWorkOrder(order, { to: 'cancelled', by, reason: 'cancelled: the alarm was resolved before the repair began' }, at);
  return undefined;
}
