/** Which attempts of a run begin now: jobs in order, canary and batches, retries when they are due, cancel, failures that stop the rest. */
import { parseDurationMs, type Run, type StepResult, type TargetResult } from '@opsloop/contracts';
import { isFailing, isGood } from './run-result.js';
import { shareCount } from './share-count.js';

/** One attempt of one step on one target. */
export interface AttemptRef {
  readonly target: string;
  readonly job: number;
  readonly step: string;
  readonly kind: 'step' | 'rollback';
  readonly attempt: number;
}

export interface Schedule {
  /** Marked running in the run; to be executed once the run is stored. */
  readonly begun: readonly AttemptRef[];
  /** When a retry is due that nothing else will wake. */
  readonly nextDueAtMs: number | undefined;
}

interface Progress {
  readonly atMs: number;
  slots: number;
  readonly begun: AttemptRef[];
  nextDueAtMs: number | undefined;
}

/** Changes `run` in place: it belongs to the caller, `stepRun`. At most `maxParallel` attempts run at a time; 0 begins nothing more. */
export function scheduleRun(run: Run, atMs: number, maxParallel: number): Schedule {
  const running = run.results.flatMap((result) => result.steps).filter((step) => step.state === 'running').length;
  const progress: Progress = { atMs, slots: maxParallel - running, begun: [], nextDueAtMs: undefined };
  if (run.cancelledAtMs !== undefined) cancelWaiting(run);
  let stoppedBy: string | undefined;
  for (const job of run.jobs) {
    const results = run.results.filter((one) => one.job === job.order);
    skipBlocked(run, results, job.order, stoppedBy);
    stoppedBy = scheduleJob(run, job, results, progress) ?? stoppedBy;
    if (results.some((one) => !isOver(one))) break;
  }
  return { begun: progress.begun, nextDueAtMs: progress.nextDueAtMs };
}

/** True when nothing more will happen to this target in this job. */
export function isOver(result: TargetResult): boolean {
  return result.state !== 'waiting' && result.state !== 'running';
}

/** The state of a target whose steps are all over: the first thing that went wrong, else whether anything changed. */
export function stateOfSteps(steps: readonly StepResult[]): TargetResult['state'] {
  if (steps.some((one) => one.state === 'unknown')) return 'unknown';
  const failed = steps.find((one) => one.kind === 'step' && isFailing(one.state));
  if (failed) return failed.state;
  if (steps.some((one) => one.state === 'cancelled')) return 'cancelled';
  return steps.some((one) => one.state === 'changed') ? 'changed' : 'ok';
}

function cancelWaiting(run: Run): void {
  for (const result of run.results.filter((one) => !isOver(one))) {
    for (const step of result.steps) if (step.state === 'waiting') step.state = 'cancelled';
    if (!result.steps.some((one) => one.state === 'running')) result.state = stateOfSteps(result.steps);
  }
}

/** A target that failed in an earlier job takes no part in later ones; a job that was stopped stops all later ones. */
function skipBlocked(run: Run, results: readonly TargetResult[], job: number, stoppedBy: string | undefined): void {
  for (const result of results.filter((one) => one.state === 'waiting')) {
    const earlier = run.results.find((one) => one.target === result.target && one.job < job && !isGood(one.state));
    if (stoppedBy !== undefined) skip(result, stoppedBy);
    else if (earlier) skip(result, `job ${earlier.job} is ${earlier.state} on it`);
  }
}

function skip(result: TargetResult, reason: string): void {
  result.state = 'skipped';
  result.reason = reason;
  for (const step of result.steps) step.state = 'skipped';
}

/** Answers why the rest is stopped, when it is. */
function scheduleJob(run: Run, job: Run['jobs'][number], results: readonly TargetResult[], progress: Progress): string | undefined {
  const { strategy } = job.playbook.spec;
  const eligible = results.filter((one) => run.results.every((other) => other.target !== one.target || other.job >= job.order || isGood(other.state)));
  const canary = strategy.canary === undefined || shareIsNothing(strategy.canary) ? 0 : Math.max(1, shareCount(strategy.canary, eligible.length, 0));
  const stop = stopReason(eligible, canary, shareCount(strategy.maxFail, eligible.length, 0));
  if (stop !== undefined) for (const result of results.filter((one) => one.state === 'waiting')) skip(result, stop);
  const size = Math.max(1, shareCount(strategy.batch, eligible.length, eligible.length));
  const group = groupsOf(eligible, canary, size).find((one) => one.some((result) => !isOver(result))) ?? [];
  for (const result of group) if (!isOver(result)) beginNext(job, result, progress);
  return stop === undefined ? undefined : `stopped in job ${job.order}: ${stop}`;
}

function shareIsNothing(share: number | string): boolean {
  return share === 0 || share === '0%';
}

function stopReason(eligible: readonly TargetResult[], canary: number, borne: number): string | undefined {
  const failed = eligible.filter((one) => isFailing(one.state));
  if (eligible.slice(0, canary).some((one) => isFailing(one.state))) return 'the canary failed';
  if (failed.length > borne) return `${failed.length} of ${eligible.length} targets failed, and ${borne} are borne`;
  return undefined;
}

function groupsOf(eligible: readonly TargetResult[], canary: number, size: number): readonly (readonly TargetResult[])[] {
  const groups: (readonly TargetResult[])[] = canary > 0 ? [eligible.slice(0, canary)] : [];
  for (let start = canary; start < eligible.length; start += size) groups.push(eligible.slice(start, start + size));
  return groups;
}

function beginNext(job: Run['jobs'][number], result: TargetResult, progress: Progress): void {
  if (result.steps.some((one) => one.state === 'running')) return;
  const step = result.steps.find((one) => one.state === 'waiting');
  if (!step) return;
  const dueAtMs = dueAt(job, step);
  if (dueAtMs > progress.atMs) {
    progress.nextDueAtMs = Math.min(progress.nextDueAtMs ?? Infinity, dueAtMs);
    return;
  }
  if (progress.slots <= 0) return;
  progress.slots -= 1;
  const attempt = step.attempts.length + 1;
  step.attempts.push({ attempt, state: 'running', startedAtMs: progress.atMs, output: '' });
  step.state = 'running';
  result.state = 'running';
  progress.begun.push({ target: result.target, job: result.job, step: step.step, kind: step.kind, attempt });
}

/** A retry waits for its delay; what an executor lost is done again at once. */
function dueAt(job: Run['jobs'][number], step: StepResult): number {
  const last = step.attempts.at(-1);
  if (!last || last.state === 'unknown') return 0;
  const delay = job.playbook.spec.steps.find((one) => one.id === step.step)?.retry?.delay ?? '0s';
  return (last.endedAtMs ?? 0) + (parseDurationMs(delay) ?? 0);
}
