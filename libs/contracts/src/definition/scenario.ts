import { z } from 'zod';
import { durationSchema } from '../duration.js';
import { metadataSchema, nameSchema } from './metadata.js';
import { levelSchema } from './policy.js';

const inputsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** One thing to do when an alarm of that level opens. `diagnose` and `wait` are refused until they are built. */
export const scenarioStepSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('notify'), receivers: z.array(nameSchema).min(1) }),
  z.strictObject({
    do: z.literal('work-order'),
    playbook: nameSchema,
    inputs: inputsSchema.optional(),
    approval: z.enum(['none', 'required']).default('required'),
    runner: z.record(z.string(), z.string()).optional().describe('address of the target for its runner; default: the resource itself'),
  }),
  z.strictObject({ do: z.literal('escalate'), receivers: z.array(nameSchema).min(1) }),
]);
export type ScenarioStep = z.infer<typeof scenarioStepSchema>;

export const scenarioSpecSchema = z.strictObject({
  cooldown: durationSchema.default('10m').describe('least time between two work orders of this scenario for one resource'),
  maxRunsPerHour: z.number().int().min(1).max(1000).default(6).describe('over all resources of the scenario'),
  levels: z.partialRecord(levelSchema, z.array(scenarioStepSchema).min(1)),
  onNotVerified: z.strictObject({ receivers: z.array(nameSchema).min(1) }).optional().describe('who is told when a repair could not be verified; default: the receivers of the policy'),
});
export type ScenarioSpec = z.infer<typeof scenarioSpecSchema>;

export const scenarioSchema = z.strictObject({
  apiVersion: z.literal('opsloop/v1'),
  kind: z.literal('Scenario'),
  metadata: metadataSchema,
  spec: scenarioSpecSchema,
});
export type Scenario = z.infer<typeof scenarioSchema>;
