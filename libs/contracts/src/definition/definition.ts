import { z } from 'zod';
import { kinds } from './metadata.js';
import { playbookSchema } from './playbook.js';
import { policySchema } from './policy.js';
import { receiverSchema } from './receiver.js';
import { scenarioSchema } from './scenario.js';
import { scheduleSchema } from './schedule.js';

/** Any document of a definition file. */
export const definitionSchema = z.discriminatedUnion('kind', [policySchema, scenarioSchema, playbookSchema, receiverSchema, scheduleSchema]);
export type Definition = z.infer<typeof definitionSchema>;

/** Immutable; a window is judged by the version in force at its end. */
export const definitionVersionSchema = z.object({
  version: z.number().int().min(1),
  sinceMs: z.number().describe('in force from this event time on; the first version is in force for all times (0)'),
  definition: definitionSchema.nullable().describe('null: deleted from then on'),
  source: z.string().describe('the text as it was written'),
  author: z.string(),
  atMs: z.number(),
});
export type DefinitionVersion = z.infer<typeof definitionVersionSchema>;

/** One document per named definition: all kept versions, newest last. Collection `definitions`, id `tenant/Kind/name`. */
export const definitionRecordSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  kind: z.enum(kinds),
  name: z.string(),
  deleted: z.boolean(),
  changedAtMs: z.number().describe('when the newest version was written; readers ask for what changed since'),
  managedBy: z.enum(['api', 'file']),
  versions: z.array(definitionVersionSchema).min(1),
});
export type DefinitionRecord = z.infer<typeof definitionRecordSchema>;
