import type { Labels } from '@opsloop/contracts';
import type { JointCondition } from '../condition/condition.js';
import { createMemorySlots, type MemorySlots } from '../condition/memory-slots.js';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import { holds } from '../policy/compiled-threshold.js';
import { jointLabels, labelsKey } from '../policy/labels-key.js';
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
  /** Everything that ends by then is stored, ms since the epoch. */
  readonly storedToMs: number;
  /** Only these labels count; undefined: every series that the policy watches. */
  readonly labels?: Labels | undefined;
}

/** Whether a window is judged by those before it: then as many of them are read as the trigger reads of a series that begins. */
export function isJudgedByHistory({ condition }: Pick<CompiledPolicy, 'condition'>): boolean {
  return condition?.series !== undefined && !condition.silences;
}

/** How many policy windows before a run tell whether something was broken then. */
export const windowsBefore = 5;

/** Policy windows of one resource, ascending: a window is good when it is good in each series that measured it, and shows the worst. */
export function judgedWindows(measured: MeasuredSeries): JudgedWindow[] {
  const { policy, series, labels, baseMs, storedToMs } = measured;
  if (policy.condition?.joint) return judgedTogether(measured, policy.condition.joint);
  const byStart = new Map<number, JudgedWindow>();
  const slots = createMemorySlots();
  for (const one of series) {
    if (labels ? !sameLabels(labels, one.labels) : matchLabels(policy, one.labels) === undefined) continue;
    const windows = foldWindows(one, { windowMs: policy.windowMs, baseMs, aggregate: policy.aggregate, storedToMs });
    for (const judged of isJudgedByHistory(policy) ? judgedInTurn(policy, windows, slots) : windows.map((window) => ({ ...window, ok: isGoodValue(policy, window.value) }))) {
      if (byStart.get(judged.startMs)?.ok !== false) byStart.set(judged.startMs, judged);
    }
  }
  return [...byStart.values()].toSorted((a, b) => a.startMs - b.startMs);
}

/** By the step of the condition itself, as the trigger judged when the alarm opened. A window of which nothing can be said is no evidence. */
function judgedInTurn(policy: CompiledPolicy, windows: readonly FoldedWindow[], slots: MemorySlots): JudgedWindow[] {
  const condition = policy.condition!.series!;
  const memory = condition.create(slots);
  const judged = windows.flatMap((window) => {
    const verdict = condition.step(memory, window, slots);
    return verdict ? [{ ...window, value: verdict.value, ok: verdict.judged?.isRecovered ?? isGoodValue(policy, verdict.value) }] : [];
  });
  condition.release?.(memory, slots);
  return judged;
}

/** Of a policy that judges several series as one: what it reads at the same time, by the labels that its alarms have. */
function judgedTogether({ policy, series, labels, baseMs, storedToMs }: MeasuredSeries, joint: JointCondition): JudgedWindow[] {
  const byAlarm = new Map<string, Map<number, { readonly window: FoldedWindow; readonly values: number[][] }>>();
  for (const one of series) {
    const own = jointLabels(one.labels, joint.byLabels);
    if (labels && !sameLabels(labels, own)) continue;
    const key = labelsKey(own);
    const windows = byAlarm.get(key) ?? new Map<number, { window: FoldedWindow; values: number[][] }>();
    byAlarm.set(key, windows);
    for (const input of policy.inputs) {
      if (input.metric !== one.metric || matchLabels(policy, one.labels, input) === undefined) continue;
      for (const window of foldWindows(one, { windowMs: policy.windowMs, baseMs, aggregate: input.aggregate, storedToMs })) {
        const entry = windows.get(window.startMs) ?? { window, values: policy.inputs.map(() => []) };
        windows.set(window.startMs, entry);
        entry.values[input.input]!.push(window.value);
      }
    }
  }
  const byStart = new Map<number, JudgedWindow>();
  for (const { window, values } of [...byAlarm.values()].flatMap((windows) => [...windows.values()])) {
    const verdict = joint.judge(values);
    if (!verdict) continue;
    const judged = { ...window, value: verdict.value, ok: verdict.judged ? verdict.judged.isRecovered : isGoodValue(policy, verdict.value) };
    if (byStart.get(window.startMs)?.ok !== false) byStart.set(window.startMs, judged);
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
