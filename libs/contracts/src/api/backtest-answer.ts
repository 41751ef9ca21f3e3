import type { ForecastSummary } from './forecast-answer.js';
import type { Level, ThresholdLevel } from '../definition/policy.js';
import type { Labels } from '../measure/resource.js';
import type { AlarmTransitionType } from '../record/alarm.js';
import type { Notice } from '../record/notice.js';

/** POST policies/backtest: what each policy of the body would have done. Times are ISO 8601, those of `points` ms. */
export interface BacktestAnswer {
  readonly items: readonly BacktestItem[];
}

export interface BacktestItem {
  readonly policy: string;
  readonly from: string;
  readonly to: string;
  /** Where history begins, but not before `from`: what a week has is reckoned from there. */
  readonly measuredFrom: string;
  /** Windows that were judged. */
  readonly judged: number;
  readonly unit: string;
  readonly alarms: readonly BacktestItemAlarm[];
  /** Notices but for those of ends. */
  readonly pages: readonly { readonly at: string; readonly receiver: string; readonly kind: Notice['kind']; readonly level: Level; readonly alarms: readonly string[] }[];
  readonly resolvedNotices: number;
  readonly orders: readonly { readonly at: string; readonly occurrence: string; readonly scenario: string; readonly playbook: string; readonly resource: string; readonly approval: 'none' | 'required'; readonly heldBack?: string | undefined }[];
  /** What the policy names and nobody defined. */
  readonly missing: readonly string[];
  readonly alarmsPerWeek: number;
  readonly pagesPerWeek: number;
  readonly score?: BacktestScore | undefined;
  /** Of a forecast policy: what became of its forecasts. */
  readonly forecasts?: ForecastSummary;
  readonly comparison?: {
    readonly before: { readonly alarmsPerWeek: number; readonly pagesPerWeek: number; readonly score?: BacktestScore | undefined };
    readonly kept: number;
    readonly gained: readonly BacktestItemAlarm[];
    readonly lost: readonly BacktestItemAlarm[];
  };
  readonly suggestion?: { readonly level: ThresholdLevel; readonly limits: readonly { readonly limit: number; readonly isPresent: boolean; readonly alarmsPerWeek: number; readonly pagesPerWeek: number; readonly score?: BacktestScore | undefined }[] };
  readonly drawn?: readonly { readonly resource: string; readonly resourceName: string; readonly labels: Labels; readonly alarms: number; readonly points: readonly (readonly [number, number | null])[]; readonly foretold?: readonly (readonly [timeMs: number, low: number, high: number])[] }[];
  readonly drawnOf?: number;
}

export interface BacktestItemAlarm {
  readonly occurrence: string;
  readonly resource: string;
  readonly resourceName: string;
  readonly labels: Labels;
  readonly openedAt: string;
  /** Missing: still open at the end. */
  readonly resolvedAt?: string | undefined;
  /** The worst that it reached. */
  readonly level: Level;
  readonly transitions: readonly { readonly at: string; readonly type: AlarmTransitionType; readonly level: Level; readonly value: number | null; readonly reason: string }[];
}

/** How well alarms meet labelled times. */
export interface BacktestScore {
  readonly labelled: number;
  readonly found: number;
  readonly right: number;
  readonly alarms: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly medianDelaySeconds: number | null;
}
