import type { ForecastFacts, ForecastScore, ForecastTotals } from '@opsloop/contracts';
import { addTotals, createForecastTotals } from './scorecard.js';

/** Forecasts that must have been scored before their hit rate says anything. */
export const usualMinScored = 10;

/** Why the forecasts of a policy are not yet, or no longer, good enough to act on; undefined: they are. */
export function scorecardProblem({ minHitRate, minScored }: NonNullable<ForecastFacts['gate']>, { scored, hits }: Pick<ForecastFacts, 'scored' | 'hits'>): string | undefined {
  if (scored < minScored) return `${scored} of its forecasts have been scored, and minScored is ${minScored}`;
  if (minHitRate !== undefined && hits < minHitRate * scored) return `${hits} of ${scored} of its forecasts were hits, and minHitRate is ${minHitRate}`;
  return undefined;
}

/** The whole of a policy, of what the partitions of the trigger have seen. What was made in another way than the newest is left out. */
export function sumForecastScores(parts: readonly Pick<ForecastScore, 'key' | 'totals' | 'updatedAtMs'>[]): ForecastTotals {
  const totals = createForecastTotals();
  const newest = parts.toSorted((a, b) => b.updatedAtMs - a.updatedAtMs)[0];
  for (const part of parts) if (part.key === newest!.key) addTotals(totals, part.totals);
  return totals;
}
