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
    problems.push(...jobProblems(job.playbook, job.inputs).map(({ input, message }) => ({ at: [`jobs.${index}.inputs`, ...(input === undefined ? [] : [input])].join('.'), message })));
    if ('problems' in completed) continue;
    const planned = { order: job.order, playbook: job.playbook, playbookVersion: job.playbookVersion, inputs: completed.values };
    problems.push(...targets.flatMap((target, place) => fitProblems(planned, target).map((message) => ({ at: `targets.${place}`, message }))));
    jobs.push(planned);
  }
  const orders = asked.map((one) => one.order);
  if (new Set(orders).size < orders.length) problems.push({ at: 'jobs', message: 'two jobs have the same order' });
  const tooLarge = problems.length === 0 ? runSizeProblem(jobs, targets) : undefined;
  if (tooLarge) problems.push({ at: 'targets', message: tooLarge });
  return problems.length > 0 ? { problems } : { jobs: jobs.toSorted((a, b) => a.order - b.order) };
}

/** Why a playbook cannot run with these inputs, whatever its target; `input`: the one that is to blame, if it is one alone. */
export function jobProblems(playbook: Playbook, inputs: InputValues): { readonly input?: string; readonly message: string }[] {
  const completed = completeInputs(playbook.spec, inputs);
  if ('problems' in completed) return [...completed.problems];
  const unrendered = renderProblem(playbook, completed.values);
  return unrendered === undefined ? [] : [{ message: unrendered }];
}

/** Why the http steps of a playbook, if it has any, would not know where to go. */
export function urlProblem(playbook: Playbook, target: string, address: Readonly<Record<string, string>>, field: string): string | undefined {
  if (!playbook.spec.steps.some((one) => one.uses === 'http') || isHttpUrl(address['url'])) return undefined;
  return `${target} needs ${field}, an http or https address, for the http steps of playbook ${playbook.metadata.name}`;
}

function targetProblems(targets: readonly Target[]): OrderProblem[] {
  const ids = targets.map((one) => one.id);
  return ids.flatMap((id, index) => (ids.indexOf(id) < index ? [{ at: `targets.${index}.id`, message: `${id} is a target twice` }] : []));
}

function renderProblem({ spec }: Playbook, inputs: InputValues): string | undefined {
  try {
    for (const step of spec.steps) {
      renderStep(spec, step, 'step', inputs);
      if (step.rollback) renderStep(spec, step, 'rollback', inputs);
    }
    return undefined;
  } catch (error) {
    if (error instanceof RenderError) return error.message;
    throw error;
  }
}

function fitProblems(job: PlannedJob, target: Target): string[] {
  const misfit = misfitOf(job.playbook.spec, target);
  const unaddressed = urlProblem(job.playbook, target.name, target.address, 'address.url');
  return [...(misfit ? [`playbook ${job.playbook.metadata.name} ${misfit}`] : []), ...(unaddressed === undefined ? [] : [unaddressed])];
}

function isHttpUrl(text: string | undefined): boolean {
  return text !== undefined && /^https?:\/\/[^\s/]+/i.test(text);
}
