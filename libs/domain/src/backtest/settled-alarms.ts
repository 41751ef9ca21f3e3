import { occurrenceOf, type AlarmDecision } from '../alarm/describe-transition.js';

/** What an alarm had become at a time. */
export interface SettledAlarm {
  readonly atMs: number;
  readonly occurrence: string;
  readonly policy: string;
  readonly state: string;
}

/**
 * What is left of decisions once all of one time are taken together. Live, a window can raise an alarm step by step as
 * its samples come, through milder levels to its own; closed windows alone know the last step. Decided again, for
 * example after a kill, is decided once. In the order of time.
 */
export function settledAlarms(decisions: readonly AlarmDecision[]): SettledAlarm[] {
  const settled = new Map<string, SettledAlarm & { readonly transition: number }>();
  for (const decision of decisions) {
    const { change, policy } = decision;
    const occurrence = occurrenceOf(decision);
    const key = `${occurrence} ${change.atMs} ${change.type === 'alarm.flapping' ? 'flapping' : ''}`;
    const before = settled.get(key);
    if (before && before.transition >= change.transition) continue;
    const state = change.type === 'alarm.resolved' ? 'resolved' : change.type === 'alarm.flapping' ? 'flapping' : change.level;
    settled.set(key, { atMs: change.atMs, occurrence, policy: policy.name, state, transition: change.transition });
  }
  return [...settled.values()]
    .map(({ transition: _transition, ...one }) => one)
    .toSorted((a, b) => a.atMs - b.atMs || (a.occurrence < b.occurrence ? -1 : a.occurrence > b.occurrence ? 1 : 0) || (a.state < b.state ? -1 : 1));
}
