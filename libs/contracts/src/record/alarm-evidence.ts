import { z } from 'zod';
import { resourceSchema } from '../measure/resource.js';

/** A log template that changed around an alarm. */
export const templateEvidenceSchema = z.object({
  resourceId: z.string(),
  resourceName: z.string(),
  service: z.string().describe('empty when the sender does not say'),
  kind: z.enum(['appeared', 'surged']),
  template: z.string(),
  example: z.string().optional(),
  level: z.string().optional(),
  lines: z.number(),
  expected: z.number().describe('lines a minute that were usual'),
  atMs: z.number(),
  score: z.number().describe('0..1, how much it has to say: how new or how much more, how bad, how near in time and place'),
});
export type TemplateEvidence = z.infer<typeof templateEvidenceSchema>;

/** Another resource that had an alarm about the same time. */
export const movedEvidenceSchema = z.object({
  alarm: z.string(),
  resourceId: z.string(),
  resourceName: z.string(),
  policy: z.string(),
  metric: z.string(),
  onsetMs: z.number().describe('since when its condition holds, event time'),
  near: z.boolean().describe('of the same infrastructure, cluster or application'),
});
export type MovedEvidence = z.infer<typeof movedEvidenceSchema>;

export const suggestedPlaybookSchema = z.object({
  name: z.string(),
  title: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
  because: z.enum(['scenario', 'software']).describe('a scenario of the policy runs it; or it is for the software that the alarm is about'),
  of: z.string().describe('the scenario, or the software'),
});
export type SuggestedPlaybook = z.infer<typeof suggestedPlaybookSchema>;

/** What was found around an alarm; best first, but `moved`, which is in the order in which the resources moved. */
export const alarmEvidenceSchema = z.object({
  templates: z.array(templateEvidenceSchema),
  moved: z.array(movedEvidenceSchema),
  playbooks: z.array(suggestedPlaybookSchema),
});
export type AlarmEvidence = z.infer<typeof alarmEvidenceSchema>;

/** Collection `log-changes`, id = that of the event. Owned by action, which keeps them for a day. */
export const logChangeRecordSchema = templateEvidenceSchema.omit({ score: true }).extend({
  id: z.string(),
  tenant: z.string(),
  resource: resourceSchema,
  neighbourhood: z.string().optional().describe('what its resource belongs to, for example infra_id=infra-1'),
});
export type LogChangeRecord = z.infer<typeof logChangeRecordSchema>;
