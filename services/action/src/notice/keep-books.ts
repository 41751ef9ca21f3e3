import { collections, type Notice, type TimelineEntry } from '@opsloop/contracts';
import { afterBookkeeping } from '@opsloop/domain';
import type { ServiceContext } from '@opsloop/runtime';
import type { AlarmTimeline } from '../alarm/append-timeline.js';
import { changeDocument } from '../change-document.js';

/**
 * Writes into the timelines of its alarms what became of a notice, and when people were first told into their traces
 * (the outbox is where people read when no channel is configured). Then nothing is due any more. Safe to repeat.
 */
export async function keepBooks({ documents, reach }: ServiceContext, timeline: AlarmTimeline, notice: Notice): Promise<void> {
  const notices = documents.collection<Notice>(collections.notices);
  const last = notice.attempts.at(-1);
  const atMs = last?.atMs ?? notice.createdAtMs;
  const detail = notice.state === 'sent' ? missedText(notice) : (last?.detail ?? '');
  const text = [`${notice.receiver}: ${notice.subject}`, detail].filter((part) => part !== '').join(' - ');
  const entry: TimelineEntry = { atMs, what: `notice.${notice.state}`, text, ref: notice.id };
  const trace = notice.state === 'failed' ? {} : { notifiedMs: atMs };
  for (const alarmId of notice.alarmIds) await timeline.appendTimeline(alarmId, [entry], trace);
  reach('notice.after-timeline');
  await changeDocument(notices, notice.id, (doc) => (doc.state === notice.state && doc.dueAtMs !== undefined ? afterBookkeeping(doc) : undefined), { endsClaim: () => true });
}

function missedText(notice: Notice): string {
  const accepted = new Set(notice.acceptedTo);
  const missed = notice.to.filter((one) => !accepted.has(one));
  return missed.length > 0 ? `not delivered to ${missed.join(', ')}` : '';
}
