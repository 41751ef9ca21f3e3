import type { Notice } from '@opsloop/contracts';
import { announceNotice, silentDeadlineMs } from './new-notice.js';

/** What came of one attempt. `missed`: addresses that a message which was otherwise accepted did not reach. */
export type NoticeAttempt =
  | { readonly outcome: 'sent'; readonly receipt: string; readonly missed?: readonly MissedAddress[] }
  | { readonly outcome: 'retry'; readonly reason: string }
  | { readonly outcome: 'rejected'; readonly reason: string }
  | { readonly outcome: 'outbox'; readonly reason: string };

export interface MissedAddress {
  readonly to: string;
  readonly reason: string;
  readonly retry: boolean;
}

const firstRetryMs = 5_000;
const mostRetryMs = 300_000;
const maxDetail = 1_000;
/** Of attempts beyond these less is kept: a day of them must fit into the document. */
const manyAttempts = 20;
const maxDetailOfMany = 200;

/** Wait before the attempt after the n-th (1, 2, ...): 5 s, 10 s, 20 s ... at most 5 min. */
export function noticeRetryMs(attempts: number): number {
  return Math.min(mostRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 16));
}

/** Addresses that the next attempt goes to. */
export function openAddresses(notice: Notice): readonly string[] {
  const settled = new Set([...(notice.acceptedTo ?? []), ...(notice.refusedTo ?? [])]);
  return notice.to.filter((one) => !settled.has(one));
}

/**
 * The notice after an attempt: sent, failed, or queued for the next one as long as that lies within the deadline, a day
 * where no address has answered for good. A notice that reached some of its addresses counts as sent, and its attempts
 * say which it did not reach. What is settled stays due once more, for the timelines of its alarms. `nowMs`: wall clock.
 */
export function afterAttempt(notice: Notice, attempt: NoticeAttempt, nowMs: number): Notice {
  const attempts = [...notice.attempts, { atMs: nowMs, outcome: attempt.outcome, detail: detailOf(attempt).slice(0, notice.attempts.length < manyAttempts ? maxDetail : maxDetailOfMany) }];
  const next: Notice = { ...notice, attempts };
  if (attempt.outcome === 'outbox') return settle(next, 'outbox', nowMs);
  if (attempt.outcome === 'sent') {
    const missed = new Set(attempt.missed?.map((one) => one.to));
    next.acceptedTo = [...(notice.acceptedTo ?? []), ...openAddresses(notice).filter((one) => !missed.has(one))];
    next.refusedTo = [...(notice.refusedTo ?? []), ...(attempt.missed ?? []).filter((one) => !one.retry).map((one) => one.to)];
  } else if (attempt.outcome === 'rejected') {
    next.refusedTo = [...(notice.refusedTo ?? []), ...openAddresses(notice)];
  }
  const nextMs = nowMs + noticeRetryMs(attempts.length);
  if (openAddresses(next).length > 0 && nextMs <= deadlineOf(next)) return { ...next, dueAtMs: nextMs };
  return settle(next, (next.acceptedTo ?? []).length > 0 ? 'sent' : 'failed', nowMs);
}

/** Its alarms have been told of it: nothing is due any more. */
export function afterBookkeeping(notice: Notice): Notice {
  const { dueAtMs: _dueAtMs, ...settled } = notice;
  return settled;
}

function deadlineOf({ acceptedTo = [], refusedTo = [], createdAtMs, deadlineMs }: Notice): number {
  return acceptedTo.length + refusedTo.length > 0 ? deadlineMs : createdAtMs + silentDeadlineMs;
}

function settle(notice: Notice, state: 'sent' | 'failed' | 'outbox', nowMs: number): Notice {
  return announceNotice({ ...notice, state, dueAtMs: nowMs, ...(state === 'sent' && { sentAtMs: nowMs }) }, `notice.${state}`, nowMs);
}

function detailOf(attempt: NoticeAttempt): string {
  if (attempt.outcome !== 'sent') return attempt.reason;
  const missed = (attempt.missed ?? []).map(({ to, reason, retry }) => `${retry ? 'later' : 'refused'} ${to}: ${reason}`);
  return [attempt.receipt, ...missed].join('; ');
}
