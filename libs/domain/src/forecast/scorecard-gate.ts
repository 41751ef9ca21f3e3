import type { ForecastFacts, ForecastTotals } from '@opsloop/contracts';
import { summariseTotals } from './scorecard.js';

/** Forecasts that must have been scored before their hit rate says anything. */
export const usualMinScored = 10;

/** Why the forecasts of a policy are not yet, or no longer, good enough to act on; undefined: they are. */
export function scorecardProblem({ minHitRate, minScored }: NonNullable<ForecastFacts['gate']>, totals: ForecastTotals): string | undefined {
  const { scored, hitRate } = summariseTotals(totals);
  if (scored < minScored) return `${scored} of its forecasts have been scored, and minScored is ${minScored}`;
  if (minHitRate !== undefined && (hitRate ?? 0) < minHitRate) return `${totals.hit} of ${scored} of its forecasts were hits, and minHitRate is ${minHitRate}`;
  return undefined;
}
