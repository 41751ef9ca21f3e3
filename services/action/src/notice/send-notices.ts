import { collections, type Notice, type TimelineEntry } from '@opsloop/contracts';
import { afterAttempt, afterBookkeeping, openAddresses, type NoticeAttempt } from '@opsloop/domain';
import { EngineError, type Channel, type Collection, type Stored } from '@opsloop/ports';
import { claimWorker, type Part, type ServiceContext } from '@opsloop/runtime';
import type { AlarmTimeline } from '../alarm/append-timeline.js';

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
const sendLimitMs = 40_000;
/** Longer than a send can last, so that nobody else sends the same notice meanwhile even when a renewal fails. */
const leaseMs = 45_000;
const pollMs = 500;
const crowdedMs = 500;
const maxTries = 100;

/**
 * Sends what is queued for one channel. The outcome is stored under a check that nobody stored an attempt meanwhile;
 * between the channel's answer and that write lies the only moment at which a crash repeats a notice.
 */
export function createNoticeSender({ context, channelName, channel, timeline, onChanged }: NoticeSenderDeps): Part & { wake(): void } {
  const { documents, clock, logger, reach, ownMetrics } = context;
  const notices: Collection<Notice> = documents.collection<Notice>(collections.notices);
  const attempts = ownMetrics.counter('notice_attempts_total', 'Attempts to deliver a notice', ['channel', 'outcome']);
  const settled = ownMetrics.counter('notices_total', 'Notices that are sent, failed or kept in the outbox', ['channel', 'state']);
  const underWay = new Map<string, number>();

  async function work({ doc }: Stored<Notice>): Promise<void> {
    if (doc.state !== 'queued') return keepBooks(doc);
    const receiver = `${doc.tenant}/${doc.receiver}`;
    const busy = underWay.get(receiver) ?? 0;
    if (busy >= perReceiver) return postpone(doc);
    underWay.set(receiver, busy + 1);
    try {
      await attempt(doc);
    } finally {
      const left = (underWay.get(receiver) ?? 1) - 1;
      if (left === 0) underWay.delete(receiver);
      else underWay.set(receiver, left);
    }
  }

  async function attempt(notice: Notice): Promise<void> {
    reach('notice.before-send');
    const outcome = await send(notice);
    reach('notice.after-send');
    attempts.inc({ channel: channelName, outcome: outcome.outcome });
    const next = await change(notice, (doc) => (doc.state === 'queued' && doc.attempts.length === notice.attempts.length ? afterAttempt(doc, outcome, clock.now()) : undefined), (doc) => doc.state === 'queued');
    if (!next) return;
    onChanged();
    if (next.state !== 'queued') {
      settled.inc({ channel: channelName, state: next.state });
      reach('notice.after-settled');
      await keepBooks(next);
    } else if (next.attempts.length === 1) {
      const text = `${notice.receiver}: ${outcomeText(outcome)}; it is tried again`;
      await tellAlarms(next, [{ atMs: clock.now(), what: 'notice.delayed', text, ref: notice.id }]);
    }
  }

  async function send(notice: Notice): Promise<NoticeAttempt> {
    if (!channel) return { outcome: 'outbox', reason: `no ${channelName} server is configured: read it here` };
    const { id, threadKey, subject, text, html } = notice;
    try {
      return await channel.send({ idempotencyKey: id, threadKey, to: openAddresses(notice), subject, text, ...(html !== undefined && { html }) }, AbortSignal.timeout(sendLimitMs));
    } catch (error) {
      logger.error({ err: error, notice: id, channel: channelName }, 'the channel failed in a way it should not; the notice is tried again');
      return { outcome: 'retry', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Too many of this receiver are under way: back to the queue, behind those of others. */
  async function postpone(notice: Notice): Promise<void> {
    await change(notice, (doc) => (doc.state === 'queued' ? { ...doc, dueAtMs: clock.now() + crowdedMs } : undefined), () => true);
  }

  /** Writes into the timelines of its alarms what became of a notice; then nothing is due any more. */
  async function keepBooks(notice: Notice): Promise<void> {
    const last = notice.attempts.at(-1);
    const atMs = last?.atMs ?? notice.createdAtMs;
    const detail = notice.state === 'sent' ? missedText(notice) : (last?.detail ?? '');
    const entry: TimelineEntry = { atMs, what: `notice.${notice.state}`, text: [`${notice.receiver}: ${notice.subject}`, detail].filter((part) => part !== '').join(' - '), ref: notice.id };
    await tellAlarms(notice, [entry], notice.state === 'failed' ? {} : { notifiedMs: atMs });
    reach('notice.after-timeline');
    await change(notice, (doc) => (doc.state === notice.state && doc.dueAtMs !== undefined ? afterBookkeeping(doc) : undefined), () => true);
  }

  async function tellAlarms(notice: Notice, entries: readonly TimelineEntry[], trace = {}): Promise<void> {
    for (const alarmId of notice.alarmIds) await timeline.appendTimeline(alarmId, entries, trace);
  }

  /** Compare-and-set with retry, since the relay writes to the same documents. The claim ends when `release` says so. */
  async function change(notice: Notice, apply: (doc: Notice) => Notice | undefined, release: (doc: Notice) => boolean): Promise<Notice | undefined> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const stored = await notices.get(notice.id);
      const next = stored && apply(stored.doc);
      if (!stored || !next) return undefined;
      const outcome = await notices.replace(next, stored.version, { keepLease: !release(next) });
      if (outcome !== 'conflict') return outcome.doc;
    }
    throw new EngineError(`notice ${notice.id} changed under every one of ${maxTries} attempts to change it`, { retryable: true });
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

function outcomeText(outcome: NoticeAttempt): string {
  if (outcome.outcome === 'sent') return (outcome.missed ?? []).map((one) => `${one.to}: ${one.reason}`).join(', ');
  return outcome.reason;
}

function missedText(notice: Notice): string {
  const accepted = new Set(notice.acceptedTo);
  const missed = notice.to.filter((one) => !accepted.has(one));
  return missed.length > 0 ? `not delivered to ${missed.join(', ')}` : '';
}
