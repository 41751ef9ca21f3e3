import { z } from 'zod';
import { durationSchema } from '../duration.js';
import { metadataSchema, nameSchema } from './metadata.js';

const shareSchema = z.union([
  z.number().int().min(0),
  z.string().regex(/^(100|\d{1,2})%$/, { error: 'is not a share: write a count such as 1 or a percentage such as 25%' }),
]);

export const playbookInputSchema = z.strictObject({
  type: z.enum(['string', 'number', 'boolean']),
  default: z.union([z.string(), z.number(), z.boolean()]).optional().describe('without a default the input must be given'),
  pattern: z.string().optional().describe('regular expression that a string must match whole'),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  description: z.string().optional(),
});
export type PlaybookInput = z.infer<typeof playbookInputSchema>;

const argumentsSchema = z.array(z.string()).min(1).describe('argument list; {{ input }} is replaced inside one argument, never split');

const httpRequestSchema = z.strictObject({
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  path: z.string().default('/').describe('appended to the target address `url`'),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  expectStatus: z.array(z.number().int()).optional().describe('default: 200 to 299'),
});

export const playbookStepSchema = z.strictObject({
  id: nameSchema,
  title: z.string().optional(),
  uses: z.enum(['local', 'http', 'ssh', 'ansible', 'k8s', 'csp']),
  run: argumentsSchema.optional(),
  request: httpRequestSchema.optional(),
  timeout: durationSchema.default('60s'),
  retry: z.strictObject({ attempts: z.number().int().min(1).max(10).describe('tries after the first'), delay: durationSchema.default('1s') }).optional(),
  rollback: argumentsSchema.optional(),
  idempotent: z.boolean().default(false).describe('true: may be run again after a crash'),
  failedWhen: z.union([z.literal('false'), z.literal('non-zero-exit')]).default('non-zero-exit').describe("'false': the step reports and never fails"),
});
export type PlaybookStep = z.infer<typeof playbookStepSchema>;

export const playbookSpecSchema = z.strictObject({
  for: z.strictObject({ class: z.string(), category: z.string().optional(), software: z.string().optional(), versions: z.string().optional() }).optional(),
  inputs: z.record(nameSchema, playbookInputSchema).default({}),
  strategy: z.strictObject({ canary: shareSchema.optional(), batch: shareSchema.optional(), maxFail: shareSchema.optional() }).default({}),
  steps: z.array(playbookStepSchema).min(1).max(50),
  verify: z
    .strictObject({ policy: nameSchema, holds: durationSchema.default('1m'), within: durationSchema.default('10m').describe('no fresh window by then: no-fresh-data') })
    .optional(),
  approval: z.enum(['none', 'required']).optional(),
  sop: z.url().optional(),
});
export type PlaybookSpec = z.infer<typeof playbookSpecSchema>;

export const playbookSchema = z.strictObject({
  apiVersion: z.literal('opsloop/v1'),
  kind: z.literal('Playbook'),
  metadata: metadataSchema,
  spec: playbookSpecSchema,
});
export type Playbook = z.infer<typeof playbookSchema>;
