/** The fields of a playbook; what must hold between them is in playbook-problems. */
import { z } from 'zod';
import { durationSchema } from '../duration.js';
import { nameSchema } from './metadata.js';

const shareSchema = z.union([
  z.number().int().min(0),
  z.string().regex(/^(100|\d{1,2})%$/, { error: 'is not a share: write a count such as 1 or a percentage such as 25%' }),
]);

export const playbookInputSchema = z.strictObject({
  type: z.enum(['string', 'number', 'boolean']),
  default: z.union([z.string(), z.number(), z.boolean()]).optional().describe('without a default the input must be given'),
  pattern: z.string().max(500).optional().describe('regular expression that the whole text of the value must match'),
  enum: z.array(z.union([z.string(), z.number()])).min(1).optional(),
  description: z.string().optional(),
});
export type PlaybookInput = z.infer<typeof playbookInputSchema>;

const argumentsSchema = z.array(z.string().max(8_192)).min(1).max(200).describe('argument list; {{ input }} is replaced inside one argument, never split');

const httpRequestSchema = z.strictObject({
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  path: z.string().default('/').describe('appended to the target address `url`'),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  expectStatus: z.array(z.number().int()).optional().describe('default: 200 to 299'),
});

const laterUses: readonly unknown[] = ['ssh', 'ansible', 'k8s', 'csp'];

/** YAML reads false without quotes as a boolean. */
const failedWhenSchema = z.union([z.literal('false'), z.literal('non-zero-exit'), z.literal(false).transform(String).pipe(z.literal('false'))]);

export const playbookStepSchema = z.strictObject({
  id: nameSchema,
  title: z.string().optional(),
  uses: z.enum(['local', 'http'], { error: ({ input }) => (laterUses.includes(input) ? `${String(input)} is not available yet: use local or http` : undefined) }),
  run: argumentsSchema.optional(),
  request: httpRequestSchema.optional(),
  timeout: durationSchema.default('60s').describe('longer than 0, at most 1d'),
  retry: z.strictObject({ attempts: z.number().int().min(1).max(10).describe('tries after the first'), delay: durationSchema.default('1s') }).optional(),
  rollback: z.union([argumentsSchema, httpRequestSchema]).optional().describe('undoes the step when it or a later one fails; steps are undone in reverse'),
  idempotent: z.boolean().default(false).describe('true: may be run again after a crash'),
  failedWhen: failedWhenSchema.default('non-zero-exit').describe("'false', also without quotes: the step reports and never fails; default: non-zero-exit"),
});
export type PlaybookStep = z.infer<typeof playbookStepSchema>;

export const playbookSpecShape = z.strictObject({
  for: z.strictObject({ class: z.string(), category: z.string().optional(), software: z.string().optional(), versions: z.string().optional().describe('* or conditions that must all hold, apart by blanks: >=1.20 <2; 1.24 is every version that begins so') }).optional(),
  inputs: z.record(nameSchema, playbookInputSchema).default({}),
  strategy: z
    .strictObject({
      canary: shareSchema.optional().describe('targets that go first, alone; one of them failing stops the rest; default: none'),
      batch: shareSchema.optional().describe('targets at a time; default: all'),
      maxFail: shareSchema.optional().describe('failed targets that are borne; one more stops what has not begun; default: 0'),
    })
    .default({}),
  steps: z.array(playbookStepSchema).min(1).max(50),
  verify: z
    .strictObject({ policy: nameSchema, holds: durationSchema.default('1m'), within: durationSchema.default('10m').describe('what no window that ended by then proves is not-verified; where the policy needs longer, it is: two of its windows and holds') })
    .optional(),
  approval: z.enum(['none', 'required']).optional(),
  sop: z.url().optional(),
});
export type PlaybookSpec = z.infer<typeof playbookSpecShape>;
