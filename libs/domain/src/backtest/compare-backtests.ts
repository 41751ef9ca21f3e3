import type { BacktestAlarm } from './backtest-alarm.js';
import type { PolicyBacktest } from './backtest-policy.js';

export interface BacktestComparison {
  readonly policy: string;
  readonly before: Pick<PolicyBacktest, 'alarmsPerWeek' | 'pagesPerWeek' | 'score'>;
  /** Alarms of the new version that meet one of the old on the same series. */
  readonly kept: number;
  readonly gained: readonly BacktestAlarm[];
  readonly lost: readonly BacktestAlarm[];
}

/** What another version of a policy would have told beside, and what it would have left out. Alarms meet when both were open at some time. */
export function compareBacktests(before: PolicyBacktest, after: PolicyBacktest): BacktestComparison {
  const { alarmsPerWeek, pagesPerWeek, score } = before;
  const meetsAny = (one: BacktestAlarm, others: readonly BacktestAlarm[]): boolean => others.some((other) => seriesOf(one) === seriesOf(other) && overlap(one, other));
  return {
    policy: after.policy,
    before: { alarmsPerWeek, pagesPerWeek, score },
    kept: after.alarms.filter((one) => meetsAny(one, before.alarms)).length,
    gained: after.alarms.filter((one) => !meetsAny(one, before.alarms)),
    lost: before.alarms.filter((one) => !meetsAny(one, after.alarms)),
  };
}

function seriesOf({ resource, labels }: BacktestAlarm): string {
  return JSON.stringify([resource, Object.entries(labels).toSorted()]);
}

function overlap(one: BacktestAlarm, other: BacktestAlarm): boolean {
  return one.openedAtMs < (other.resolvedAtMs ?? Infinity) && other.openedAtMs < (one.resolvedAtMs ?? Infinity);
}
