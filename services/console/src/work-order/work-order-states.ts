import type { Me } from '@opsloop/contracts';
import type { AttemptState, WorkOrderRecord, WorkOrderState } from '../api/records.js';
import { hasScope } from '../session/me-query.js';

/** The columns of the board: who has to do something next, and what came of it. */
export const boardColumns = [
  { name: 'approval', states: ['draft', 'requested'] },
  { name: 'ready', states: ['approved', 'assigned', 'ready'] },
  { name: 'running', states: ['running'] },
  { name: 'checking', states: ['succeeded'] },
  { name: 'attention', states: ['failed', 'partly-failed', 'timed-out', 'unknown', 'not-verified'] },
  { name: 'done', states: ['verified', 'closed', 'rejected', 'cancelled'] },
] as const satisfies readonly { name: string; states: readonly WorkOrderState[] }[];
export type BoardColumn = (typeof boardColumns)[number]['name'];

export function columnOf(order: Pick<WorkOrderRecord, 'state' | 'verification' | 'approval'>): BoardColumn {
  // Requested without an approval: it waits for somebody to start it.
  if (order.state === 'requested' && order.approval === 'none') return 'ready';
  // What succeeded and has nothing to be verified by is done.
  if (order.state === 'succeeded' && order.verification === undefined) return 'done';
  return boardColumns.find((column) => (column.states as readonly WorkOrderState[]).includes(order.state))?.name ?? 'done';
}

export const activeStates: readonly WorkOrderState[] = ['requested', 'approved', 'assigned', 'ready', 'running', 'succeeded'];

/** What a person may ask of a work order. The server decides; this says which buttons make sense. */
export type WorkOrderCommandName = 'request' | 'approve' | 'reject' | 'assign' | 'start' | 'cancel' | 'retry' | 'close';

const ended: readonly WorkOrderState[] = ['succeeded', 'failed', 'partly-failed', 'cancelled', 'timed-out', 'unknown', 'verified', 'not-verified'];

export function commandsFor(order: Pick<WorkOrderRecord, 'state' | 'approval' | 'cancelRequested' | 'runs'>): readonly WorkOrderCommandName[] {
  const { state, approval } = order;
  const free = approval === 'none';
  switch (state) {
    case 'draft':
      return ['request', 'cancel', 'close'];
    case 'requested':
      return free ? ['start', 'assign', 'cancel'] : ['approve', 'reject', 'cancel'];
    case 'approved':
    case 'assigned':
      return ['start', 'assign', 'cancel'];
    case 'ready':
      return ['cancel'];
    case 'running':
      return order.cancelRequested ? [] : ['cancel'];
    case 'rejected':
      return ['close'];
    case 'closed':
      return [];
    default:
      return ended.includes(state) ? [...(order.runs.length > 0 && state !== 'verified' ? (['retry'] as const) : []), 'close'] : [];
  }
}

/** True when the next step is this person's: an approval they may give, or an order assigned to them. */
export function waitsFor(me: Me, order: Pick<WorkOrderRecord, 'state' | 'approval' | 'requester' | 'assignee'>): boolean {
  if (order.state === 'requested' && order.approval === 'required') return hasScope(me, 'approve') && order.requester !== me.name;
  return ['approved', 'assigned', 'requested'].includes(order.state) && (order.assignee === me.name || (order.assignee === undefined && order.requester === me.name));
}

/** What people want to know of an order that is over: that it was proven, rather than that it was put away. */
export function shownState(order: Pick<WorkOrderRecord, 'state' | 'verification'>): WorkOrderState {
  const proven = order.state === 'closed' && order.verification !== undefined && order.verification.targets.length > 0 && order.verification.targets.every((one) => one.outcome === 'verified');
  return proven ? 'verified' : order.state;
}

/** How a state looks: told apart by sign and shade. Level colours are not used: a failed step is no alarm. */
export type StateTone = 'waiting' | 'busy' | 'good' | 'bad' | 'unsure' | 'over';

const tones: Readonly<Record<WorkOrderState | AttemptState, StateTone>> = {
  draft: 'waiting', requested: 'waiting', approved: 'waiting', assigned: 'waiting', ready: 'waiting', waiting: 'waiting',
  running: 'busy', succeeded: 'good', ok: 'good', changed: 'good', verified: 'good',
  failed: 'bad', 'partly-failed': 'bad', 'timed-out': 'bad', unreachable: 'bad', 'not-verified': 'bad',
  unknown: 'unsure', rejected: 'over', cancelled: 'over', closed: 'over', skipped: 'over',
};

export function toneOf(state: WorkOrderState | AttemptState): StateTone {
  return tones[state];
}
