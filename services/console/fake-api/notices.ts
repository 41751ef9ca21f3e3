import type { Notice } from '@opsloop/contracts';
import { fakeId, tenant } from './fleet.js';

export function buildNotice(seed: Pick<Notice, 'kind' | 'subject' | 'text' | 'createdAtMs' | 'alarmIds'> & Partial<Notice>): Notice {
  return {
    id: `${tenant}/${fakeId(`notice${seed.subject}${seed.createdAtMs}`)}`, tenant, groupKey: 'on-call/policy', threadKey: seed.alarmIds[0] ?? '', flush: 1, receiver: 'on-call', channel: 'mail', to: ['oncall@example.com'],
    alarms: seed.alarmIds.map((occurrence) => ({ occurrence, transition: 1 })), state: 'outbox', deadlineMs: seed.createdAtMs + 3_600_000,
    attempts: [{ atMs: seed.createdAtMs + 90, outcome: 'outbox', detail: 'no mail server is set (OPSLOOP_SMTP_URL), so it is kept here' }],
    pendingEvents: [], hasPendingEvents: false, ...seed,
  };
}
