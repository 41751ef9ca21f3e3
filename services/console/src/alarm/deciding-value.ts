import type { AlarmRecord } from '../api/records.js';

/** What was measured: of an open alarm now, of a resolved one when its worst level was decided, not when it was over. */
export function decidingValue(alarm: Pick<AlarmRecord, 'state' | 'value' | 'level' | 'transitions'>): number | null {
  if (alarm.state === 'open') return alarm.value;
  const decided = alarm.transitions.filter((one) => one.type !== 'alarm.resolved' && one.value !== null);
  return (decided.findLast((one) => one.level === alarm.level) ?? decided.at(-1))?.value ?? alarm.value;
}
