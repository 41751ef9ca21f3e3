import type uPlot from 'uplot';
import type { Level } from '../api/records.js';
import { tokenColour } from './chart-palette.js';

/** A horizontal line: where a level begins. */
export interface ChartThreshold {
  readonly level: Level | 'recover';
  readonly value: number;
  readonly label: string;
}

/** A stretch of time behind the lines. */
export interface ChartBand {
  readonly kind: 'pending' | 'open' | 'run';
  readonly level?: Level;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A judged window, drawn along the time axis. */
export interface ChartWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly ok: boolean;
}

/** A moment: a dashed line, explained below the chart. */
export interface ChartMark {
  readonly atMs: number;
  readonly kind: 'opened' | 'changed' | 'resolved' | 'notice' | 'work-order' | 'run' | 'verified' | 'acknowledged';
  readonly label: string;
}

/** What was foretold, behind the lines: the edges of an interval, and the middle where there is one. Times ascend. */
export interface ChartForecast {
  readonly points: readonly { readonly atMs: number; readonly low: number; readonly high: number; readonly value?: number }[];
}

export interface ChartLayers {
  readonly forecasts?: readonly ChartForecast[];
  readonly thresholds?: readonly ChartThreshold[];
  readonly bands?: readonly ChartBand[];
  readonly windows?: readonly ChartWindow[];
  readonly marks?: readonly ChartMark[];
}

const bandColours = { pending: '--sunken', run: '--good-soft' } as const;

/** Drawn before the lines. */
export function drawBehind(u: uPlot, { bands = [], windows = [], forecasts = [] }: ChartLayers): void {
  const { ctx, bbox } = u;
  ctx.save();
  clip(u);
  for (const band of bands) {
    const [left, right] = [u.valToPos(band.fromMs, 'x', true), u.valToPos(band.toMs, 'x', true)];
    ctx.fillStyle = tokenColour(band.kind === 'open' ? softOf(band.level) : bandColours[band.kind]);
    ctx.fillRect(left, bbox.top, Math.max(right - left, 1), bbox.height);
  }
  for (const forecast of forecasts) drawForecast(u, forecast);
  const size = 6 * devicePixelRatio;
  for (const window of windows) {
    const [left, right] = [u.valToPos(window.startMs, 'x', true), u.valToPos(window.endMs, 'x', true)];
    const top = bbox.top + bbox.height - size;
    ctx.fillStyle = tokenColour(window.ok ? '--good-fill' : '--text-faint');
    if (window.ok) ctx.fillRect(left + 1, top, Math.max(right - left - 2, 2), size);
    else ctx.fillRect(left + 1, top + size * 0.7, Math.max(right - left - 2, 2), size * 0.3);
  }
  ctx.restore();
}

function drawForecast(u: uPlot, { points }: ChartForecast): void {
  if (points.length === 0) return;
  const { ctx } = u;
  const x = (atMs: number): number => u.valToPos(atMs, 'x', true);
  const y = (value: number): number => u.valToPos(value, 'y', true);
  ctx.save();
  ctx.beginPath();
  for (const { atMs, high } of points) ctx.lineTo(x(atMs), y(high));
  for (const { atMs, low } of points.toReversed()) ctx.lineTo(x(atMs), y(low));
  ctx.closePath();
  ctx.globalAlpha = 0.16;
  ctx.fillStyle = tokenColour('--series-1');
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.beginPath();
  for (const { atMs, value } of points) if (value !== undefined) ctx.lineTo(x(atMs), y(value));
  ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.strokeStyle = tokenColour('--series-1');
  ctx.stroke();
  ctx.restore();
}

/** Drawn over the lines. */
export function drawAbove(u: uPlot, { thresholds = [], marks = [] }: ChartLayers): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  clip(u);
  ctx.lineWidth = ratio;
  for (const mark of marks) {
    const x = Math.round(u.valToPos(mark.atMs, 'x', true)) + 0.5;
    ctx.strokeStyle = tokenColour('--text-faint');
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    line(ctx, x, bbox.top, x, bbox.top + bbox.height);
  }
  for (const threshold of thresholds) drawThreshold(u, threshold);
  drawLabels(u, thresholds);
  ctx.restore();
}

function colourOf({ level }: ChartThreshold): string {
  return tokenColour(level === 'recover' || level === 'down' ? '--text-faint' : `--${level}`);
}

function drawThreshold(u: uPlot, threshold: ChartThreshold): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  const y = Math.round(u.valToPos(threshold.value, 'y', true)) + 0.5;
  ctx.strokeStyle = colourOf(threshold);
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash(threshold.level === 'recover' ? [2 * ratio, 3 * ratio] : [7 * ratio, 3 * ratio]);
  line(ctx, bbox.left, y, bbox.left + bbox.width, y);
}

/** Labels rest on their lines at the right end; at the top they hang, and where two would meet, one gives way to the left. */
function drawLabels(u: uPlot, thresholds: readonly ChartThreshold[]): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.font = `${11 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'alphabetic';
  const placed: { readonly y: number; readonly left: number }[] = [];
  for (const threshold of thresholds) {
    const lineY = u.valToPos(threshold.value, 'y', true);
    const y = lineY - bbox.top < 17 * ratio ? lineY + 14 * ratio : lineY - 5 * ratio;
    const near = placed.filter((one) => Math.abs(one.y - y) < 15 * ratio);
    const right = Math.min(bbox.left + bbox.width - 4 * ratio, ...near.map((one) => one.left - 12 * ratio));
    writeLabel(ctx, threshold.label, colourOf(threshold), right, y);
    placed.push({ y, left: right - ctx.measureText(threshold.label).width });
  }
}

/** A halo of the ground keeps the words readable above lines. */
function writeLabel(ctx: CanvasRenderingContext2D, text: string, colour: string, x: number, y: number): void {
  ctx.setLineDash([]);
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = tokenColour('--surface');
  ctx.strokeText(text, x, y);
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
}

function softOf(level: Level | undefined): string {
  return level === undefined || level === 'down' ? '--sunken' : `--${level}-soft`;
}

function clip({ ctx, bbox }: uPlot): void {
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
}

function line(ctx: CanvasRenderingContext2D, fromX: number, fromY: number, toX: number, toY: number): void {
  ctx.beginPath();
  ctx.moveTo(fromX, fromY);
  ctx.lineTo(toX, toY);
  ctx.stroke();
}
