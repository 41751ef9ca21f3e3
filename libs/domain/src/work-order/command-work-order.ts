import type { AttemptState, TimelineEntry, WorkOrder, WorkOrderCommand } from '@opsloop/contracts';
import { addEntries, moveWorkOrder, partiesOf, type Move, type MoveAt, type Moved, type Mover } from './move-work-order.js';
import { announceWorkOrder } from './announce-work-order.js';

const mostRuns = 100;

/**
 * What a person asks of a work order: request, approve, reject, assign, start, cancel, retry, close. Pure; the answer is
 * stored by compare-and-set on `at.version`, and decided again when that was overtaken.
 */
export function commandWorkOrder(order: WorkOrder, command: WorkOrderCommand, by: Mover, at: MoveAt): Moved {
  const move = (to: Move['to'], text: string, patch: Partial<WorkOrder> = {}): Moved => moveWorkOrder(order, { to, by, reason: sentence(text, command.reason), patch }, at);
  switch (command.command) {
    case 'request':
      return move('requested', `requested by ${by.name}`);
    case 'approve':
      return move('approved', `approved by ${by.name}`, { approver: by.name });
    case 'reject':
      return move('rejected', `rejected by ${by.name}`, { approver: by.name });
    case 'assign':
      return move('assigned', `assigned to ${command.assignee} by ${by.name}`, { assignee: command.assignee });
    case 'start': {
      const dueAtMs = command.now ? at.nowMs : Math.max(at.nowMs, order.desiredAtMs ?? 0);
      return startable(order) ?? move('ready', dueAtMs > at.nowMs ? `started by ${by.name}, to run at ${new Date(dueAtMs).toISOString()}` : `started by ${by.name}`, { dueAtMs, runNumber: order.runNumber + 1 });
    }
    case 'cancel':
      return order.state === 'running' ? cancelRunning(order, command.reason, by, at) : move('cancelled', `cancelled by ${by.name}`);
    case 'retry':
      return retryWorkOrder(order, command, by, at);
    case 'close':
      return move('closed', `closed by ${by.name}`);
  }
}

function startable(order: WorkOrder): Moved | undefined {
  const states: readonly string[] = ['requested', 'approved', 'assigned'];
  return states.includes(order.state) ? undefined : { refused: 'state', reason: `a work order that is ${order.state} cannot be started` };
}

/** A run that goes on is asked to stop: its executor sees the wish and ends it. */
function cancelRunning(order: WorkOrder, reason: string, by: Mover, at: MoveAt): Moved {
  if (partiesOf(by, order).length === 0) return { refused: 'forbidden', reason: `${by.name} may not cancel it: that takes the scope operate` };
  if (order.cancelRequested) return { refused: 'state', reason: 'it is being cancelled already' };
  const text = sentence(`${by.name} asked to cancel the run`, reason);
  const entry: TimelineEntry = { atMs: at.nowMs, what: 'work-order.cancel-requested', text, ref: order.run ?? order.id, by: by.name };
  const next = addEntries({ ...order, cancelRequested: true, changedAtMs: at.nowMs }, [entry]);
  return { order: announceWorkOrder(next, { previousState: order.state, by: by.name, reason: text }, at) };
}

const succeededStates: readonly AttemptState[] = ['ok', 'changed'];

function retryWorkOrder(order: WorkOrder, command: Extract<WorkOrderCommand, { command: 'retry' }>, by: Mover, at: MoveAt): Moved {
  if (order.runs.length >= mostRuns) return { refused: 'state', reason: `it ran ${mostRuns} times: open a new work order` };
  const stateOf = new Map(order.targetStates.map((one) => [one.target, one.state]));
  const wanted = order.targets.filter(({ id }) => {
    const state = stateOf.get(id) ?? 'skipped';
    if (command.targets === 'all') return true;
    return !succeededStates.includes(state) && (state !== 'unknown' || command.targets === 'failed-and-unknown');
  });
  const { verification: _verification, runEndedAtMs: _ended, ...rest } = order;
  const text = sentence(`${by.name} tries ${wanted.length === order.targets.length ? 'all targets' : `${wanted.length} of ${order.targets.length} targets`} again`, command.reason);
  const patch = { dueAtMs: at.nowMs, runNumber: order.runNumber + 1, cancelRequested: false, ...(order.run && { retry: { of: order.run, targets: wanted.map((one) => one.id), ...(command.targets !== 'all' && { keepsDone: true as const }) } }) };
  const moved = moveWorkOrder(rest, { to: 'ready', by, reason: text, patch }, at);
  if ('order' in moved && wanted.length === 0) {
    return { refused: 'input', reason: 'no target failed: choose "failed-and-unknown" to take those whose outcome is unknown as well, or "all"' };
  }
  return moved;
}

function sentence(text: string, reason: string): string {
  return reason.trim() === '' ? text : `${text}: ${reason.trim()}`;
}
