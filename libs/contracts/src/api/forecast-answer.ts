import type { ThresholdLevel } from '../definition/policy.js';

/** What forecasts of crossings are worth. Rates are missing where there is nothing to divide by. */
interface CrossingSummary {
  /** Forecasts whose time has come. */
  readonly scored: number;
  readonly hitRate?: number | undefined;
  /** Of those that were scored: the threshold was never reached. */
  readonly falseRate?: number | undefined;
  /** Of the times that the threshold was reached: nothing had been said. */
  readonly missedRate?: number | undefined;
  readonly meanLeadSeconds?: number | undefined;
  readonly shortestLeadSeconds?: number | undefined;
  readonly meanErrorSeconds?: number | undefined;
}

/** Of the threshold of one level. */
export interface ForecastLevelSummary extends CrossingSummary {
  readonly level: ThresholdLevel;
}

/** What the forecasts of a policy are worth, all levels together. */
export interface ForecastSummary extends CrossingSummary {
  /** Share of points inside their 80 % interval. */
  readonly coverage?: number | undefined;
  /** Levels of which anything was judged, mildest first; missing where there is none. */
  readonly levels?: readonly ForecastLevelSummary[] | undefined;
}

/** GET policies/{name}/forecast-score */
export interface ForecastScoreAnswer extends ForecastSummary {
  readonly policy: string;
  readonly hits: number;
  readonly early: number;
  readonly late: number;
  readonly false: number;
  readonly missed: number;
  /** Arrival clock of the newest thing in it; missing while there is none. */
  readonly updatedAt?: string;
  /** Why scenarios open no work orders yet; missing: they do, or the policy asks for nothing. */
  readonly heldBack?: string | undefined;
}
