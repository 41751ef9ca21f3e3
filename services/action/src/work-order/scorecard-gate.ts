/** Forecasts must have proved themselves before anything is done because of them, where their policy says so. */
import { collections, type AlarmTransition, type ForecastScore } from '@opsloop/contracts';
import { scorecardProblem, sumForecastScores, summariseTotals } from '@opsloop/domain';
import type { Documents } from '@opsloop/ports';

export interface ScorecardGate {
  /** Undefined: the policy asks for nothing, or its forecasts are good enough. */
  reasonToHoldBack(transition: AlarmTransition): Promise<string | undefined>;
}

export function createScorecardGate(documents: Documents): ScorecardGate {
  const scores = documents.collection<ForecastScore>(collections.forecastScores);
  return {
    async reasonToHoldBack({ tenant, policy, forecast }) {
      if (!forecast?.gate) return undefined;
      // One for each partition of the trigger: a page holds them all.
      const { items } = await scores.find({ tenant, policy }, { limit: 1_000 });
      const totals = sumForecastScores(items.map(({ doc }) => doc));
      return scorecardProblem(forecast.gate, { scored: summariseTotals(totals).scored, hits: totals.hit });
    },
  };
}
