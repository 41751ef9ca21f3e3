import type { TimelineEntry, Trace, WorkOrder, WorkOrderEvent } from '@opsloop/contracts';
import { outcomeOf, runResults } from '@opsloop/domain';

export interface AlarmNews {
  readonly entries: readonly TimelineEntry[];
  readonly trace: Partial<Trace>;
}

const results: readonly string[] = runResults;

/**
 * How the life of a work order reads in the timeline of its alarm. Entries are kept once by `what` and `ref`: the first
 * run speaks as `work-order.<state>` of the order, later runs as events of their own.
 */
export function toTimeline({ data, time }: WorkOrderEvent, order: WorkOrder): AlarmNews {
  const { state, previousState, reason, by } = data;
  const run = data.run ?? order.id;
  const atMs = Date.parse(time);
  const entry = (what: string, ref: string): TimelineEntry => ({ atMs, what, text: reason, ref, by });
  const isFirst = data.run === undefined || data.run === order.runs[0];
  if (state === previousState) {
    if (state === 'running') return { entries: [entry('work-order.cancel-requested', order.id)], trace: {} };
    const outcome = order.verification && outcomeOf(order.verification);
    return { entries: outcome && outcome !== 'waiting' ? [entry(`verification.${outcome}`, run)] : [], trace: {} };
  }
  if (state === 'running') return { entries: [isFirst ? entry('work-order.running', order.id) : entry('run.started', run)], trace: {} };
  if (previousState === 'running') {
    const trace = order.run === data.run && order.runEndedAtMs !== undefined && results.includes(state) ? { runEndedMs: order.runEndedAtMs } : {};
    return { entries: [isFirst ? entry(`work-order.${state}`, order.id) : entry('run.ended', run)], trace };
  }
  if (state === 'verified' || state === 'not-verified') {
    return { entries: [isFirst ? entry(`work-order.${state}`, order.id) : entry(`verification.${state}`, run)], trace: state === 'verified' ? { verifiedMs: atMs } : {} };
  }
  return { entries: [entry(`work-order.${state}`, order.id)], trace: {} };
}
