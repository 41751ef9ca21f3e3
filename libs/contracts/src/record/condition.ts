import { z } from 'zod';

/** On conditions.v1: what the owner of a group is told of one resource, and how far each window partition has got. */
export const conditionRecordSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('member'),
    tenant: z.string(),
    policy: z.string(),
    group: z.record(z.string(), z.string()).describe('the attributes that make the group, with their values'),
    resource: z.string(),
    resourceName: z.string(),
    counts: z.boolean().nullable().describe('whether it meets the condition; null: it is gone'),
    endMs: z.number().describe('end of the window that decided, event time'),
    arrivalMs: z.number().describe('arrival clock of its partition when it was decided'),
  }),
  z.object({ type: z.literal('progress'), partition: z.number().int().describe('of metrics.window'), arrivalMs: z.number() }),
]);
export type ConditionRecord = z.infer<typeof conditionRecordSchema>;
