/** The one table that says which state a work order may go to, and who may move it there. */
import type { WorkOrder, WorkOrderState } from '@opsloop/contracts';

/**
 * Who somebody is to an order. `operator`: a person with the scope operate; `approver`: a person with the scope approve
 * who did not request it; `action`: our deciding service; `executor`: the one that runs it.
 */
export type Party = 'requester' | 'approver' | 'assignee' | 'operator' | 'action' | 'executor';

export interface Transition {
  readonly from: readonly WorkOrderState[];
  readonly to: WorkOrderState;
  readonly by: readonly Party[];
  /** Why this very order may not take the step; undefined when it may. */
  readonly refusal?: (order: WorkOrder) => string | undefined;
}

const people: readonly Party[] = ['requester', 'operator', 'approver', 'assignee'];

export const runResults = ['succeeded', 'failed', 'partly-failed', 'cancelled', 'timed-out', 'unknown'] as const satisfies readonly WorkOrderState[];
export type RunResult = (typeof runResults)[number];

export const workOrderTransitions: readonly Transition[] = [
  { from: ['draft'], to: 'requested', by: ['requester', 'operator'] },
  { from: ['requested'], to: 'approved', by: ['approver'] },
  { from: ['requested'], to: 'rejected', by: ['approver'] },
  { from: ['requested'], to: 'assigned', by: ['operator'], refusal: needsApproval },
  { from: ['requested'], to: 'ready', by: ['operator', 'action'], refusal: needsApproval },
  { from: ['approved'], to: 'assigned', by: ['operator'] },
  { from: ['approved'], to: 'ready', by: ['operator', 'action'] },
  { from: ['assigned'], to: 'assigned', by: ['operator', 'assignee'] },
  { from: ['assigned'], to: 'ready', by: ['assignee'] },
  { from: ['draft', 'requested', 'approved', 'assigned', 'ready'], to: 'cancelled', by: people },
  { from: ['ready'], to: 'running', by: ['executor'] },
  // A repair that has not begun when its alarm is resolved.
  { from: ['requested', 'approved'], to: 'cancelled', by: ['action'], refusal: isNotFromAlarm },
  { from: ['ready'], to: 'cancelled', by: ['action', 'executor'], refusal: isNotFromAlarm },
  // A run that cannot even begin: a playbook version that is gone, or no executor for an hour.
  { from: ['ready'], to: 'failed', by: ['action', 'executor'] },
  ...runResults.map((to) => ({ from: ['running' as const], to, by: ['executor' as const] })),
  { from: ['succeeded'], to: 'verified', by: ['action'], refusal: hasNoVerification },
  { from: ['succeeded'], to: 'not-verified', by: ['action'], refusal: hasNoVerification },
  { from: [...runResults, 'verified', 'not-verified'], to: 'ready', by: ['operator'], refusal: neverRan },
  { from: ['draft', 'rejected', ...runResults, 'verified', 'not-verified'], to: 'closed', by: ['requester', 'operator'] },
  { from: ['succeeded', 'verified'], to: 'closed', by: ['action'] },
];

function needsApproval(order: WorkOrder): string | undefined {
  return order.approval === 'required' ? 'it needs an approval first' : undefined;
}

function hasNoVerification(order: WorkOrder): string | undefined {
  return order.verification ? undefined : 'nothing says how it is verified';
}

function isNotFromAlarm(order: WorkOrder): string | undefined {
  return order.origin === 'alarm' ? undefined : 'only people cancel it';
}

function neverRan(order: WorkOrder): string | undefined {
  return order.runs.length === 0 ? 'it never ran, so there is nothing to try again: open a new one' : undefined;
}
