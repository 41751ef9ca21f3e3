import type { Attempt, AttemptState, DefinitionRecord, Playbook, ResourceRecord, Run, StepResult, Target, WorkOrder } from '@opsloop/contracts';
import { fakeId, tenant } from './fleet.js';

export function playbookNamed(definitions: readonly DefinitionRecord[], name: string): { readonly version: number; readonly playbook: Playbook } {
  const newest = definitions.find((one) => one.kind === 'Playbook' && one.name === name)!.versions.at(-1)!;
  return { version: newest.version, playbook: newest.definition as Playbook };
}

export function targetOf(resource: ResourceRecord): Target {
  return { id: resource.resourceId, name: resource.name, resource: resource.resourceId, address: {} };
}

export function buildOrder(seed: Pick<WorkOrder, 'title' | 'state' | 'targets' | 'jobs' | 'createdAtMs'> & Partial<WorkOrder>): WorkOrder {
  return {
    id: `${tenant}/${fakeId(`order${seed.title}${seed.createdAtMs}`)}`,
    tenant,
    type: 'incident',
    origin: 'person',
    content: '',
    ticket: { state: 'none' },
    approval: 'none',
    requester: 'kim',
    changedAtMs: seed.createdAtMs,
    cancelRequested: false,
    runs: [],
    runNumber: 0,
    targetStates: [],
    timeline: [],
    trace: {},
    pendingEvents: [],
    hasPendingEvents: false,
    ...seed,
  };
}

export function attempt(state: AttemptState, startedAtMs: number, lengthMs: number, more: Partial<Attempt> = {}): Attempt {
  return { attempt: 1, state, startedAtMs, ...(state !== 'running' && { endedAtMs: startedAtMs + lengthMs }), output: '', ...(state === 'ok' && { exitCode: 0 }), ...more };
}

function stepResult(step: string, attempts: readonly Attempt[], kind: StepResult['kind'] = 'step'): StepResult {
  return { step, kind, state: attempts.at(-1)?.state ?? 'waiting', attempts: [...attempts] };
}

/** A run of one playbook in which each target has got so far as its list of states says. */
export function buildRun(order: WorkOrder, { playbook, version }: { readonly playbook: Playbook; readonly version: number }, seed: { readonly startedAtMs: number; readonly state: Run['state']; readonly targets: readonly (readonly (readonly [AttemptState, number] | null)[])[]; readonly number?: number; readonly more?: Partial<Run> }): Run {
  const number = seed.number ?? 1;
  const id = `${order.id}-r${number}`;
  const results = order.targets.map((target, place) => {
    let atMs = seed.startedAtMs + place * 400;
    const steps = playbook.spec.steps.map((step, index): StepResult => {
      const entry = seed.targets[place]?.[index] ?? null;
      if (entry === null) return stepResult(step.id, []);
      const [state, lengthMs] = entry;
      const failed = state === 'failed' || state === 'timed-out';
      const made = state === 'skipped' || state === 'waiting' ? { attempt: 1, state, output: '' } : attempt(state, atMs, lengthMs, failed ? { exitCode: 1, reason: state === 'failed' ? 'non-zero-exit' : 'timed-out', detail: 'the command ended with exit code 1' } : {});
      atMs += lengthMs + 120;
      // Steps that may be tried again show what the first try said.
      return failed && step.retry ? stepResult(step.id, [{ ...made, attempt: 1 }, { ...made, attempt: 2, startedAtMs: atMs, endedAtMs: atMs + lengthMs }]) : stepResult(step.id, [made]);
    });
    const state = steps.findLast((step) => step.state !== 'waiting')?.state ?? 'waiting';
    return { target: target.id, job: 1, state: state === 'ok' && steps.some((step) => step.state === 'waiting') ? ('running' as const) : state, steps };
  });
  const ended = seed.state !== 'running' && seed.state !== 'waiting';
  const lastMs = Math.max(seed.startedAtMs, ...results.flatMap((one) => one.steps.flatMap((step) => step.attempts.flatMap((try_) => try_.endedAtMs ?? []))));
  return {
    id, tenant, workOrder: order.id, number, state: seed.state, executor: 'ops-01:4711',
    outputBytes: 0,
    jobs: [{ order: 1, playbookVersion: version, playbook, inputs: order.jobs[0]!.inputs }],
    targets: [...order.targets], results, createdAtMs: seed.startedAtMs - 300, startedAtMs: seed.startedAtMs, ...(ended && { endedAtMs: lastMs }),
    pendingEvents: [], hasPendingEvents: false, ...seed.more,
  };
}
