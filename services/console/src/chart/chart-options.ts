import type uPlot from 'uplot';
import type { Language } from '../language/words.js';
import { formatNumber, scaleFor } from '../metric/format-value.js';
import { formatTick } from '../time/format-time.js';
import { axisRange, lonePlaces, type ChartSeries } from './chart-data.js';
import { drawAbove, drawBehind, type ChartLayers } from './chart-layers.js';
import { lineStyle, tokenColour } from './chart-palette.js';

/** Room of the value axis; rows beneath a chart are aligned to it. */
export const axisWidth = 62;
export const rightRoom = 10;
const halfLabelWidth = 26;

/** What may change while a chart lives; it reads them anew each time it draws. */
export interface ChartNow extends ChartLayers {
  readonly series: readonly ChartSeries[];
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly language: Language;
  /** Its colours are read while it draws. */
  readonly scheme: 'light' | 'dark';
  /** The line that stands out; the others step back. */
  readonly focus?: string | undefined;
}

export interface ChartHandlers {
  readonly onZoom?: ((fromMs: number, toMs: number) => void) | undefined;
  readonly onCursor?: ((index: number | null) => void) | undefined;
}

const binarySteps = Array.from({ length: 52 }, (_, power) => 2 ** (power - 2));

export function chartOptions(now: () => ChartNow, handlers: () => ChartHandlers, size: { readonly width: number; readonly height: number }, syncKey: string | undefined): uPlot.Options {
  const { series, unit } = now();
  return {
    ...size,
    ms: 1,
    padding: [10, rightRoom, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 7, width: 2, stroke: (_u, index) => tokenColour(lineStyle(index - 1).colour), fill: () => tokenColour('--surface') },
      drag: { x: handlers().onZoom !== undefined, y: false, setScale: false, dist: 6 },
      ...(syncKey === undefined ? {} : { sync: { key: syncKey, setSeries: false } }),
    },
    scales: {
      x: { time: true, range: () => [now().fromMs, now().toMs] },
      y: { range: () => axisRange(now().series, unit, (now().thresholds ?? []).map((one) => one.value)) },
    },
    axes: [timeAxis(now), valueAxis(now)],
    series: [{}, ...series.map((one, index) => line(now, one, index, series.length))],
    hooks: {
      drawClear: [(u) => drawBehind(u, now())],
      draw: [(u) => drawAbove(u, now())],
      setCursor: [(u) => handlers().onCursor?.(u.cursor.idx ?? null)],
      setSelect: [(u) => zoom(u, handlers())],
    },
  };
}

function line(now: () => ChartNow, one: ChartSeries, index: number, count: number): uPlot.Series {
  const { colour, dash } = lineStyle(index);
  const stands = (): boolean => now().focus === undefined || now().focus === one.key;
  return {
    label: one.name,
    width: 1.75,
    ...(dash ? { dash: [...dash] } : {}),
    stroke: () => (stands() ? tokenColour(colour) : tokenColour('--line-strong')),
    ...(count === 1 ? { fill: () => `${tokenColour(colour)}17` } : {}),
    points: { show: false, filter: (u, seriesIndex) => lonePlaces(u.data[seriesIndex] ?? []), size: 7, fill: () => tokenColour(colour) },
    spanGaps: false,
  };
}

function timeAxis(now: () => ChartNow): uPlot.Axis {
  return {
    stroke: () => tokenColour('--text-faint'),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    grid: { show: false },
    ticks: { stroke: () => tokenColour('--line'), size: 4 },
    size: 28,
    gap: 4,
    space: 72,
    values: (u, splits, _axis, _space, step) => splits.map((split) => (isCut(u, split, now()) ? '' : formatTick(split, step, now().language))),
  };
}

/** A label stands in the middle of its time: at the right end the chart has no room for its other half. */
function isCut({ width }: uPlot, atMs: number, { fromMs, toMs }: ChartNow): boolean {
  return ((toMs - atMs) / (toMs - fromMs)) * (width - axisWidth - rightRoom) + rightRoom < halfLabelWidth;
}

function valueAxis(now: () => ChartNow): uPlot.Axis {
  const { unit } = now();
  return {
    stroke: () => tokenColour('--text-faint'),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: () => tokenColour('--line'), width: 1 },
    ticks: { show: false },
    size: axisWidth,
    gap: 6,
    space: 34,
    ...(unit === 'bytes' || unit === 'bytes_per_second' ? { incrs: binarySteps } : unit === 'bool' ? { incrs: [1] } : {}),
    values(u, splits) {
      const { factor, suffix } = scaleFor(unit, u.scales['y']?.max ?? 1, now().language);
      const joint = suffix === '%' || suffix === '/s' ? '' : suffix === '' ? '' : ' ';
      return splits.map((split) => `${formatNumber(split / factor)}${joint}${suffix}`);
    },
  };
}

function zoom(u: uPlot, { onZoom }: ChartHandlers): void {
  const { left, width } = u.select;
  if (width < 6 || !onZoom) return;
  onZoom(u.posToVal(left, 'x'), u.posToVal(left + width, 'x'));
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}
