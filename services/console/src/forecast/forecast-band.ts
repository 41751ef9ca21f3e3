import type { AlarmAnswer, BacktestItem } from '@opsloop/contracts';
import type { ChartForecast } from '../chart/chart-layers.js';

/** What was foreseen when the alarm opened or changed its level; none for other kinds of policies. */
export function foreseen({ forecast }: Pick<AlarmAnswer, 'forecast'>): readonly ChartForecast[] {
  return forecast ? [{ points: forecast.points.map(([atMs, value, low, high]) => ({ atMs, value, low, high })) }] : [];
}

/** For each series of a backtest: what had been foretold for each time. */
export function foretold(drawn: NonNullable<BacktestItem['drawn']>): readonly ChartForecast[] {
  return drawn.flatMap(({ foretold: points }) => (points ? [{ points: points.map(([atMs, low, high]) => ({ atMs, low, high })) }] : []));
}

/** The last time that is foretold; -Infinity for none. */
export function forecastEndMs(forecasts: readonly ChartForecast[]): number {
  return Math.max(...forecasts.map(({ points }) => points.at(-1)?.atMs ?? -Infinity));
}
