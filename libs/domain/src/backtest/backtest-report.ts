import type { Policy } from '@opsloop/contracts';
import { backtestPolicy, type BacktestOptions, type PolicyBacktest } from './backtest-policy.js';
import { compareBacktests, type BacktestComparison } from './compare-backtests.js';
import { compilePolicy } from '../policy/compiled-policy.js';
import type { HistorySeriesData } from './history-series.js';
import { recordSeries, type JudgedSeries } from './judged-series.js';
import { suggestLimits, type LimitSuggestion } from './suggest-limits.js';

export interface BacktestWishes {
  /** The version to compare with. */
  readonly before?: Policy | undefined;
  /** What that version reads, where it is something else. */
  readonly beforeSeries?: readonly HistorySeriesData[] | undefined;
  /** What other limits would have meant; a list: these limits. */
  readonly suggest?: 'auto' | readonly number[] | undefined;
  /** How many of the series that were judged are told, for a chart. */
  readonly draw?: number | undefined;
}

export interface BacktestReport extends PolicyBacktest {
  readonly comparison?: BacktestComparison;
  readonly suggestion?: LimitSuggestion;
  /** Of the values in `drawn`: of the metric, or of what the policy makes of it. */
  readonly unit: string;
  readonly drawn?: readonly JudgedSeries[];
  /** How many series were judged. */
  readonly drawnOf?: number;
}

/** One policy over one history, with what was asked for beside. Yields now and then, see replayHistory. */
export function* reportBacktest(options: BacktestOptions, wishes: BacktestWishes): Generator<undefined, BacktestReport> {
  const recorder = wishes.draw === undefined ? undefined : recordSeries(options);
  const after = yield* backtestPolicy(recorder ? { ...options, onJudged: recorder.take, onForecast: recorder.takeForecast } : options);
  const comparison = wishes.before && compareBacktests(yield* backtestPolicy({ ...options, policy: wishes.before, series: wishes.beforeSeries ?? options.series }), after);
  const suggestion = wishes.suggest && (yield* suggestLimits(options, wishes.suggest === 'auto' ? undefined : wishes.suggest));
  const { unit } = compilePolicy(options.policy, { tenant: options.tenant, version: 1 });
  return { ...after, unit, ...recorder?.drawn(after.alarms, wishes.draw!), ...(comparison && { comparison }), ...(suggestion && { suggestion }) };
}
