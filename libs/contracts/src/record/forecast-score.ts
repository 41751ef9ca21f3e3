import { z } from 'zod';

/** What became of announced crossings; sums, so that parts can be added. */
const crossingTotalsSchema = z.object({
  hit: z.number().int().describe('the threshold was reached inside the 80 % interval'),
  early: z.number().int().describe('before it'),
  late: z.number().int().describe('after it'),
  false: z.number().int().describe('never'),
  missed: z.number().int().describe('thresholds that were reached and of which nothing had been said'),
  leadSumSeconds: z.number().describe('from the announcement until the threshold was reached, over hits, early and late ones'),
  shortestLeadSeconds: z.number().optional(),
  errorSumSeconds: z.number().describe('distance of the named time from the true one, over the same'),
});
export type CrossingTotals = z.infer<typeof crossingTotalsSchema>;

/** What became of the forecasts of a policy: all levels together, and each for itself. */
export const forecastTotalsSchema = crossingTotalsSchema.extend({
  points: z.number().int().describe('points of forecasts whose time has come'),
  covered: z.number().int().describe('those that lay inside their 80 % interval'),
  levels: z
    .object({ info: crossingTotalsSchema.optional(), warn: crossingTotalsSchema.optional(), critical: crossingTotalsSchema.optional() })
    .optional()
    .describe('by level of the threshold; what was counted before levels were told apart is in the sums alone'),
});
export type ForecastTotals = z.infer<typeof forecastTotalsSchema>;

/** Collection `forecast-scores`, id = tenant/policy/partition: the sums of one partition of the trigger, as of its last look. */
export const forecastScoreSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  policy: z.string(),
  partition: z.number().int(),
  /** What makes forecasts comparable: aggregate, window, horizon, thresholds. Sums of another key are not added. */
  key: z.string(),
  totals: forecastTotalsSchema,
  /** Arrival clock of the newest thing in it. */
  updatedAtMs: z.number(),
});
export type ForecastScore = z.infer<typeof forecastScoreSchema>;
