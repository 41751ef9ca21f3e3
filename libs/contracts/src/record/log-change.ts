import { z } from 'zod';
import { cloudEvent } from '../cloud-event.js';
import { resourceSchema } from '../measure/resource.js';

/** A log template that was never seen before, or that suddenly occurs much more often. */
const logChangeSchema = z.object({
  tenant: z.string(),
  resource: resourceSchema,
  attributes: z.record(z.string(), z.string()),
  service: z.string().describe('empty when the sender does not say'),
  kind: z.enum(['appeared', 'surged']),
  template: z.string().describe('the constant text of the line, <*> where lines differ'),
  example: z.string().optional().describe('a line of it'),
  level: z.string().optional(),
  lines: z.number().describe('of the first seconds for what appeared, of the minute so far for what surged'),
  expected: z.number().describe('lines a minute that were usual'),
  atMs: z.number().describe('event time, to a few seconds'),
});

export const logChangeEventSchema = cloudEvent(['log.template-appeared', 'log.template-surged'], logChangeSchema);
export type LogChangeEvent = z.infer<typeof logChangeEventSchema>;
