import type { Alarm, Run, WorkOrder, WorkOrderState } from '@opsloop/contracts';

/** Records are written with their whole future; these show them as they are at a moment, or undefined while they are not yet. */
export function alarmSeenAt(alarm: Alarm, nowMs: number): Alarm | undefined {
  if (alarm.openedAtMs > nowMs || (alarm.trace.recordedMs ?? 0) > nowMs) return undefined;
  const { resolvedAtMs, ...rest } = alarm;
  const over = resolvedAtMs !== undefined && resolvedAtMs + 2_000 <= nowMs;
  const timeline = alarm.timeline.filter((entry) => entry.atMs <= nowMs);
  const trace = Object.fromEntries(Object.entries(alarm.trace).filter(([, atMs]) => (atMs ?? 0) <= nowMs)) as Alarm['trace'];
  return {
    ...rest,
    ...(over && { resolvedAtMs }),
    state: over ? 'resolved' : 'open',
    transitions: alarm.transitions.filter((one) => one.atMs <= nowMs),
    workOrders: alarm.workOrders.filter((id) => timeline.some((entry) => entry.ref === id)),
    timeline,
    trace,
  };
}

export function orderSeenAt(order: WorkOrder, nowMs: number): WorkOrder | undefined {
  if (order.createdAtMs > nowMs) return undefined;
  const timeline = order.timeline.filter((entry) => entry.atMs <= nowMs);
  if (timeline.length === order.timeline.length) return order;
  const { verification, runEndedAtMs, result, ...rest } = order;
  const ran = runEndedAtMs !== undefined && runEndedAtMs <= nowMs;
  const state = timeline.at(-1)!.what.slice('work-order.'.length) as WorkOrderState;
  const running = timeline.some((entry) => entry.what === 'work-order.running');
  return {
    ...rest,
    state,
    timeline,
    runs: running ? order.runs : [],
    ...(ran && { runEndedAtMs, ...(result !== undefined && { result }) }),
    ...(ran && verification && { verification: { ...verification, targets: verification.targets.map((one) => ({ target: one.target, policy: one.policy, holdsMs: one.holdsMs, deadlineMs: one.deadlineMs, outcome: 'waiting' as const, reason: 'waits for windows that began after the run', evidence: [] })) } }),
  };
}

export function runSeenAt(run: Run, nowMs: number): Run | undefined {
  if (run.createdAtMs > nowMs) return undefined;
  if (run.endedAtMs === undefined || run.endedAtMs <= nowMs) return run;
  const { endedAtMs: _ended, ...rest } = run;
  const results = run.results.map((result) => {
    const steps = result.steps.map((step) => {
      const attempts = step.attempts.filter((one) => (one.startedAtMs ?? 0) <= nowMs).map((one) => {
        if (one.endedAtMs === undefined || one.endedAtMs <= nowMs) return one;
        const { endedAtMs: _end, exitCode: _exit, ...open } = one;
        return { ...open, state: 'running' as const };
      });
      return { ...step, attempts, state: attempts.at(-1)?.state ?? ('waiting' as const) };
    });
    return { ...result, steps, state: 'running' as const };
  });
  return { ...rest, state: 'running', results };
}
