import { topics, type Notice, type NoticeEvent } from '@opsloop/contracts';

/** How long a notice is tried that some of its addresses have answered for good. */
export const noticeDeadlineMs = 3_600_000;
/** How long one is tried that has reached and been refused by nobody: a mail server may be down for a night. */
export const silentDeadlineMs = 24 * 3_600_000;

export type NoticeDraft = Omit<Notice, 'state' | 'createdAtMs' | 'dueAtMs' | 'deadlineMs' | 'sentAtMs' | 'attempts' | 'pendingEvents' | 'hasPendingEvents' | 'acceptedTo' | 'refusedTo'>;

/** A notice that waits for its first attempt, with the event that announces it. Times: wall clock, ms since the epoch. */
export function newNotice(draft: NoticeDraft, nowMs: number): Notice {
  const notice: Notice = { ...draft, state: 'queued', createdAtMs: nowMs, dueAtMs: nowMs, deadlineMs: nowMs + noticeDeadlineMs, attempts: [], pendingEvents: [], hasPendingEvents: false };
  return announceNotice(notice, 'notice.queued', nowMs);
}

/** Adds the event that tells of the state that the notice is in now. */
export function announceNotice(notice: Notice, type: NoticeEvent['type'], nowMs: number): Notice {
  const event: NoticeEvent = {
    specversion: '1.0',
    id: `${notice.id}#${type}`,
    source: '/opsloop/action',
    type,
    subject: notice.id,
    time: new Date(nowMs).toISOString(),
    datacontenttype: 'application/json',
    data: { tenant: notice.tenant, notice: notice.id, receiver: notice.receiver, channel: notice.channel, subject: notice.subject, alarmIds: notice.alarmIds.slice(0, maxAlarmIdsInEvent), attempts: notice.attempts.length },
  };
  return { ...notice, pendingEvents: [...notice.pendingEvents, { topic: topics.notices.name, key: notice.id, event }], hasPendingEvents: true };
}

const maxAlarmIdsInEvent = 200;
