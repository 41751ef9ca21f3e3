import type { WorkOrder } from '@opsloop/contracts';
import { moveWorkOrder, type MoveAt, type Moved } from './move-work-order.js';

/** Makes an order ready that no person starts: one that an alarm or a schedule opened, once nothing keeps it from running. `waitMs`: not to be run before that. */
export function readyWorkOrder(order: WorkOrder, reason: string, at: MoveAt, waitMs = 0): Moved {
  const dueAtMs = Math.max(at.nowMs + waitMs, order.desiredAtMs ?? 0);
  return moveWorkOrder(order, { to: 'ready', by: { role: 'action', name: 'opsloop' }, reason, patch: { dueAtMs, runNumber: order.runNumber + 1 } }, at);
}
