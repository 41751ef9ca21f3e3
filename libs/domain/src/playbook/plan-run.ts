import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { InputValues, Playbook, PlaybookSpec, Run, Target, TargetResult, WorkOrder } from '@opsloop/contracts';
import { isGood } from './run-result.js';

export interface PlannedJob {
  readonly order: number;
  readonly playbook: Playbook;
  readonly playbookVersion: number;
  /** Complete: see `completeInputs`. */
  readonly inputs: InputValues;
}

/** A document holds 1 MiB; the rest of it is for events and for repetitions after crashes. */
const mostBytes = 900_000;
const bytesPerAttempt = 280;
const mostOutputBytes = 16_384;

/** The id of the run that a ready order leads to: the same for every executor that starts it. */
export function runIdOf(order: Pick<WorkOrder, 'id' | 'runNumber'>): string {
  return `${order.id}-r${order.runNumber}`;
}

/** The newest run of each target that a retry takes, where it keeps what is done: `planRun` needs them. */
export function runsToKeep({ retry, targetStates }: WorkOrder): readonly string[] {
  if (!retry?.keepsDone) return [];
  return [...new Set(targetStates.filter((one) => retry.targets.includes(one.target)).map((one) => one.run))];
}

/**
 * Every job x target x step of a work order, waiting; playbooks are copied, so what runs is what was planned. A job that
 * succeeded on a target in `earlier`, the runs of `runsToKeep`, is done there: it may not bear to be run twice.
 */
export function planRun(order: WorkOrder, jobs: readonly PlannedJob[], atMs: number, earlier: readonly Run[] = []): Run {
  const targets = order.retry ? order.targets.filter(({ id }) => order.retry?.targets.includes(id)) : order.targets;
  const run: Run = {
    id: runIdOf(order),
    tenant: order.tenant,
    workOrder: order.id,
    number: order.runNumber,
    ...(order.retry && { retryOf: order.retry.of }),
    state: 'waiting',
    jobs: jobs.map((job) => ({ order: job.order, playbookVersion: job.playbookVersion, playbook: job.playbook, inputs: { ...job.inputs } })),
    targets: [...targets],
    results: jobs.flatMap((job) => targets.map(({ id }) => doneResult(order, earlier, id, job.order) ?? { target: id, job: job.order, state: 'waiting', steps: waitingSteps(job.playbook.spec) })),
    outputBytes: 0,
    createdAtMs: atMs,
    pendingEvents: [],
    hasPendingEvents: false,
  };
  return { ...run, outputBytes: outputRoom(run) };
}

function doneResult({ targetStates }: WorkOrder, earlier: readonly Run[], target: string, job: number): TargetResult | undefined {
  const newest = targetStates.find((one) => one.target === target)?.run;
  const run = earlier.find((one) => one.id === newest);
  const result = run?.results.find((one) => one.target === target && one.job === job);
  if (!run || !result || !isGood(result.state)) return undefined;
  return { target, job, state: result.state, doneIn: result.doneIn ?? run.id, steps: result.steps.map((step) => ({ ...step, attempts: [] })) };
}

/** Why a run of these jobs on these targets would not fit into its document; undefined when it does. */
export function runSizeProblem(jobs: readonly PlannedJob[], targets: readonly Target[]): string | undefined {
  const results = jobs.flatMap((job) => targets.map((target) => ({ target: target.id, job: job.order, state: 'waiting' as const, steps: waitingSteps(job.playbook.spec) })));
  const attempts = attemptSlots(jobs, targets.length);
  const size = sizeBytes({ jobs, targets, results }) + attempts * bytesPerAttempt;
  return size <= mostBytes ? undefined : `${targets.length} targets with up to ${attempts} attempts of steps are too many for one work order: split it`;
}

function waitingSteps(spec: PlaybookSpec): Run['results'][number]['steps'] {
  return spec.steps.map((step) => ({ step: step.id, kind: 'step', state: 'waiting', attempts: [] }));
}

function attemptSlots(jobs: readonly { readonly playbook: Playbook }[], targets: number): number {
  const perTarget = jobs.flatMap((job) => job.playbook.spec.steps).reduce((sum, step) => sum + 1 + (step.retry?.attempts ?? 0) + (step.rollback ? 1 : 0), 0);
  return perTarget * targets;
}

/** Escaping may double a text. */
function outputRoom(run: Run): number {
  const attempts = attemptSlots(run.jobs, run.targets.length);
  const left = mostBytes - sizeBytes(run) - attempts * bytesPerAttempt;
  return Math.max(0, Math.min(mostOutputBytes, Math.floor(left / 2 / attempts)));
}

function sizeBytes(value: object): number {
  return utf8ToBytes(JSON.stringify(value)).length;
}
