import type { ChartSeries } from '../chart/chart-data.js';

const leastMs = 5 * 60_000;
const roomMs = 20_000;

/** Where a live chart begins: with what was measured first, so that a young installation fills it; five minutes at least. */
export function liveFrom(series: readonly ChartSeries[], fromMs: number, toMs: number): number {
  const firsts = series.flatMap((one) => one.points.find(([, value]) => value !== null)?.[0] ?? []);
  if (firsts.length === 0) return fromMs;
  return Math.max(fromMs, Math.min(Math.min(...firsts) - roomMs, toMs - leastMs));
}
