import { collections, type Notice } from '@opsloop/contracts';
import { afterAttempt, openAddresses, type NoticeAttempt } from '@opsloop/domain';
import type { Channel, Stored } from '@opsloop/ports';
import { claimWorker, type Logger, type Part, type ServiceContext } from '@opsloop/runtime';
import type { AlarmTimeline } from '../alarm/append-timeline.js';
import { changeDocument } from '../change-document.js';
import { createCrowdLimit } from './crowd-limit.js';
import { keepBooks } from './keep-books.js';
import { createSendLane } from './send-lane.js';

export interface NoticeSenderDeps {
  readonly context: ServiceContext;
  /** Name of the channel that this worker serves. */
  readonly channelName: string;
  /** Undefined where none is configured: its notices stay in the outbox, to be read there. */
  readonly channel: Channel | undefined;
  readonly timeline: AlarmTimeline;
  /** Runs after a notice changed, to wake the relay. */
  onChanged(): void;
}

const concurrency = 8;
/** Notices of one receiver that are under way at once: one that hangs leaves room for the others. */
const perReceiver = 2;
/** How long a send keeps the next one waiting. */
const patienceMs = 2_000;
const sendLimitMs = 30_000;
/** Longer than a send and the wait for its turn can last: nobody else sends the same notice meanwhile, even when a renewal fails. */
const leaseMs = 45_000;
const pollMs = 500;
const crowdedMs = 500;

/**
 * Sends what is queued for one channel. The outcome is stored under a check that nobody stored an attempt meanwhile;
 * between the channel's answer and that write lies the only moment at which a crash repeats a notice, and sends take turns
 * so that it is one notice. A send is not cut off when the service stops: it ends, or its limit ends it.
 */
export function createNoticeSender({ context, channelName, channel, timeline, onChanged }: NoticeSenderDeps): Part & { wake(): void } {
  const { documents, clock, logger, reach, ownMetrics } = context;
  const notices = documents.collection<Notice>(collections.notices);
  const attempts = ownMetrics.counter('notice_attempts_total', 'Attempts to deliver a notice', ['channel', 'outcome']);
  const settled = ownMetrics.counter('notices_total', 'Notices that are sent, failed or kept in the outbox', ['channel', 'state']);
  const crowd = createCrowdLimit(perReceiver);
  const inTurn = createSendLane(clock, patienceMs);

  async function work({ doc }: Stored<Notice>): Promise<void> {
    if (doc.state !== 'queued') return settle(doc);
    const entered = await crowd.enter(`${doc.tenant}/${doc.receiver}`, () => attempt(doc));
    // Back to the queue, behind those of others.
    if (!entered) await changeDocument(notices, doc.id, (now) => (now.state === 'queued' ? { ...now, dueAtMs: clock.now() + crowdedMs } : undefined), { endsClaim: () => true });
  }

  async function attempt(notice: Notice): Promise<void> {
    const { outcome, stored } = await inTurn(() => sendAndStore(notice));
    attempts.inc({ channel: channelName, outcome: outcome.outcome });
    if (!stored) return;
    onChanged();
    await followUp(stored, outcome);
  }

  async function sendAndStore(notice: Notice): Promise<{ outcome: NoticeAttempt; stored: Notice | undefined }> {
    reach('notice.before-send');
    const outcome = channel ? await sendThrough(channel, notice, logger) : keptInOutbox(channelName);
    reach('notice.after-send');
    let counts = false;
    const stored = await changeDocument(
      notices,
      notice.id,
      (doc) => {
        counts = doc.state === 'queued' && doc.attempts.length === notice.attempts.length;
        return counts ? afterAttempt(doc, outcome, clock.now()) : undefined;
      },
      { endsClaim: (doc) => doc.state === 'queued' },
    );
    reach('notice.after-stored');
    return { outcome, stored: stored === 'missing' || !counts ? undefined : stored.doc };
  }

  async function followUp(notice: Notice, outcome: NoticeAttempt): Promise<void> {
    if (notice.state !== 'queued') {
      settled.inc({ channel: channelName, state: notice.state });
      return settle(notice);
    }
    if (notice.attempts.length > 1) return;
    const entry = { atMs: clock.now(), what: 'notice.delayed', text: `${notice.receiver}: ${troubleOf(outcome)}; it is tried again`, ref: notice.id };
    for (const alarmId of notice.alarmIds) await timeline.appendTimeline(alarmId, [entry]);
  }

  async function settle(notice: Notice): Promise<void> {
    await keepBooks(context, timeline, notice);
    // The relay may have met this write half way.
    onChanged();
  }

  return claimWorker({
    context,
    name: `notices by ${channelName}`,
    collection: notices,
    filter: (nowMs) => ({ channel: channelName, dueAtMs: { lte: nowMs } }),
    sort: { field: 'dueAtMs', direction: 'asc' },
    leaseMs,
    pollMs,
    concurrency,
    work,
  });
}

async function sendThrough(channel: Channel, notice: Notice, logger: Logger): Promise<NoticeAttempt> {
  const { id, threadKey, subject, text, html } = notice;
  try {
    return await channel.send({ idempotencyKey: id, threadKey, to: openAddresses(notice), subject, text, ...(html !== undefined && { html }) }, AbortSignal.timeout(sendLimitMs));
  } catch (error) {
    logger.error({ err: error, notice: id, channel: channel.name }, 'the channel failed in a way it should not; the notice is tried again');
    return { outcome: 'retry', reason: error instanceof Error ? error.message : String(error) };
  }
}

function keptInOutbox(channelName: string): NoticeAttempt {
  return { outcome: 'outbox', reason: `no ${channelName} server is configured: it is kept here to be read` };
}

function troubleOf(outcome: NoticeAttempt): string {
  if (outcome.outcome === 'sent') return (outcome.missed ?? []).map((one) => `${one.to}: ${one.reason}`).join(', ');
  return outcome.reason;
}
