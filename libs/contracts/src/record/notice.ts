import { z } from 'zod';
import { cloudEvent, pendingEventsShape } from '../cloud-event.js';
import { levelSchema } from '../definition/policy.js';

export const noticeStates = ['queued', 'sent', 'failed', 'outbox'] as const;

/** Collection `notices`. id = tenant/hash of group key, flush number, receiver and channel. Owned by action. */
export const noticeSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  groupKey: z.string(),
  flush: z.number().int().describe('1, 2, 3 ... within the group; a repeat is a new flush'),
  receiver: z.string(),
  channel: z.string(),
  kind: z.enum(['alarm', 'repeat', 'resolved', 'escalation', 'work-order']),
  to: z.array(z.string()),
  subject: z.string(),
  text: z.string(),
  html: z.string().optional(),
  level: levelSchema.optional(),
  alarms: z.array(z.object({ occurrence: z.string(), transition: z.number() })).describe('the transitions that it tells'),
  alarmIds: z.array(z.string()),
  state: z.enum(noticeStates).describe('outbox: no mail server is configured, so it is kept to be read here'),
  createdAtMs: z.number(),
  dueAtMs: z.number().describe('when the next attempt is due'),
  deadlineMs: z.number(),
  sentAtMs: z.number().optional(),
  attempts: z.array(z.object({ atMs: z.number(), outcome: z.string(), detail: z.string() })),
  ...pendingEventsShape,
});
export type Notice = z.infer<typeof noticeSchema>;

export const noticeEventSchema = cloudEvent(
  ['notice.queued', 'notice.sent', 'notice.failed', 'notice.outbox'],
  z.object({ tenant: z.string(), notice: z.string(), receiver: z.string(), channel: z.string(), subject: z.string(), alarmIds: z.array(z.string()), attempts: z.number().int() }),
);
export type NoticeEvent = z.infer<typeof noticeEventSchema>;
