import { topics, type Alarm, type AlarmNoteEvent } from '@opsloop/contracts';

export interface AlarmNote {
  readonly type: AlarmNoteEvent['type'];
  /** The timeline entry that came with it. */
  readonly what: string;
  /** Tells this note from every other of the same alarm; the event's id is made of it. */
  readonly key: string;
  /** Wall clock, ms since the epoch. */
  readonly nowMs: number;
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

/** Adds to the alarm the event that tells others to read it again. It is published with the document, never before. */
export function noteAlarm(alarm: Alarm, note: AlarmNote): Alarm {
  const event: AlarmNoteEvent = {
    specversion: '1.0',
    id: `${alarm.id}#${note.key}`,
    source: '/opsloop/action',
    type: note.type,
    subject: alarm.id,
    time: new Date(note.nowMs).toISOString(),
    datacontenttype: 'application/json',
    data: {
      tenant: alarm.tenant,
      occurrence: alarm.id,
      state: alarm.state,
      level: alarm.level,
      what: note.what,
      ...(note.by !== undefined && { by: note.by }),
      ...(note.reason !== undefined && { reason: note.reason }),
    },
  };
  return { ...alarm, pendingEvents: [...alarm.pendingEvents, { topic: topics.alarms.name, key: alarm.id, event }], hasPendingEvents: true };
}
