import { z } from 'zod';

/** Names are used in addresses, keys and file names. */
export const nameSchema = z.string().regex(/^[a-z0-9]([a-z0-9._-]{0,118}[a-z0-9])?$/, {
  error: 'is not a name: use 1 to 120 of a-z, 0-9, dot, dash and underscore, beginning and ending with a letter or digit',
});

export const metadataSchema = z.strictObject({
  name: nameSchema,
  labels: z.record(z.string().max(64), z.string().max(256)).optional(),
  title: z.union([z.string(), z.record(z.string(), z.string())]).optional().describe('one text, or one per language: { en: ..., ko: ... }'),
});

/** The kinds of a definition file. Those of `laterKinds` are refused with "not available yet". */
export const kinds = ['Policy', 'Scenario', 'Playbook', 'Receiver', 'Schedule'] as const;
export const laterKinds = ['Silence', 'Service'] as const;
export type Kind = (typeof kinds)[number];
