import type { CompiledPolicy } from '../policy/compiled-policy.js';
import type { AlarmChange, AlarmState, AlarmStep } from './alarm-state.js';

/** So many changes within the flapping window mark an alarm as flapping. */
const flappingChanges = 6;
const flappingWindows = 20;
const leastFlappingMs = 600_000;

/** Twenty policy windows, at least ten minutes: the time within which six changes are too many. */
export function flappingWindowMs(policy: Pick<CompiledPolicy, 'windowMs'>): number {
  return Math.max(leastFlappingMs, flappingWindows * policy.windowMs);
}

/** Remembers changes of state across occurrences, and marks an open alarm as flapping, once, when there were too many. */
export function noteFlapping(state: AlarmState, policy: Pick<CompiledPolicy, 'windowMs'>, changes: readonly AlarmChange[]): AlarmStep {
  const newest = changes.at(-1)!;
  const windowMs = flappingWindowMs(policy);
  // Missing data are dated by the arrival clock, which replayed history is far from: hence the absolute difference.
  // A window that raises an alarm step by step, as its samples come, has changed it once.
  const changesMs = [...new Set([...state.changesMs, ...changes.map((change) => change.atMs)])].filter((atMs) => Math.abs(newest.atMs - atMs) < windowMs).slice(-flappingChanges);
  const { open } = state;
  if (!open || open.isFlapping || changesMs.length < flappingChanges) return { state: { ...state, changesMs }, changes };
  const transition = open.transitions + 1;
  const mark: AlarmChange = { ...newest, type: 'alarm.flapping', transition, level: open.level, reason: `changed ${flappingChanges} times within ${Math.round(windowMs / 60_000)} minutes` };
  return { state: { ...state, changesMs, open: { ...open, transitions: transition, isFlapping: true } }, changes: [...changes, mark] };
}
