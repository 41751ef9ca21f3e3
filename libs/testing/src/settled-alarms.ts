import type { AlarmEvent } from '@opsloop/contracts';

/** What an alarm had become at a time. */
export interface SettledAlarm {
  readonly atMs: number;
  readonly policy: string;
  readonly occurrence: string;
  /** Its level, `resolved` or `flapping`. */
  readonly state: string;
}

/**
 * What is left of the events of alarms once all of one time are taken together. Live, a window can raise an alarm step by
 * step as its samples come, through milder levels to its own; closed windows alone know the last step. What was told
 * again, for example after a kill, counts once. In the order of time.
 */
export function settledAlarms(events: readonly AlarmEvent[]): SettledAlarm[] {
  const settled = new Map<string, { readonly alarm: SettledAlarm; readonly transition: number }>();
  for (const { type, data } of events) {
    const { atMs, policy, occurrence, transition } = data;
    const state = type === 'alarm.resolved' ? 'resolved' : type === 'alarm.flapping' ? 'flapping' : data.level;
    const key = `${atMs} ${occurrence} ${String(state === 'flapping')}`;
    if ((settled.get(key)?.transition ?? 0) < transition) settled.set(key, { alarm: { atMs, policy, occurrence, state }, transition });
  }
  const order = ({ atMs, occurrence, state }: SettledAlarm): string => `${String(atMs).padStart(16, '0')} ${occurrence} ${state}`;
  return [...settled.values()].map(({ alarm }) => alarm).toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}
