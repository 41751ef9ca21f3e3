import { z } from 'zod';
import { workOrderRequestSchema } from '../record/work-order.js';
import { metadataSchema } from './metadata.js';

export const scheduleSpecSchema = z.strictObject({
  cron: z.string().min(1).max(200).describe('minute hour day month weekday, with seconds before them where six fields are written; or @hourly, @daily, @weekly, @monthly, @yearly'),
  timeZone: z.string().min(1).max(64).default('UTC').describe('by its IANA name, for example Asia/Seoul; a time that daylight saving skips is due an hour later, one that it repeats is due once'),
  missed: z.enum(['skip', 'latest', 'all']).default('latest').describe('what becomes of times that passed more than a minute before anybody could act: none is made up for, the latest, or each (the newest 100)'),
  workOrder: workOrderRequestSchema.omit({ draft: true, desiredAt: true }).describe('what is opened at each of these times; it runs at once unless an approval is asked for'),
});
export type ScheduleSpec = z.infer<typeof scheduleSpecSchema>;

export const scheduleSchema = z.strictObject({
  apiVersion: z.literal('opsloop/v1'),
  kind: z.literal('Schedule'),
  metadata: metadataSchema,
  spec: scheduleSpecSchema,
});
export type Schedule = z.infer<typeof scheduleSchema>;
