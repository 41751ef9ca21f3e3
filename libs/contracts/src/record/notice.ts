import { z } from 'zod';
import { cloudEvent, pendingEventsShape } from '../cloud-event.js';
import { levelSchema } from '../definition/policy.js';
import { alarmTransitionTypes } from './alarm.js';

export const noticeStates = ['queued', 'sent', 'failed', 'outbox'] as const;

/** Collection `notices`. id = tenant/hash of group key, flush number, receiver and channel. Owned by action. */
export const noticeSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  groupKey: z.string(),
  threadKey: z.string().describe('notices that share it show as one conversation'),
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
  dueAtMs: z.number().optional().describe('when the next attempt is due, or the entry in the timelines of its alarms; nothing is due without it'),
  deadlineMs: z.number().describe('until when it is tried once an address has answered for good; while none has, a day'),
  sentAtMs: z.number().optional(),
  acceptedTo: z.array(z.string()).optional().describe('addresses that need no further attempt'),
  refusedTo: z.array(z.string()).optional().describe('addresses that were refused for good'),
  attempts: z.array(z.object({ atMs: z.number(), outcome: z.string(), detail: z.string() })),
  ...pendingEventsShape,
});
export type Notice = z.infer<typeof noticeSchema>;

export const noticeEventSchema = cloudEvent(
  ['notice.queued', 'notice.sent', 'notice.failed', 'notice.outbox'],
  z.object({ tenant: z.string(), notice: z.string(), receiver: z.string(), channel: z.string(), subject: z.string(), alarmIds: z.array(z.string()), attempts: z.number().int() }),
);
export type NoticeEvent = z.infer<typeof noticeEventSchema>;

/**
 * Collection `alarm-groups`: alarms that share notices. id = tenant/hash of receiver, channel, purpose and the values of
 * groupBy. Owned by action.
 */
export const alarmGroupSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  receiver: z.string(),
  channel: z.string(),
  purpose: z.enum(['alarm', 'escalation']),
  startedAtMs: z.number().describe('tells this life of the group from earlier ones, in the identity of its notices and in its thread'),
  flush: z.number().int().describe('notices so far in this life'),
  lastFlushAtMs: z.number().optional(),
  dueAtMs: z.number().describe('when it is looked at next'),
  wakes: z.number().int().describe('rises whenever a member waits: a flush that did not see it looks again'),
  flapping: z.record(z.string(), z.number()).describe('series that flap -> when they were told last, ms; the newest 100'),
});
export type AlarmGroup = z.infer<typeof alarmGroupSchema>;

export const waitingTransitionSchema = z.object({
  transition: z.number().int().describe('0: closed by a person'),
  type: z.enum([...alarmTransitionTypes, 'alarm.closed']),
  level: levelSchema,
  atMs: z.number(),
});
export type WaitingTransition = z.infer<typeof waitingTransitionSchema>;

/** Collection `alarm-group-members`: what a group still has to tell of one alarm. id = group id/hash of the occurrence. */
export const alarmGroupMemberSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  group: z.string(),
  receiver: z.string(),
  channel: z.string(),
  purpose: z.enum(['alarm', 'escalation']),
  occurrence: z.string(),
  series: z.string().describe('hash of policy, resource and labels: the same over occurrences'),
  seen: z.number().int().describe('highest transition that was taken in'),
  waiting: z.array(waitingTransitionSchema).describe('the newest 20 that no notice has told yet'),
  state: z.enum(['open', 'quiet', 'done']).describe('quiet: open below the levels of the receiver; done: resolved'),
  toldOpen: z.boolean().describe('a notice has told, or is about to tell, that it is open'),
  flapping: z.boolean(),
  repeatMs: z.number().optional(),
  toldAtMs: z.number().optional(),
  dueAtMs: z.number().describe('when it wants to be told, repeated, checked or removed'),
});
export type AlarmGroupMember = z.infer<typeof alarmGroupMemberSchema>;
