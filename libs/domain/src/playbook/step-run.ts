/** The life of a run as a pure state machine: what happened goes in, the next run and what is to be executed come out. */
import type { Attempt, PlaybookStep, Run, StepResult, TargetResult } from '@opsloop/contracts';
import { announceRun } from './announce-run.js';
import { countStates, isFailing, resultOf, targetStatesOf } from './run-result.js';
import { isOver, scheduleRun, stateOfSteps, type AttemptRef } from './schedule-run.js';

/** How an attempt ended, as runners say it. */
export interface AttemptOutcome {
  readonly state: 'ok' | 'changed' | 'failed' | 'unreachable' | 'timed-out' | 'cancelled';
  readonly exitCode?: number;
  readonly reason?: string;
  readonly detail?: string;
}

/** Times: wall clock, ms since the epoch. */
export type RunInput =
  | { readonly type: 'begin'; readonly executor: string; readonly atMs: number }
  /** Another executor had it, and is gone: nobody knows how its running attempts ended. */
  | { readonly type: 'take-over'; readonly executor: string; readonly atMs: number }
  | { readonly type: 'attempt-ended'; readonly ref: AttemptRef; readonly outcome: AttemptOutcome; readonly output: string; readonly atMs: number }
  | { readonly type: 'cancel'; readonly atMs: number }
  /** A retry may be due. */
  | { readonly type: 'tick'; readonly atMs: number };

export interface RunStep {
  readonly run: Run;
  /** To be executed after the run has been stored: each is marked as begun in it. */
  readonly begun: readonly AttemptRef[];
  readonly nextDueAtMs: number | undefined;
  /** Every target is over; `endedAtMs` and `reason` of the run are set, its state is not yet: see `closeRun`. */
  readonly ended: boolean;
}

/** An idempotent step that ended its executor this often is not tried again. */
const mostLosses = 3;
const mostDetail = 500;

/**
 * Moves a run on. Rules: an attempt that fails is repeated as often as `retry` says; then the rest of the target is skipped
 * and rolled back: the failed step first, then the steps before it in reverse, as far as they declare a rollback, and one
 * failed rollback does not keep the others from running. After a take-over a running attempt is unknown; a step that is
 * idempotent runs again as a new attempt, any other makes its target unknown and nothing more is done there, no rollback
 * either. A cancelled run begins nothing more, rollbacks included. `failedWhen: "false"` lets a target go on whatever the
 * step's outcome was, and keeps the reason.
 */
export function stepRun(before: Run, input: RunInput, limits: { readonly maxParallel: number }): RunStep {
  let run = copyOf(before);
  const ended: AttemptRef[] = [];
  if (input.type === 'begin') {
    run = announceRun({ ...run, state: 'running', executor: input.executor, startedAtMs: input.atMs }, 'run.started', 'started', input.atMs, { state: 'running' });
  } else if (input.type === 'take-over') {
    run.executor = input.executor;
    ended.push(...loseAttempts(run, input.atMs));
  } else if (input.type === 'cancel') {
    run.cancelledAtMs ??= input.atMs;
  } else if (input.type === 'attempt-ended' && endAttempt(run, input)) {
    ended.push(input.ref);
  }
  const { begun, nextDueAtMs } = scheduleRun(run, input.atMs, limits.maxParallel);
  for (const ref of [...ended, ...begun]) run = announceAttempt(run, ref, input.atMs);
  const over = run.results.every(isOver);
  if (over && run.endedAtMs === undefined) {
    run.endedAtMs = input.atMs;
    run.reason = reasonOf(run);
  }
  return { run, begun, nextDueAtMs, ended: over };
}

/** The end of a run, stored after its work order knows the result: from here on the relay publishes what is left. */
export function closeRun(run: Run): Run {
  const state = resultOf(targetStatesOf(run).map((one) => one.state));
  return { ...announceRun({ ...run, state }, 'run.ended', 'ended', run.endedAtMs ?? run.createdAtMs, { state }), hasPendingEvents: true };
}

function copyOf(run: Run): Run {
  return { ...run, results: run.results.map((result) => ({ ...result, steps: result.steps.map((step) => ({ ...step, attempts: step.attempts.map((one) => ({ ...one })) })) })) };
}

function findAttempt(run: Run, ref: AttemptRef): { result: TargetResult; step: StepResult; attempt: Attempt } | undefined {
  const result = run.results.find((one) => one.job === ref.job && one.target === ref.target);
  const step = result?.steps.find((one) => one.step === ref.step && one.kind === ref.kind);
  const attempt = step?.attempts.find((one) => one.attempt === ref.attempt);
  return result && step && attempt ? { result, step, attempt } : undefined;
}

