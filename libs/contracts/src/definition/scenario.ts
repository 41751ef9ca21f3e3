import { z } from 'zod';
import { durationSchema } from '../duration.js';
import { parseDurationMs } from '../duration-text.js';
import { metadataSchema, nameSchema } from './metadata.js';
import { levelSchema } from './policy.js';

const inputsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const laterSteps: readonly unknown[] = ['diagnose', 'wait', 'verify'];

/** One thing to do when an alarm of that level opens. */
export const scenarioStepSchema = z.discriminatedUnion(
  'do',
  [
    z.strictObject({ do: z.literal('notify'), receivers: z.array(nameSchema).min(1) }),
    z.strictObject({
      do: z.literal('work-order'),
      playbook: nameSchema,
      inputs: inputsSchema.optional(),
      approval: z.enum(['none', 'required']).default('required'),
      runner: z.record(z.string(), z.string()).optional().describe('address of the target for its runner; default: the resource itself'),
    }),
    z.strictObject({ do: z.literal('escalate'), receivers: z.array(nameSchema).min(1) }),
  ],
  { error: ({ input }) => laterStepProblem(input) },
);

function laterStepProblem(input: unknown): string | undefined {
  const kind = typeof input === 'object' && input !== null && 'do' in input ? input.do : undefined;
  return laterSteps.includes(kind) ? `${String(kind)} is not available yet: use notify, work-order or escalate` : undefined;
}
export type ScenarioStep = z.infer<typeof scenarioStepSchema>;

/** Granted runs that a scenario remembers at most, to know what its limits allow. */
const mostRemembered = 5_000;

export const scenarioSpecSchema = z
  .strictObject({
    cooldown: durationSchema.default('10m').describe('least time between two work orders of this scenario for one resource; a higher level of the same alarm does not wait for another playbook'),
    maxRunsPerHour: z.number().int().min(1).max(1000).default(6).describe('over all resources of the scenario'),
    levels: z.partialRecord(levelSchema, z.array(scenarioStepSchema).min(1)),
    onNotVerified: z.strictObject({ receivers: z.array(nameSchema).min(1) }).optional().describe('who is told when a repair could not be verified; default: everybody who is told of the alarm'),
  })
  .superRefine((spec, context) => {
    const hours = (parseDurationMs(spec.cooldown) ?? 0) / 3_600_000;
    if (hours * spec.maxRunsPerHour <= mostRemembered) return;
    context.addIssue({ code: 'custom', path: ['cooldown'], message: `is too long for maxRunsPerHour ${spec.maxRunsPerHour}: together they would have to remember more than ${mostRemembered} runs; lower one of them` });
  });
export type ScenarioSpec = z.infer<typeof scenarioSpecSchema>;

export const scenarioSchema = z.strictObject({
  apiVersion: z.literal('opsloop/v1'),
  kind: z.literal('Scenario'),
  metadata: metadataSchema,
  spec: scenarioSpecSchema,
});
export type Scenario = z.infer<typeof scenarioSchema>;
