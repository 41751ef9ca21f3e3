import { levels, type Definition, type InputValues, type Playbook } from '@opsloop/contracts';
import { jobProblems, urlProblem } from '../work-order/job-problems.js';
import type { FieldPath } from './read-documents.js';

interface WrittenJob {
  readonly playbook: string;
  readonly inputs: InputValues;
  readonly path: FieldPath;
  /** Address of the target, where the definition itself gives it. */
  readonly runner?: Readonly<Record<string, string>>;
}

/** Why work orders that a scenario or a schedule writes down could never run, however their time comes: what their playbooks do not take. */
export function orderProblems(definition: Definition, playbookOf: (name: string) => Playbook | undefined): { readonly path: FieldPath; readonly message: string }[] {
  return jobsOf(definition).flatMap(({ playbook: name, inputs, path, runner }) => {
    const playbook = playbookOf(name);
    if (!playbook) return [];
    const problems = jobProblems(playbook, inputs).map(({ input, message }) => ({ path: [...path, 'inputs', ...(input === undefined ? [] : [input])], message }));
    const unaddressed = runner && urlProblem(playbook, 'the step', runner, 'runner.url');
    return unaddressed === undefined ? problems : [...problems, { path: [...path, 'runner'], message: unaddressed }];
  });
}

function jobsOf(definition: Definition): WrittenJob[] {
  switch (definition.kind) {
    case 'Scenario':
      return levels.flatMap((level) =>
        (definition.spec.levels[level] ?? []).flatMap((step, index) =>
          step.do === 'work-order' ? [{ playbook: step.playbook, inputs: step.inputs ?? {}, path: ['spec', 'levels', level, index], runner: step.runner ?? {} }] : [],
        ),
      );
    case 'Schedule':
      return definition.spec.workOrder.jobs.map(({ playbook, inputs }, index) => ({ playbook, inputs, path: ['spec', 'workOrder', 'jobs', index] }));
    default:
      return [];
  }
}
