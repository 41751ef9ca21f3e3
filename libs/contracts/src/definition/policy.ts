import { z } from 'zod';
import { maxMetricLength } from '../catalogue/metric.js';
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

export const policyKinds = ['threshold', 'forecast', 'anomaly', 'absence', 'rate', 'change', 'ratio', 'composite', 'group', 'log-pattern'] as const;
export type PolicyKind = (typeof policyKinds)[number];

const metricNameSchema = z.string().min(1).max(maxMetricLength);
const policyAggregateSchema = z.enum(['MIN', 'MAX', 'AVG', 'LAST']);

/** Silence on the arrival clock by which a level is reached. */
export const absenceSchema = z.strictObject({ info: durationSchema.optional(), warn: durationSchema.optional(), critical: durationSchema.optional() });

export const rateSchema = z.strictObject({
  of: z.enum(['value', 'rate']).default('value').describe('value: how fast it changes; rate: how fast that changes, its acceleration'),
  per: durationSchema.default('1m').describe('the rate is given per this time'),
  over: durationSchema.optional().describe('the time that the slope is fitted over; default: two policy windows, three for an acceleration'),
});

export const changeSchema = z.strictObject({
  against: durationSchema.describe('how long ago it is compared with: 1d, 7d'),
  as: z.enum(['percent', 'difference']).default('percent').describe('percent of what it was then, or the plain difference'),
  baseline: durationSchema.optional().describe('the stretch around that time whose average it is compared with; default: against / 288, rounded up to whole policy windows'),
});

export const ratioSchema = z.strictObject({
  to: metricNameSchema.describe('the metric that it is divided by, on the same resource and with the same labels'),
  aggregate: policyAggregateSchema.optional().describe('of the divisor; default: that of the policy'),
  as: z.enum(['percent', 'ratio']).default('percent'),
});

export const compositeSchema = z.strictObject({
  when: z.record(
    z.string().regex(/^[a-z][a-z0-9_-]*$/i, { error: 'is not a name of a condition: write letters, digits, - and _' }),
    z.strictObject({ metric: metricNameSchema.optional(), aggregate: policyAggregateSchema.optional(), is: comparisonSchema }),
  ).describe('named conditions; metric and aggregate default to those of the policy'),
  info: z.string().optional(),
  warn: z.string().optional(),
  critical: z.string().optional().describe('names joined by and, or, not and brackets, or "2 of (a, b, c)"'),
  recover: z.string().optional().describe('the alarm stays open until this holds; default: until no level does'),
});

export const groupSchema = z.strictObject({
  where: comparisonSchema.optional().describe('which resources count; default: all that send the metric'),
  measure: z.enum(['share', 'count']).default('share').describe('share: percent of the resources of the group; count: how many'),
  by: z.array(z.string().min(1)).max(8).default([]).describe('attributes that divide the resources into groups; default: one group'),
  atLeast: z.number().int().min(1).max(1_000_000).default(1).describe('groups of fewer resources are not judged by their share'),
});

export const forecastSchema = z.strictObject({
  within: durationSchema.describe('an alarm is raised when a threshold may be reached so soon: the near edge of the 80 % interval lies within it'),
  minHitRate: z.number().min(0).max(1).optional().describe('work orders are opened only while this share of the scored forecasts were hits; below it people are told, and nothing is done'),
  minScored: z.number().int().min(1).max(1_000_000).optional().describe('work orders are opened only once so many forecasts have been scored; default with minHitRate: 10'),
});

/** Severities of log lines, mildest first. */
export const logSeverities = ['debug', 'info', 'warn', 'error', 'critical'] as const;
const logTextSchema = z.string().min(1).max(200);
const logTextsSchema = z.union([logTextSchema, z.array(logTextSchema).min(1).max(20)]);

export const logPatternSchema = z.strictObject({
  match: logTextsSchema.optional().describe('text of the template, in upper or lower case, * for anything; of a list, one must occur; default: every template'),
  except: logTextsSchema.optional().describe('templates that hold this text do not count'),
  service: logTextsSchema.optional().describe('whose log; default: every log of the resource, each for itself'),
  severity: z.enum(logSeverities).optional().describe('lines that name this severity or a worse one; default: all lines'),
  counts: z.enum(['lines', 'appeared', 'surged']).default('lines').describe('lines; or templates that were never seen before, or that suddenly occur much more often'),
});

export const policySpecSchema = z.strictObject({
  kind: z.enum(policyKinds).default('threshold'),
  metric: z.string().max(maxMetricLength).default('').describe('needed by every kind but log-pattern'),
  aggregate: policyAggregateSchema.default('AVG'),
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
  forecast: forecastSchema.optional(),
  absence: absenceSchema.optional(),
  rate: rateSchema.optional(),
  change: changeSchema.optional(),
  ratio: ratioSchema.optional(),
  composite: compositeSchema.optional(),
  group: groupSchema.optional(),
  log: logPatternSchema.optional(),
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
