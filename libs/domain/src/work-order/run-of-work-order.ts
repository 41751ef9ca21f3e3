/** How a work order follows its runs: begun, ended, and what is to be verified then. */
import { parseDurationMs, type Run, type Verification, type WorkOrder } from '@opsloop/contracts';
import { moveWorkOrder, type MoveAt, type Moved, type Mover } from './move-work-order.js';
import { runIdOf } from '../playbook/plan-run.js';
import { countStates, isGood, resultOf, targetStatesOf } from '../playbook/run-result.js';

/** ready -> running. */
export function beginWorkOrderRun(order: WorkOrder, executor: string, at: MoveAt): Moved {
  const { retry: _retry, ...rest } = order;
  const run = runIdOf(order);
  const text = order.retry ? `run ${order.runNumber} started on ${executor}, trying ${order.retry.targets.length} of ${order.targets.length} targets again` : `run ${order.runNumber} started on ${executor}`;
  return moveWorkOrder(rest, { to: 'running', by: { role: 'executor', name: executor }, reason: text, patch: { run, runs: [...order.runs, run] } }, at);
}

/** ready -> failed: nothing could be run. */
export function refuseWorkOrderRun(order: WorkOrder, by: Mover, reason: string, at: MoveAt): Moved {
  return moveWorkOrder(order, { to: 'failed', by, reason, patch: { result: reason } }, at);
}

/**
 * running -> the result, from the newest state of every target: those that this run did not try again keep theirs.
 * Where a playbook says how it is verified, targets whose run succeeded, or whose outcome is unknown, wait to be judged.
 */
export function endWorkOrderRun(order: WorkOrder, run: Run, executor: string, at: MoveAt): Moved {
  const fresh = new Map(targetStatesOf(run).map((one) => [one.target, one]));
  const known = new Map(order.targetStates.map((one) => [one.target, one]));
  const targetStates = order.targets.flatMap(({ id }) => fresh.get(id) ?? known.get(id) ?? []);
  const endedAtMs = run.endedAtMs ?? at.nowMs;
  const result = run.reason ?? countStates(targetStates.map((one) => one.state));
  const to = resultOf(targetStates.map((one) => one.state));
  const verification = verificationOf(run, targetStates, endedAtMs);
  const patch: Partial<WorkOrder> = {
    targetStates,
    runEndedAtMs: endedAtMs,
    result,
    cancelRequested: false,
    trace: { ...order.trace, runEndedMs: endedAtMs },
    ...(verification && { verification, dueAtMs: endedAtMs }),
  };
  return moveWorkOrder(order, { to, by: { role: 'executor', name: executor }, reason: `run ${run.number} ended: ${result}`, patch }, at);
}

function verificationOf(run: Run, targetStates: WorkOrder['targetStates'], endedAtMs: number): Verification | undefined {
  if (run.cancelledAtMs !== undefined) return undefined;
  const judged = targetStates.filter((one) => isGood(one.state) || one.state === 'unknown');
  const checks = new Map(run.jobs.flatMap(({ playbook }) => (playbook.spec.verify ? [[playbook.spec.verify.policy, playbook.spec.verify] as const] : [])));
  const last = [...checks.values()].at(-1);
  if (!last || judged.length === 0) return undefined;
  const targets = judged.flatMap(({ target }) =>
    [...checks.values()].map(({ policy, holds, within }) => ({
      target,
      policy,
      holdsMs: parseDurationMs(holds) ?? 0,
      deadlineMs: endedAtMs + (parseDurationMs(within) ?? 0),
      outcome: 'waiting' as const,
      reason: 'waiting for measurements that began after the run',
      evidence: [],
    })),
  );
  return { run: run.id, sinceMs: endedAtMs, policy: last.policy, holdsMs: parseDurationMs(last.holds) ?? 0, deadlineMs: Math.max(...targets.map((one) => one.deadlineMs)), targets };
}
