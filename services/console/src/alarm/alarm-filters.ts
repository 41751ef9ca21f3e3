import type { QueryValue } from '../api/client.js';
import type { Level } from '../api/records.js';
import { isLevel } from '../level/level.js';

const states = ['open', 'resolved', 'all'] as const;
export const alarmPeriods = ['24h', '7d', '30d', 'ever'] as const;

/** What the alarm list shows, as its address says it. What is usual is left out of the address. */
export interface AlarmFilters {
  readonly state?: (typeof states)[number];
  readonly level?: Level;
  readonly policy?: string;
  readonly resource?: string;
  readonly period?: (typeof alarmPeriods)[number];
}

export function readAlarmFilters(search: Readonly<Record<string, unknown>>): AlarmFilters {
  const { state, level, policy, resource, period } = search;
  return {
    ...(states.includes(state as 'open') && { state: state as 'open' }),
    ...(typeof level === 'string' && isLevel(level) && { level }),
    ...(typeof policy === 'string' && policy !== '' && { policy }),
    ...(typeof resource === 'string' && resource !== '' && { resource }),
    ...(alarmPeriods.includes(period as 'ever') && { period: period as 'ever' }),
  };
}

/** The server's filter. Open alarms are listed whenever they opened, the worst first; others of the last week unless a period is chosen, as a history is read by its time. */
export function alarmQueryOf({ state = 'open', level, policy, resource, period }: AlarmFilters): Readonly<Record<string, QueryValue>> {
  const since = period ?? (state === 'open' ? 'ever' : '7d');
  return { state: state === 'all' ? undefined : state, order: state === 'open' ? 'worst' : undefined, level, policy, resource, from: since === 'ever' ? undefined : `-${since}` };
}
