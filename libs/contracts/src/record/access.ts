import { z } from 'zod';

export const scopes = ['ingest', 'read', 'operate', 'approve', 'admin'] as const;
export const scopeSchema = z.enum(scopes);
export type Scope = z.infer<typeof scopeSchema>;

/** Who calls, after its token or session was checked. */
export interface Principal {
  readonly tenant: string;
  /** The token's name; becomes `source` of what it sends and `by` of what it does. */
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** Collection `tokens`, id = tenant/name. The secret itself is shown once and never stored. */
export const tokenSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  name: z.string(),
  hash: z.string().describe('SHA-256 of the secret, hex'),
  scopes: z.array(scopeSchema).min(1),
  createdAtMs: z.number(),
  createdBy: z.string(),
  expiresAtMs: z.number().optional(),
});
export type Token = z.infer<typeof tokenSchema>;

/** Collection `sessions`, id = tenant/SHA-256 of the cookie's secret. */
export const sessionSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  name: z.string().describe('of the token that it stands for'),
  scopes: z.array(scopeSchema),
  openedBy: z.enum(['token', 'link']).optional().describe('left out by former versions: such a session is no longer taken'),
  tokenHash: z.string().optional().describe('of the token of that name when it was opened; left out: there was none'),
  createdAtMs: z.number(),
  expiresAtMs: z.number(),
});
export type Session = z.infer<typeof sessionSchema>;

/** RFC 9457. `errors` says what, where and how to mend. */
export const problemSchema = z.object({
  type: z.string().describe('a path under /problems, or about:blank'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  errors: z.array(z.object({ at: z.string().optional().describe('field path or line'), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** Collection `dead-letters`: what could never succeed, kept to be read and put back. */
export const deadLetterSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  topic: z.string(),
  group: z.string(),
  partition: z.number().int(),
  position: z.number(),
  key: z.string(),
  headers: z.record(z.string(), z.string()).optional().describe('those of the record itself'),
  reason: z.string(),
  atMs: z.number(),
  state: z.enum(['waiting', 'retried']),
  retriedBy: z.string().optional(),
  sizeBytes: z.number(),
  preview: z.string().describe('the first 1,000 bytes, as text where they are text'),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** Collection `resources`: what has been seen. id = tenant/resource id. Written by the aggregator's history writer. */
export const resourceRecordSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  resourceId: z.string(),
  provider: z.string(),
  region: z.string(),
  kind: z.string(),
  uid: z.string(),
  name: z.string(),
  attributes: z.record(z.string(), z.string()),
  sources: z.array(z.string()),
  metrics: z.array(z.string()).describe('catalogue names seen, sorted, at most 2,000'),
  firstSeenMs: z.number(),
  lastSeenMs: z.number(),
  updatedMs: z.number().describe('when this document was written, by the clock of its writer'),
});
export type ResourceRecord = z.infer<typeof resourceRecordSchema>;
