/** What became of the forecasts of each policy, as far as one state has seen them: it outlives the series that they were of. */
import type { ForecastTotals } from '@opsloop/contracts';
import type { AlarmChange } from '../../alarm/alarm-state.js';
import type { Verdict } from '../../condition/condition.js';
import { addTotals, createForecastTotals, summariseTotals } from '../../forecast/scorecard.js';
import type { CompiledPolicy } from '../compiled-policy.js';

export interface PolicyForecastScore {
  readonly tenant: string;
  readonly policy: string;
  /** Of the condition: another way to forecast begins anew. */
  readonly key: string;
  readonly totals: ForecastTotals;
  /** Arrival clock of the newest thing in it, ms. */
  updatedAtMs: number;
}

/** One for each policy. */
export type ForecastScores = Map<string, PolicyForecastScore>;

export function noteScored(scores: ForecastScores, policy: CompiledPolicy, scored: ForecastTotals, arrivalMs: number): void {
  const score = scoreOf(scores, policy) ?? { tenant: policy.tenant, policy: policy.name, key: policy.condition!.series!.key, totals: createForecastTotals(), updatedAtMs: arrivalMs };
  scores.set(scoreId(policy), score);
  addTotals(score.totals, scored);
  score.updatedAtMs = Math.max(score.updatedAtMs, arrivalMs);
}

/** Alarms of forecast policies carry what was foreseen, and how good the forecasts have been. */
export function withForecast(scores: ForecastScores, policy: CompiledPolicy, verdict: Partial<Verdict>, changes: readonly AlarmChange[]): readonly AlarmChange[] {
  const facts = changes.length > 0 ? verdict.forecast?.() : undefined;
  if (!facts) return changes;
  const totals = scoreOf(scores, policy)?.totals ?? createForecastTotals();
  return changes.map((change) => ({ ...change, forecast: { ...facts, scored: summariseTotals(totals).scored, hits: totals.hit } }));
}

function scoreOf(scores: ForecastScores, policy: CompiledPolicy): PolicyForecastScore | undefined {
  const known = scores.get(scoreId(policy));
  return known?.key === policy.condition?.series?.key ? known : undefined;
}

function scoreId({ tenant, name }: CompiledPolicy): string {
  return `${tenant}/${name}`;
}
