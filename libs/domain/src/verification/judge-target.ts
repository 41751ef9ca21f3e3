/** Whether a repair is proven: by windows that began after the run ended, judged as the policy itself judges. */
import { formatDuration, type Labels, type Verification } from '@opsloop/contracts';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import type { BaseSeries } from './fold-windows.js';
import { isJudgedByHistory, judgedWindows, lastBefore, windowsBefore, type JudgedWindow } from './judged-windows.js';

export type TargetVerification = Verification['targets'][number];

export interface TargetMeasurements {
  readonly policy: CompiledPolicy;
  readonly baseMs: number;
  /** The series of the policy's metric on this target, from `measuredFromMs` on. */
  readonly series: readonly BaseSeries[];
  /** Only these labels count: those of the alarm. Undefined: every series that the policy watches. */
  readonly labels?: Labels | undefined;
  /** End of the run. */
  readonly sinceMs: number;
  /** Start of the first run of an order that an alarm opened; undefined for other orders: nothing was broken there. */
  readonly brokenUntilMs?: number | undefined;
  /** Start of the first window that the alarm found bad, where it is this policy's: an alarm may open, and a run begin, before that window has ended. */
  readonly brokenSinceMs?: number | undefined;
  /** Wall clock, ms since the epoch. */
  readonly nowMs: number;
  /** A window is stored so long after its end at most, ms. */
  readonly storedWithinMs: number;
  /** Windows that are kept to be read, the newest. */
  readonly mostEvidence: number;
}

/** Why no policy of this kind judges a target; undefined: it does. */
export function whyNotJudged({ name, condition }: Pick<CompiledPolicy, 'name' | 'condition'>): string | undefined {
  return condition?.group && `${name} ${notOfOneTarget}`;
}

export const notOfOneTarget = 'counts resources, so its windows say nothing of one target: name in verify.policy a policy of another kind, for example a threshold on the metric itself';

/** How far before `measuredFromMs` windows are needed to judge those behind it, ms. */
export function judgingHistoryMs(policy: CompiledPolicy): number {
  return isJudgedByHistory(policy) ? policy.condition!.historyMs : 0;
}

/** Until then windows may prove the repair: a good target must be able to, however short `within` is beside the policy's window. */
export function deadlineOf({ holdsMs, deadlineMs }: TargetVerification, { policy, sinceMs }: Pick<TargetMeasurements, 'policy' | 'sinceMs'>): number {
  return Math.max(deadlineMs, sinceMs + (policy.condition?.settleMs ?? 0) + 2 * policy.windowMs + holdsMs);
}

/** Start of the first window that a judgement may need, but for `judgingHistoryMs`. */
export function measuredFromMs(policy: CompiledPolicy, sinceMs: number, brokenUntilMs: number | undefined): number {
  return Math.min(sinceMs, brokenUntilMs ?? sinceMs) - (windowsBefore + 1) * policy.windowMs;
}

/**
 * Judges one target anew from all its windows so far. `verified`: good windows in a row add up to `holds`, all of them begun
 * after the run ended, and ended by the deadline, however late it is looked at; a gap adds nothing, a bad window begins the count again. `self-healed`: verified too, but the last
 * window before the first run was good again already, so the repair is not ours. Once all that ended by the deadline is stored: `not-verified`, and
 * `no-fresh-data` where no window began after the run. A policy that judges by history and does not find in it what the alarm
 * was opened for proves nothing: too little is stored.
 */
export function judgeTarget(given: TargetVerification, measured: TargetMeasurements): TargetVerification {
  if (given.outcome !== 'waiting') return given;
  const { policy, sinceMs, nowMs, storedWithinMs } = measured;
  const entry = { ...given, deadlineMs: deadlineOf(given, measured) };
  const windows = judgedWindows({ ...measured, storedToMs: nowMs - storedWithinMs });
  const fresh = windows.filter((one) => one.startMs >= sinceMs && one.endMs <= entry.deadlineMs);
  const isBlind = findsNothing(windows, measured);
  const proof = isBlind ? undefined : proven(fresh, entry.holdsMs);
  if (proof) return settle(entry, measured, windows, proof);
  const evidence = toEvidence(fresh, measured);
  // Windows come in order: behind one that began after the deadline none that counts is missing.
  const isAllStored = nowMs >= entry.deadlineMs + storedWithinMs || windows.some((one) => one.startMs >= entry.deadlineMs);
  if (!isAllStored) return { ...entry, evidence, reason: fresh.length === 0 ? 'waiting for measurements that began after the run' : `measured ${fresh.length} windows since the run; waiting until ${policy.name} is good for ${formatDuration(entry.holdsMs)}` };
  if (fresh.length === 0) return { ...entry, outcome: 'no-fresh-data', evidence, atMs: nowMs, reason: `no window of ${policy.metric} began after the run within ${within(entry, sinceMs)}${isJudgedByHistory(policy) ? ', or too little was measured before to judge it' : ''}` };
  if (isBlind) return { ...entry, outcome: 'not-verified', evidence, atMs: nowMs, reason: `${policy.name} does not find in what is stored what the alarm was opened for, so it proves nothing: name a threshold policy in verify.policy` };
  return { ...entry, outcome: 'not-verified', evidence, atMs: nowMs, reason: `${policy.name} was not good for ${formatDuration(entry.holdsMs)} within ${within(entry, sinceMs)}` };
}

function findsNothing(windows: readonly JudgedWindow[], { policy, brokenSinceMs, brokenUntilMs }: TargetMeasurements): boolean {
  if (!isJudgedByHistory(policy) || brokenSinceMs === undefined || brokenUntilMs === undefined) return false;
  const broken = windows.filter((one) => one.startMs >= brokenSinceMs && one.startMs < brokenUntilMs);
  return broken.every((one) => one.ok) && (windows[0]?.startMs ?? Infinity) <= brokenSinceMs;
}

function settle(entry: TargetVerification, measured: TargetMeasurements, windows: readonly JudgedWindow[], proof: readonly JudgedWindow[]): TargetVerification {
  const { brokenUntilMs, brokenSinceMs = -Infinity, policy, nowMs } = measured;
  const before = brokenUntilMs === undefined ? undefined : lastBefore(windows, brokenUntilMs, policy.windowMs);
  if (before?.ok && before.startMs >= brokenSinceMs) return { ...entry, outcome: 'self-healed', evidence: toEvidence([before, ...proof], measured), atMs: nowMs, reason: `${policy.name} was good before the run began, and stayed so` };
  return { ...entry, outcome: 'verified', evidence: toEvidence(proof, measured), atMs: nowMs, reason: `${policy.name} was good for ${formatDuration(entry.holdsMs)} in windows that began after the run` };
}

function within(entry: TargetVerification, sinceMs: number): string {
  return formatDuration(entry.deadlineMs - sinceMs);
}

function toEvidence(windows: readonly JudgedWindow[], { mostEvidence }: TargetMeasurements): TargetVerification['evidence'] {
  return windows.slice(-mostEvidence).map(({ startMs, endMs, value, ok }) => ({ startMs, endMs, value, ok }));
}

/** Windows up to the one that proves it; undefined while nothing does. */
function proven(fresh: readonly JudgedWindow[], holdsMs: number): readonly JudgedWindow[] | undefined {
  let heldMs = 0;
  for (const [index, window] of fresh.entries()) {
    heldMs = window.ok ? heldMs + (window.endMs - window.startMs) : 0;
    if (window.ok && heldMs >= holdsMs) return fresh.slice(0, index + 1);
  }
  return undefined;
}
