import type { Alarm, AlarmCommand } from '@opsloop/contracts';
import { addTimeline } from './add-timeline.js';
import { noteAlarm } from './note-alarm.js';

/**
 * What a person asked of an alarm, with who, when (the time of asking) and why. Undefined when it changes nothing: the
 * first acknowledgement stands, and what is resolved can be neither acknowledged nor closed. `nowMs`: wall clock.
 */
export function applyCommand(alarm: Alarm, command: AlarmCommand, nowMs: number): Alarm | undefined {
  if (alarm.state !== 'open') return undefined;
  const { by, reason } = command.data;
  const atMs = Date.parse(command.time);
  if (command.type === 'alarm.acknowledge') {
    if (alarm.acknowledged) return undefined;
    return record({ ...alarm, acknowledged: { by, reason, atMs } }, 'alarm.acknowledged', command, atMs, nowMs);
  }
  const closed: Alarm = { ...alarm, state: 'resolved', resolvedAtMs: atMs, changedAtMs: atMs, closed: { by, reason, atMs, level: alarm.level } };
  return record(closed, 'alarm.closed', command, atMs, nowMs);
}

function record(alarm: Alarm, type: 'alarm.acknowledged' | 'alarm.closed', { id, data }: AlarmCommand, atMs: number, nowMs: number): Alarm {
  const { pendingEvents, hasPendingEvents } = alarm;
  const entry = { atMs, what: type, text: data.reason, by: data.by };
  const written = addTimeline(alarm, [entry], {}, nowMs) ?? alarm;
  // One event is enough, and it says more than that something was recorded.
  return noteAlarm({ ...written, pendingEvents, hasPendingEvents }, { type, what: type, key: id, nowMs, by: data.by, reason: data.reason });
}
