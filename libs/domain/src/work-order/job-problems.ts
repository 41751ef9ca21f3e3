import type { InputValues, Playbook, Target } from '@opsloop/contracts';
import { completeInputs } from '../playbook/complete-inputs.js';
import { misfitOf } from '../playbook/misfit-of.js';
import { runSizeProblem, type PlannedJob } from '../playbook/plan-run.js';
import { renderStep, RenderError } from '../playbook/render-step.js';

/** A job as it was asked for, with the playbook that was found for it. */
export interface AskedJob {
  readonly order: number;
  readonly playbook: Playbook;
  readonly playbookVersion: number;
  readonly inputs: InputValues;
}

export interface OrderProblem {
  /** Field path in the request, for example jobs.0.inputs.service. */
  readonly at: string;
  readonly message: string;
}

export type CheckedJobs = { readonly jobs: readonly PlannedJob[] } | { readonly problems: readonly OrderProblem[] };

/** Everything that would keep these jobs from running on these targets, found before anything is stored; else the jobs with complete inputs. */
export function checkJobs(asked: readonly AskedJob[], targets: readonly Target[]): CheckedJobs {
  const problems: OrderProblem[] = [...targetProblems(targets)];
  const jobs: PlannedJob[] = [];
  for (const [index, job] of asked.entries()) {
    const completed = completeInputs(job.playbook.spec, job.inputs);
    if ('problems' in completed) {
      problems.push(...completed.problems.map((one) => ({ at: `jobs.${index}.inputs.${one.input}`, message: one.message })));
      continue;
    }
    const planned = { order: job.order, playbook: job.playbook, playbookVersion: job.playbookVersion, inputs: completed.values };
    const unrendered = renderProblem(planned);
    if (unrendered) problems.push({ at: `jobs.${index}.inputs`, message: unrendered });
    problems.push(...targets.flatMap((target, place) => fitProblems(planned, target).map((message) => ({ at: `targets.${place}`, message }))));
    jobs.push(planned);
  }
  const orders = asked.map((one) => one.order);
  if (new Set(orders).size < orders.length) problems.push({ at: 'jobs', message: 'two jobs have the same order' });
  const tooLarge = problems.length === 0 ? runSizeProblem(jobs, targets) : undefined;
  if (tooLarge) problems.push({ at: 'targets', message: tooLarge });
  return problems.length > 0 ? { problems } : { jobs: jobs.toSorted((a, b) => a.order - b.order) };
}

function targetProblems(targets: readonly Target[]): OrderProblem[] {
  const ids = targets.map((one) => one.id);
  return ids.flatMap((id, index) => (ids.indexOf(id) < index ? [{ at: `targets.${index}.id`, message: `${id} is a target twice` }] : []));
}

function renderProblem(job: PlannedJob): string | undefined {
  const { spec } = job.playbook;
  try {
    for (const step of spec.steps) {
      renderStep(spec, step, 'step', job.inputs);
      if (step.rollback) renderStep(spec, step, 'rollback', job.inputs);
    }
    return undefined;
  } catch (error) {
    if (error instanceof RenderError) return error.message;
    throw error;
  }
}

function fitProblems(job: PlannedJob, target: Target): string[] {
  const name = job.playbook.metadata.name;
  const misfit = misfitOf(job.playbook.spec, target);
  const problems = misfit ? [`playbook ${name} ${misfit}`] : [];
  if (job.playbook.spec.steps.some((one) => one.uses === 'http') && !isHttpUrl(target.address.url)) {
    problems.push(`${target.name} needs address.url, an http or https address, for the http steps of playbook ${name}`);
  }
  return problems;
}

function isHttpUrl(text: string | undefined): boolean {
  return text !== undefined && /^https?:\/\/[^\s/]+/i.test(text);
}
