import type { Labels } from '@opsloop/contracts';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import { holds } from '../policy/compiled-threshold.js';
import { matchLabels } from '../policy/match-target.js';
import { foldWindows, type BaseSeries, type FoldedWindow } from './fold-windows.js';

export interface JudgedWindow extends FoldedWindow {
  readonly ok: boolean;
}

export interface MeasuredSeries {
  readonly policy: CompiledPolicy;
  /** Width of the base windows, ms. */
  readonly baseMs: number;
  readonly series: readonly BaseSeries[];
  /** Only these labels count; undefined: every series that the policy watches. */
  readonly labels?: Labels | undefined;
}

/** How many policy windows before a run tell whether something was broken then. */
export const windowsBefore = 5;

/** Policy windows of one resource, ascending: a window is good when it is good in each series that measured it, and shows the worst. */
export function judgedWindows({ policy, series, labels, baseMs }: MeasuredSeries): JudgedWindow[] {
  const byStart = new Map<number, JudgedWindow>();
  for (const one of series) {
    if (labels ? !sameLabels(labels, one.labels) : matchLabels(policy, one.labels) === undefined) continue;
    for (const window of foldWindows(one, { windowMs: policy.windowMs, baseMs, aggregate: policy.aggregate })) {
      const judged = { ...window, ok: isGoodValue(policy, window.value) };
      if (byStart.get(window.startMs)?.ok !== false) byStart.set(window.startMs, judged);
    }
  }
  return [...byStart.values()].toSorted((a, b) => a.startMs - b.startMs);
}

/** The last window that ended by then, unless it is too old to tell. */
export function lastBefore(windows: readonly JudgedWindow[], atMs: number, windowMs: number): JudgedWindow | undefined {
  return windows.findLast((one) => one.endMs <= atMs && one.startMs >= atMs - (windowsBefore + 1) * windowMs);
}

/** What ends an open alarm of this policy: no level matches, and `recover` holds where there is one. Of silence, any window is the end. */
function isGoodValue(policy: CompiledPolicy, value: number): boolean {
  if (policy.condition?.silences) return true;
  return !policy.thresholds.some((one) => one.comparison && holds(one.comparison, value)) && (!policy.recover || holds(policy.recover.comparison, value));
}

function sameLabels(left: Labels, right: Labels): boolean {
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}
