import { z } from 'zod';
import { metadataSchema } from './metadata.js';
import { playbookProblems } from './playbook-problems.js';
import { playbookSpecShape } from './playbook-shape.js';

export const playbookSpecSchema = playbookSpecShape.superRefine((spec, context) => {
  for (const { path, message } of playbookProblems(spec)) context.addIssue({ code: 'custom', path: [...path], message });
});

export const playbookSchema = z.strictObject({
  apiVersion: z.literal('opsloop/v1'),
  kind: z.literal('Playbook'),
  metadata: metadataSchema,
  spec: playbookSpecSchema,
});
export type Playbook = z.infer<typeof playbookSchema>;
