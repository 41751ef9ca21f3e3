import type { Policy } from '@opsloop/contracts';
import { backtestPolicy, type BacktestOptions, type PolicyBacktest } from './backtest-policy.js';
import { compareBacktests, type BacktestComparison } from './compare-backtests.js';
import { suggestLimits, type LimitSuggestion } from './suggest-limits.js';

export interface BacktestWishes {
  /** The version to compare with. */
  readonly before?: Policy | undefined;
  /** What other limits would have meant; a list: these limits. */
  readonly suggest?: 'auto' | readonly number[] | undefined;
}

export interface BacktestReport extends PolicyBacktest {
  readonly comparison?: BacktestComparison;
  readonly suggestion?: LimitSuggestion;
}

/** One policy over one history, with what was asked for beside. Yields now and then, see replayHistory. */
export function* reportBacktest(options: BacktestOptions, wishes: BacktestWishes): Generator<undefined, BacktestReport> {
  const after = yield* backtestPolicy(options);
  const comparison = wishes.before && compareBacktests(yield* backtestPolicy({ ...options, policy: wishes.before }), after);
  const suggestion = wishes.suggest && (yield* suggestLimits(options, wishes.suggest === 'auto' ? undefined : wishes.suggest));
  return { ...after, ...(comparison && { comparison }), ...(suggestion && { suggestion }) };
}
