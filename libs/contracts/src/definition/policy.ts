import { z } from 'zod';
import { durationSchema } from '../duration.js';
import { parseComparison } from './comparison.js';
import { metadataSchema, nameSchema } from './metadata.js';

export { parseComparison, type Comparison } from './comparison.js';

/** Levels that a threshold gives, mildest first. `down` is no-data or a failed health check of the resource itself. */
export const thresholdLevels = ['info', 'warn', 'critical'] as const;
export const levels = ['info', 'warn', 'critical', 'down'] as const;
export const levelSchema = z.enum(levels);
export type Level = z.infer<typeof levelSchema>;
export type ThresholdLevel = (typeof thresholdLevels)[number];

export const comparisonSchema = z.string().refine((text) => parseComparison(text) !== undefined, {
  error: 'is not a comparison: write an operator (>, >=, <, <=, ==, !=) and a number, for example "> 95"',
});

export const thresholdSchema = z.strictObject({
  info: comparisonSchema.optional(),
  warn: comparisonSchema.optional(),
  critical: comparisonSchema.optional(),
  recover: comparisonSchema.optional().describe('the alarm stays open until this holds; default: until no level matches'),
});

export const policySpecSchema = z.strictObject({
  kind: z.enum(['threshold', 'forecast', 'anomaly', 'absence', 'rate', 'composite', 'log-pattern']).default('threshold'),
  metric: z.string().min(1).max(256),
  aggregate: z.enum(['MIN', 'MAX', 'AVG', 'LAST']).default('AVG'),
  window: durationSchema.default('1m').describe('a multiple of OPSLOOP_WINDOW_MS'),
  target: z
    .strictObject({
      match: z.record(z.string(), z.union([z.string(), z.array(z.string()).min(1)])).optional().describe('label or attribute -> value, or a list of which one must equal'),
    })
    .default({}),
  threshold: thresholdSchema.optional(),
  hold: durationSchema.default('0s'),
  keepOpen: durationSchema.default('0s'),
  repeat: durationSchema.optional().describe('an open alarm notifies again this often'),
  noData: z.enum(['keep-last', 'no-data', 'ok']).default('keep-last'),
  noDataAfter: durationSchema.optional().describe('silence on the arrival clock that counts as missing; default: three policy windows, at least 1m'),
  forecast: z.strictObject({ within: durationSchema }).optional(),
  scenarios: z.array(nameSchema).default([]),
  receivers: z.array(nameSchema).default([]),
});
export type PolicySpec = z.infer<typeof policySpecSchema>;

/** `input.series` is `metric{label=value,...}`; `values` is a list of `VALUE` or `VALUExCOUNT`, `_` for a gap. */
export const policyTestSchema = z.strictObject({
  name: z.string().min(1),
  input: z.union([
    z.strictObject({ series: z.string(), every: durationSchema, values: z.string() }),
    z.array(z.strictObject({ series: z.string(), every: durationSchema, values: z.string() })).min(1),
  ]),
  expect: z.array(
    z.strictObject({
      at: durationSchema.describe('time since the first sample'),
      level: levelSchema.optional(),
      state: z.enum(['open', 'resolved', 'no-data']).optional(),
      series: z.string().optional(),
    }),
  ),
});
export type PolicyTest = z.infer<typeof policyTestSchema>;

export const policySchema = z.strictObject({
  apiVersion: z.literal('opsloop/v1'),
  kind: z.literal('Policy'),
  metadata: metadataSchema,
  spec: policySpecSchema,
  tests: z.array(policyTestSchema).optional(),
});
export type Policy = z.infer<typeof policySchema>;
