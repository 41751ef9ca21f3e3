import { z } from 'zod';
import { durationSchema } from '../duration.js';
import { metadataSchema } from './metadata.js';
import { levelSchema } from './policy.js';

/** Who is told, and how. `groupBy` and the waits decide how many alarms share one notice. */
export const receiverSpecSchema = z.strictObject({
  channel: z.enum(['mail']),
  to: z.array(z.email()).min(1).max(100),
  levels: z.array(levelSchema).optional().describe('default: all'),
  language: z.enum(['en', 'ko']).default('en'),
  timeZone: z.string().refine(isTimeZone, { error: 'is not a time zone: write an IANA name, for example Asia/Seoul' }).optional().describe('zone of the times in its notices; default: UTC'),
  groupBy: z.array(z.string()).default(['policy']).describe('alarms that agree in these share a notice: policy, resource, level or a label'),
  groupWait: durationSchema.default('0s').describe('how long the first notice of a group waits for company'),
  groupInterval: durationSchema.default('1m').describe('least time between two notices of a group'),
  sendResolved: z.boolean().default(true),
});
export type ReceiverSpec = z.infer<typeof receiverSpecSchema>;

export const receiverSchema = z.strictObject({
  apiVersion: z.literal('opsloop/v1'),
  kind: z.literal('Receiver'),
  metadata: metadataSchema,
  spec: receiverSpecSchema,
});
export type Receiver = z.infer<typeof receiverSchema>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
