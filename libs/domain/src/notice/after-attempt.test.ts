import { noticeEventSchema, noticeSchema, type Notice } from '@opsloop/contracts';
import { afterAttempt, afterBookkeeping, noticeRetryMs, openAddresses } from './after-attempt.js';
import { newNotice, noticeDeadlineMs, silentDeadlineMs } from './new-notice.js';

const t0 = 1_700_000_000_000;
const queued = newNotice({ id: 'default/n1', tenant: 'default', groupKey: 'g', threadKey: 'g', flush: 1, receiver: 'ops-mail', channel: 'mail', kind: 'alarm', to: ['a@example.com', 'b@example.com'], subject: 's', text: 't', alarms: [], alarmIds: ['default/o1'] }, t0);
const types = (notice: Notice) => notice.pendingEvents.map(({ event }) => noticeEventSchema.parse(event).type);

describe('a notice', () => {
  it('is sent, and stays due once more for the timelines', () => {
    const sent = afterAttempt(queued, { outcome: 'sent', receipt: '250 ok' }, t0 + 10);
    expect(sent).toMatchObject({ state: 'sent', sentAtMs: t0 + 10, dueAtMs: t0 + 10, attempts: [{ atMs: t0 + 10, outcome: 'sent', detail: '250 ok' }] });
    expect(types(sent)).toEqual(['notice.queued', 'notice.sent']);
    expect(noticeSchema.parse(sent)).toEqual(sent);
    expect(afterBookkeeping(sent).dueAtMs).toBeUndefined();
  });

  it('is tried after 5, 10, 20 ... 300 seconds, for a day while nobody answers, then it has failed', () => {
    expect([1, 2, 3, 6, 7, 8, 100].map((attempts) => noticeRetryMs(attempts) / 1_000)).toEqual([5, 10, 20, 160, 300, 300, 300]);
    let notice = queued;
    let nowMs = t0;
    while (notice.state === 'queued') {
      nowMs = notice.dueAtMs!;
      notice = afterAttempt(notice, { outcome: 'retry', reason: `451 greylisted ${'가'.repeat(2_000)}` }, nowMs);
    }
    expect(notice.state).toBe('failed');
    expect(nowMs).toBeLessThanOrEqual(t0 + silentDeadlineMs);
    expect(nowMs).toBeGreaterThan(t0 + silentDeadlineMs - 300_000);
    expect(notice.attempts.at(-1)?.detail).toMatch(/^451 greylisted/);
    expect(Buffer.byteLength(JSON.stringify(notice.attempts))).toBeLessThan(300_000);
    expect(types(notice)).toEqual(['notice.queued', 'notice.failed']);
  });

  it('is attempted once even when nobody could before its deadline', () => {
    expect(afterAttempt(queued, { outcome: 'sent', receipt: '250' }, t0 + 2 * silentDeadlineMs).state).toBe('sent');
    expect(afterAttempt(queued, { outcome: 'retry', reason: 'x' }, t0 + 2 * silentDeadlineMs).state).toBe('failed');
  });

  it('is given up after an hour once some address was reached or refused', () => {
    const missed = [{ to: 'a@example.com', reason: '550 gone', retry: false }, { to: 'b@example.com', reason: '452 full', retry: true }];
    for (const some of [missed.slice(1), missed]) {
      const first = afterAttempt(queued, { outcome: 'sent', receipt: '250', missed: some }, t0);
      expect(first.state).toBe('queued');
      expect(afterAttempt(first, { outcome: 'retry', reason: 'down' }, t0 + noticeDeadlineMs).state).not.toBe('queued');
    }
  });

  it('has failed at once when trying again cannot help', () => {
    expect(afterAttempt(queued, { outcome: 'rejected', reason: '550 no' }, t0)).toMatchObject({ state: 'failed', attempts: [{ outcome: 'rejected', detail: '550 no' }] });
  });

  it('goes again only to the addresses that may still be reached', () => {
    const missed = [{ to: 'b@example.com', reason: '452 full', retry: true }];
    const first = afterAttempt(queued, { outcome: 'sent', receipt: '250', missed }, t0);
    expect(first).toMatchObject({ state: 'queued', dueAtMs: t0 + 5_000 });
    expect(openAddresses(first)).toEqual(['b@example.com']);
    const second = afterAttempt(first, { outcome: 'sent', receipt: '250' }, t0 + 5_000);
    expect(second).toMatchObject({ state: 'sent', acceptedTo: ['a@example.com', 'b@example.com'] });
  });

  it('that reached somebody counts as sent, and says whom it did not reach', () => {
    const missed = [{ to: 'b@example.com', reason: '550 gone', retry: false }];
    const sent = afterAttempt(queued, { outcome: 'sent', receipt: '250', missed }, t0);
    expect(sent).toMatchObject({ state: 'sent', acceptedTo: ['a@example.com'], refusedTo: ['b@example.com'], attempts: [{ detail: '250; refused b@example.com: 550 gone' }] });
    const late = afterAttempt({ ...afterAttempt(queued, { outcome: 'sent', receipt: '250', missed: [{ ...missed[0]!, retry: true }] }, t0), deadlineMs: t0 }, { outcome: 'retry', reason: 'down' }, t0 + 5_000);
    expect(late.state).toBe('sent');
  });

  it('stays in the outbox where nothing is configured', () => {
    const kept = afterAttempt(queued, { outcome: 'outbox', reason: 'no mail server' }, t0);
    expect(kept.state).toBe('outbox');
    expect(types(kept)).toEqual(['notice.queued', 'notice.outbox']);
  });
});