function stepOf(run: Run, ref: Pick<AttemptRef, 'job' | 'step'>): PlaybookStep | undefined {
  return run.jobs.find((one) => one.order === ref.job)?.playbook.spec.steps.find((one) => one.id === ref.step);
}

/** False: it had ended before. */
function endAttempt(run: Run, input: Extract<RunInput, { type: 'attempt-ended' }>): boolean {
  const found = findAttempt(run, input.ref);
  const definition = stepOf(run, input.ref);
  if (!found || !definition || found.attempt.state !== 'running') return false;
  const { result, step, attempt } = found;
  const { exitCode, reason, detail } = input.outcome;
  const borne = input.ref.kind === 'step' && definition.failedWhen === 'false' && isFailing(input.outcome.state);
  const state = borne ? 'ok' : input.outcome.state;
  Object.assign(attempt, { state, endedAtMs: input.atMs, output: input.output, ...(exitCode !== undefined && { exitCode }), ...(reason && { reason }), ...(detail && { detail: detail.slice(0, mostDetail) }) });
  const failures = step.attempts.filter((one) => isFailing(one.state) && one.state !== 'unknown').length;
  const again = step.kind === 'step' && isFailing(state) && failures <= (definition.retry?.attempts ?? 0) && run.cancelledAtMs === undefined;
  step.state = again ? 'waiting' : state;
  if (step.kind === 'step' && !again && isFailing(state)) giveUp(run, result, step);
  if (state === 'cancelled') settleRest(result, 'cancelled');
  closeResult(result);
  return true;
}

function settleRest(result: TargetResult, state: 'skipped' | 'cancelled'): void {
  for (const one of result.steps) if (one.state === 'waiting') one.state = state;
}

function closeResult(result: TargetResult): void {
  if (result.steps.every((one) => one.state !== 'waiting' && one.state !== 'running')) result.state = stateOfSteps(result.steps);
}

/** Skips the rest of the target, and plans what undoes the failed step and those before it. */
function giveUp(run: Run, result: TargetResult, failed: StepResult): void {
  settleRest(result, 'skipped');
  const done = result.steps.filter((one) => one.kind === 'step').slice(0, result.steps.indexOf(failed) + 1);
  for (const { step } of done.toReversed()) {
    if (stepOf(run, { job: result.job, step })?.rollback) result.steps.push({ step, kind: 'rollback', state: 'waiting', attempts: [] });
  }
}

function loseAttempts(run: Run, atMs: number): AttemptRef[] {
  const lost: AttemptRef[] = [];
  for (const result of run.results) {
    for (const step of result.steps.filter((one) => one.state === 'running')) {
      const attempt = step.attempts.at(-1)!;
      Object.assign(attempt, { state: 'unknown', endedAtMs: atMs, reason: 'executor-lost', detail: 'its executor went away while it ran: nobody saw how it ended' });
      lost.push({ target: result.target, job: result.job, step: step.step, kind: step.kind, attempt: attempt.attempt });
      const losses = step.attempts.filter((one) => one.state === 'unknown').length;
      const again = step.kind === 'step' && stepOf(run, { job: result.job, step: step.step })?.idempotent === true && losses <= mostLosses;
      step.state = again ? 'waiting' : 'unknown';
      if (!again) settleRest(result, 'skipped');
      closeResult(result);
    }
  }
  return lost;
}

function announceAttempt(run: Run, ref: AttemptRef, atMs: number): Run {
  const state = findAttempt(run, ref)?.attempt.state ?? 'unknown';
  const step = labelOf(ref);
  return announceRun(run, 'run.step-changed', [ref.target, ref.job, step, ref.attempt, state].join('/'), atMs, { target: ref.target, job: ref.job, step, attempt: ref.attempt, state });
}

/** How a step is called in logs and events: `restart`, and `restart:rollback` for what undoes it. */
export function labelOf(ref: Pick<AttemptRef, 'step' | 'kind'>): string {
  return ref.kind === 'rollback' ? `${ref.step}:rollback` : ref.step;
}

function reasonOf(run: Run): string {
  const counts = countStates(targetStatesOf(run).map((one) => one.state));
  const why = run.results.find((one) => one.reason !== undefined)?.reason;
  return why ? `${counts} (${why})` : counts;
}
