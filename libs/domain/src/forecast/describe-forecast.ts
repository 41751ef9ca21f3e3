import { formatDuration } from '@opsloop/contracts';
import type { Crossing } from './forecast-series.js';

export interface ForecastWords {
  /** What was measured, for example `AVG of disk.used_percent was 81.2`. */
  readonly measured: string;
  /** The threshold as it was written, for example `> 90`. */
  readonly threshold: string;
  readonly crossing: Crossing | undefined;
  readonly isBeyond: boolean;
  readonly nowMs: number;
  /** How far ahead was looked, ms. */
  readonly horizonMs: number;
  /** The models that made the forecast; undefined: there is none. */
  readonly model: string | undefined;
}

/** When a threshold is reached, from when to when, and by which models. */
export function describeForecast({ measured, threshold, crossing, isBeyond, nowMs, horizonMs, model }: ForecastWords): string {
  if (isBeyond) return measured;
  const horizon = formatDuration(horizonMs);
  if (model === undefined || !crossing) return `${measured}, and nothing says that it will be ${threshold} within ${horizon}`;
  const { crossesAtMs, earliestMs, latestMs, odds } = crossing;
  if (crossesAtMs === undefined || earliestMs === undefined) return `${measured}, and is not expected to be ${threshold} within ${horizon} (odds ${percent(odds)}; models: ${model})`;
  const from = timeOfDay(earliestMs, nowMs);
  const span = latestMs === undefined ? `80 % interval from ${from} to beyond ${horizon}` : `80 % interval ${from} to ${timeOfDay(latestMs, nowMs)}`;
  return `${measured}, and is expected to be ${threshold} in about ${aboutDuration(crossesAtMs - nowMs)}, at ${timeOfDay(crossesAtMs, nowMs)} UTC (${span}; models: ${model})`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** To a minute below a day, to an hour beyond. */
function aboutDuration(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours}h` : `${hours}h ${minutes % 60}m`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days}d` : `${days}d ${hours % 24}h`;
}

/** The day is named where it is another one. */
function timeOfDay(timeMs: number, nowMs: number): string {
  const text = new Date(timeMs).toISOString();
  return text.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10) ? text.slice(11, 16) : `${text.slice(0, 10)} ${text.slice(11, 16)}`;
}
