import type { TimelineEntry, WorkOrder, WorkOrderState } from '@opsloop/contracts';
import { announceWorkOrder } from './announce-work-order.js';
import { workOrderTransitions, type Party } from './transition-table.js';

export type Mover =
  | { readonly role: 'person'; readonly name: string; readonly scopes: readonly string[] }
  | { readonly role: 'action'; readonly name: string }
  | { readonly role: 'executor'; readonly name: string };

export interface Move {
  readonly to: WorkOrderState;
  readonly by: Mover;
  /** One sentence for the timeline. */
  readonly reason: string;
  /** Other fields that change with the state. */
  readonly patch?: Partial<WorkOrder>;
}

export interface MoveAt {
  /** Wall clock, ms since the epoch. */
  readonly nowMs: number;
  /** Stored version of the order that is moved, 0 for one that is not stored yet: the ids of its events are made of it. */
  readonly version: number;
}

/** `forbidden`: not this person; `state`: not in the state it is in; `input`: what was asked makes no sense for it. */
export interface Refused {
  readonly refused: 'forbidden' | 'state' | 'input';
  readonly reason: string;
}
export type Moved = { readonly order: WorkOrder } | Refused;

const mostEntries = 500;

/**
 * Moves an order along the transition table: checks who may, writes the timeline, and adds the event that announces it.
 * The answer is to be stored by compare-and-set on the version that was given.
 */
export function moveWorkOrder(order: WorkOrder, move: Move, at: MoveAt): Moved {
  const { to, by, reason, patch = {} } = move;
  const allowed = workOrderTransitions.filter((one) => one.to === to && one.from.includes(order.state));
  if (allowed.length === 0) return { refused: 'state', reason: `a work order that is ${order.state} cannot become ${to}` };
  const parties = partiesOf(by, order);
  const mine = allowed.find((one) => one.by.some((party) => parties.includes(party)));
  if (!mine) return { refused: 'forbidden', reason: forbidden(order, to, by, allowed.flatMap((one) => one.by)) };
  const refusal = mine.refusal?.(order);
  if (refusal) return { refused: 'state', reason: refusal };
  const { dueAtMs: _due, ...rest } = order;
  const moved: WorkOrder = { ...rest, ...patch, state: to, changedAtMs: at.nowMs };
  const entry: TimelineEntry = { atMs: at.nowMs, what: `work-order.${to}`, text: reason, ref: moved.run ?? order.id, by: by.name };
  return { order: announceWorkOrder(addEntries(moved, [entry]), { previousState: order.state, by: by.name, reason }, at) };
}

/** What a person or a service is to this order. */
export function partiesOf(mover: Mover, order: WorkOrder): readonly Party[] {
  if (mover.role !== 'person') return [mover.role];
  const has = (scope: string): boolean => mover.scopes.includes(scope) || mover.scopes.includes('admin');
  const parties: Party[] = [];
  if (has('operate')) parties.push('operator');
  if (has('operate') && mover.name === order.requester) parties.push('requester');
  if (has('operate') && mover.name === order.assignee) parties.push('assignee');
  if (has('approve') && mover.name !== order.requester) parties.push('approver');
  return parties;
}

/** Adds entries to the timeline of an order; the oldest fall out above 500. */
export function addEntries(order: WorkOrder, entries: readonly TimelineEntry[]): WorkOrder {
  return { ...order, timeline: [...order.timeline, ...entries].slice(-mostEntries) };
}

function forbidden(order: WorkOrder, to: WorkOrderState, by: Mover, needed: readonly Party[]): string {
  if (needed.includes('approver') && by.name === order.requester) return `${by.name} requested this work order, so somebody else must decide on it`;
  if (needed.includes('assignee') && order.assignee !== undefined && !needed.includes('operator')) return `only ${order.assignee}, to whom it is assigned, can start it: assign it to somebody else first`;
  return `${by.name} may not make it ${to}: that takes ${[...new Set(needed)].map((party) => needs[party]).join(' or ')}`;
}

const needs: Readonly<Record<Party, string>> = {
  requester: 'its requester',
  operator: 'the scope operate',
  approver: 'the scope approve',
  assignee: 'its assignee',
  action: 'Opsloop itself',
  executor: 'the executor',
};
