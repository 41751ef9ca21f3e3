/** Executes one attempt through its runner: arguments filled in, output logged, every fault turned into an outcome. */
import { parseDurationMs, type Run } from '@opsloop/contracts';
import { RenderError, labelOf, renderStep, shortHash, type AttemptOutcome, type AttemptRef } from '@opsloop/domain';
import type { Runner } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';
import { createStepLog } from './step-log.js';

export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  readonly output: string;
}

export interface AttemptSignals {
  /** The run was cancelled: the step is ended, and that is recorded. */
  readonly cancelled: AbortSignal;
  /** The lease is lost, or the time to stop is over: the step is ended, and nothing is recorded. */
  readonly halted: AbortSignal;
}

export async function runAttempt(context: ServiceContext, runners: Readonly<Record<string, Runner>>, run: Run, ref: AttemptRef, { cancelled, halted }: AttemptSignals): Promise<AttemptEnd> {
  const { logger, reach } = context;
  const log = createStepLog(context, run, ref, halted);
  const job = run.jobs.find((one) => one.order === ref.job);
  const step = job?.playbook.spec.steps.find((one) => one.id === ref.step);
  const target = run.targets.find((one) => one.id === ref.target);
  if (!job || !step || !target) return failed(`the run has no step ${ref.step} for ${ref.target}`);
  const runner = runners[step.uses];
  if (!runner) return failed(`this executor has no runner named ${step.uses}`);
  try {
    const { args, options } = renderStep(job.playbook.spec, step, ref.kind, job.inputs);
    const call = {
      idempotencyKey: shortHash(run.id, ref.job, ref.target, labelOf(ref), ref.attempt),
      target: { id: target.id, name: target.name, address: target.address },
      args,
      options,
      timeoutMs: parseDurationMs(step.timeout) ?? 60_000,
    };
    const outcome = await runner.run(call, (chunk) => log.write(chunk), AbortSignal.any([cancelled, halted]));
    reach('executor.after-step-run');
    await log.end();
    return { outcome, output: log.tail(run.outputBytes) };
  } catch (error) {
    await log.end();
    if (error instanceof RenderError) return failed(error.message);
    logger.error({ err: error, run: run.id, step: ref.step, target: ref.target }, 'a runner failed by itself');
    return { ...failed(`the runner failed: ${error instanceof Error ? error.message : String(error)}`), output: log.tail(run.outputBytes) };
  }
}

function failed(detail: string): AttemptEnd {
  return { outcome: { state: 'failed', reason: 'other', detail }, output: '' };
}
