import type { AttemptState, Run } from '@opsloop/contracts';
import type { RunResult } from '../work-order/transition-table.js';

const good: readonly AttemptState[] = ['ok', 'changed'];
const failing: readonly AttemptState[] = ['failed', 'unreachable', 'timed-out', 'unknown'];
/** What speaks loudest of a target's jobs, worst first. */
const weight: readonly AttemptState[] = ['unknown', 'failed', 'unreachable', 'timed-out', 'cancelled', 'running', 'waiting', 'skipped', 'changed', 'ok'];

export function isGood(state: AttemptState): boolean {
  return good.includes(state);
}

export function isFailing(state: AttemptState): boolean {
  return failing.includes(state);
}

/** One state per target of a run: the worst of its jobs. */
export function targetStatesOf(run: Run): { readonly target: string; readonly state: AttemptState; readonly run: string }[] {
  return run.targets.map(({ id }) => {
    const states = run.results.filter((one) => one.target === id).map((one) => one.state);
    return { target: id, state: weight.find((state) => states.includes(state)) ?? 'skipped', run: run.id };
  });
}

/**
 * The result of a run, or of a work order, from the states of its targets. One unknown target makes the whole unknown:
 * nobody can say that it is done. Timed out means that nothing but time stood in the way.
 */
export function resultOf(states: readonly AttemptState[]): RunResult {
  if (states.includes('unknown')) return 'unknown';
  if (states.includes('cancelled')) return 'cancelled';
  if (states.every(isGood)) return 'succeeded';
  if (states.some(isGood)) return 'partly-failed';
  return states.every((state) => state === 'timed-out' || state === 'skipped') && states.includes('timed-out') ? 'timed-out' : 'failed';
}

/** `3 ok, 1 failed, 2 skipped` */
export function countStates(states: readonly AttemptState[]): string {
  return weight.toReversed().map((state) => ({ state, count: states.filter((one) => one === state).length })).filter(({ count }) => count > 0).map(({ state, count }) => `${count} ${state}`).join(', ');
}
