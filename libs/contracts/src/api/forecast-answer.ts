/** What the forecasts of a policy are worth. Rates are missing where there is nothing to divide by. */
export interface ForecastSummary {
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
  /** Share of points inside their 80 % interval. */
  readonly coverage?: number | undefined;
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
