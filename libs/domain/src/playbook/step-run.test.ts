import * as fc from 'fast-check';
import { playbookSchema, type Run, type WorkOrder } from '@opsloop/contracts';
import { planRun, runsToKeep } from './plan-run.js';
import { resultOf, targetStatesOf } from './run-result.js';
import type { AttemptRef } from './schedule-run.js';
import { closeRun, labelOf, stepRun, type AttemptOutcome, type RunStep } from './step-run.js';

const local = (id: string, more: object = {}): object => ({ id, uses: 'local', run: [id], ...more });

function plan(specs: object[], targets: number, retry?: WorkOrder['retry'], earlier: readonly Run[] = []): Run {
  const jobs = specs.map((spec, index) => ({
    order: index + 1,
    playbookVersion: 1,
    inputs: {},
    playbook: playbookSchema.parse({ apiVersion: 'opsloop/v1', kind: 'Playbook', metadata: { name: `p${index + 1}` }, spec }),
  }));
  const order = { id: 't/order', tenant: 't', runNumber: earlier.length + 1, retry, targetStates: earlier.flatMap(targetStatesOf).toReversed(), targets: Array.from({ length: targets }, (_, i) => ({ id: `t${i + 1}`, name: `t${i + 1}`, address: {} })) } as unknown as WorkOrder;
  return planRun(order, jobs, 0, earlier.filter((one) => runsToKeep(order).includes(one.id)));
}

type Outcome = AttemptOutcome['state'];

/** Plays an executor: `decide` says how each attempt ends. Answers the end and what was executed, in order. */
function play(run: Run, decide: (label: string) => Outcome, maxParallel = 16): { run: Run; executed: string[] } {
  const executed: string[] = [];
  let atMs = 1;
  let step = stepRun(run, { type: 'begin', executor: 'e', atMs }, { maxParallel });
  let open = [...step.begun];
  while (!step.ended) {
    atMs += 1;
    const ref = open.shift();
    if (ref) {
      executed.push(nameOf(ref));
      step = stepRun(step.run, { type: 'attempt-ended', ref, outcome: { state: decide(nameOf(ref)) }, output: '', atMs }, { maxParallel });
    } else {
      if (step.nextDueAtMs === undefined) throw new Error(`nothing runs and nothing is due: ${JSON.stringify(step.run.results)}`);
      atMs = step.nextDueAtMs;
      step = stepRun(step.run, { type: 'tick', atMs }, { maxParallel });
    }
    open = [...open, ...step.begun];
  }
  return { run: closeRun(step.run), executed };
}

const nameOf = (ref: AttemptRef): string => `${ref.job}/${ref.target}/${labelOf(ref)}/${ref.attempt}`;
const statesOf = (run: Run): string[] => run.results.map((one) => `${one.job}/${one.target}=${one.state}`);

function runAskedToStop(): RunStep {
  const first = stepRun(plan([{ strategy: { batch: 1 }, steps: [local('a', { rollback: ['ra'], retry: { attempts: 5 } }), local('b')] }], 2), { type: 'begin', executor: 'e', atMs: 1 }, { maxParallel: 4 });
  return { ...stepRun(first.run, { type: 'cancel', atMs: 2 }, { maxParallel: 4 }), begun: first.begun };
}

function takenOver(step: object): RunStep {
  const first = stepRun(plan([{ steps: [local('a', step), local('b')] }], 1), { type: 'begin', executor: 'e', atMs: 1 }, { maxParallel: 4 });
  return stepRun(first.run, { type: 'take-over', executor: 'f', atMs: 9 }, { maxParallel: 4 });
}

describe('stepRun', () => {
  it('runs the steps of a target in order, all targets at once, and succeeds', () => {
    const { run, executed } = play(plan([{ steps: [local('a'), local('b')] }], 2), () => 'ok');
    expect(executed).toEqual(['1/t1/a/1', '1/t2/a/1', '1/t1/b/1', '1/t2/b/1']);
    expect(run).toMatchObject({ state: 'succeeded', reason: '2 ok', startedAtMs: 1, hasPendingEvents: true });
  });

  it('marks an attempt as running before it is executed, with the time', () => {
    const { run, begun } = stepRun(plan([{ steps: [local('a')] }], 1), { type: 'begin', executor: 'e', atMs: 7 }, { maxParallel: 1 });
    expect(begun).toEqual([{ target: 't1', job: 1, step: 'a', kind: 'step', attempt: 1 }]);
    expect(run.results[0]!.steps[0]!.attempts).toEqual([{ attempt: 1, state: 'running', startedAtMs: 7, output: '' }]);
  });

  it('runs jobs one after the other, and not on targets that failed before', () => {
    const bearing = { strategy: { maxFail: '50%' }, steps: [local('a')] };
    const { run, executed } = play(plan([bearing, { steps: [local('b')] }], 2), (name) => (name === '1/t1/a/1' ? 'failed' : 'ok'));
    expect(executed).toEqual(['1/t1/a/1', '1/t2/a/1', '2/t2/b/1']);
    expect(run).toMatchObject({ state: 'partly-failed', reason: '1 ok, 1 failed (job 1 is failed on it)' });
  });

  it('sends the canary first, then batches', () => {
    const order: string[][] = [];
    let step = stepRun(plan([{ strategy: { canary: 1, batch: 2 }, steps: [local('a')] }], 4), { type: 'begin', executor: 'e', atMs: 1 }, { maxParallel: 16 });
    while (!step.ended) {
      order.push(step.begun.map((one) => one.target));
      for (const ref of step.begun) step = stepRun(step.run, { type: 'attempt-ended', ref, outcome: { state: 'ok' }, output: '', atMs: 2 }, { maxParallel: 16 });
    }
    expect(order).toEqual([['t1'], ['t2', 't3'], ['t4']]);
  });

  it('stops everything when the canary fails, whatever maxFail bears', () => {
    const { run, executed } = play(plan([{ strategy: { canary: '10%', maxFail: '100%' }, steps: [local('a')] }, { steps: [local('b')] }], 3), () => 'failed');
    expect(executed).toEqual(['1/t1/a/1']);
    expect(statesOf(run)).toEqual(['1/t1=failed', '1/t2=skipped', '1/t3=skipped', '2/t1=skipped', '2/t2=skipped', '2/t3=skipped']);
    expect(run).toMatchObject({ state: 'failed', reason: '2 skipped, 1 failed (the canary failed)' });
  });

  it('bears maxFail failed targets, and one more stops what has not begun', () => {
    const spec = { strategy: { batch: 2, maxFail: '20%' }, steps: [local('a')] };
    const one = play(plan([spec], 6), (name) => (name.startsWith('1/t1/') ? 'failed' : 'ok'));
    expect(one.executed).toHaveLength(6);
    const two = play(plan([spec], 6), (name) => (/\/t[12]\//.test(name) ? 'failed' : 'ok'));
    expect(two.executed).toEqual(['1/t1/a/1', '1/t2/a/1']);
    expect(two.run).toMatchObject({ state: 'failed', reason: '4 skipped, 2 failed (2 of 6 targets failed, and 1 are borne)' });
  });

  it('bears no failure when nothing is said, but lets go on what has begun', () => {
    const { executed } = play(plan([{ strategy: { batch: 2 }, steps: [local('a'), local('b')] }], 4), (name) => (name === '1/t1/a/1' ? 'failed' : 'ok'));
    expect(executed).toEqual(['1/t1/a/1', '1/t2/a/1', '1/t2/b/1']);
  });

  it('never runs more than it was allowed to at a time', () => {
    const begun = stepRun(plan([{ steps: [local('a')] }], 10), { type: 'begin', executor: 'e', atMs: 1 }, { maxParallel: 3 }).begun;
    expect(begun).toHaveLength(3);
    expect(play(plan([{ steps: [local('a')] }], 10), () => 'ok', 3).executed).toHaveLength(10);
  });

  it('begins nothing for an executor that is about to stop', () => {
    const first = stepRun(plan([{ steps: [local('a'), local('b')] }], 1), { type: 'begin', executor: 'e', atMs: 1 }, { maxParallel: 1 });
    const drained = stepRun(first.run, { type: 'attempt-ended', ref: first.begun[0]!, outcome: { state: 'ok' }, output: '', atMs: 2 }, { maxParallel: 0 });
    expect(drained).toMatchObject({ begun: [], ended: false });
    const taken = stepRun(drained.run, { type: 'take-over', executor: 'f', atMs: 3 }, { maxParallel: 1 });
    expect(taken.begun.map(nameOf)).toEqual(['1/t1/b/1']);
  });

  it('tries again as often as the step says, after its delay, as new attempts', () => {
    const run = plan([{ steps: [local('a', { retry: { attempts: 2, delay: '5s' } })] }], 1);
    const first = stepRun(run, { type: 'begin', executor: 'e', atMs: 0 }, { maxParallel: 1 });
    const failed = stepRun(first.run, { type: 'attempt-ended', ref: first.begun[0]!, outcome: { state: 'failed', exitCode: 3, reason: 'non-zero-exit' }, output: 'no', atMs: 10 }, { maxParallel: 1 });
    expect(failed).toMatchObject({ begun: [], nextDueAtMs: 5_010 });
    expect(stepRun(failed.run, { type: 'tick', atMs: 5_009 }, { maxParallel: 1 }).begun).toEqual([]);
    expect(stepRun(failed.run, { type: 'tick', atMs: 5_010 }, { maxParallel: 1 }).begun.map(nameOf)).toEqual(['1/t1/a/2']);
    expect(play(run, () => 'failed').executed).toEqual(['1/t1/a/1', '1/t1/a/2', '1/t1/a/3']);
    const second = play(run, (name) => (name.endsWith('/1') ? 'unreachable' : 'ok'));
    expect(second.run.state).toBe('succeeded');
    expect(second.run.results[0]!.steps[0]!.attempts.map((one) => one.state)).toEqual(['unreachable', 'ok']);
  });

  it('undoes the failed step and those before it, in reverse, and goes on undoing when one of these fails', () => {
    const steps = [local('a', { rollback: ['ra'] }), local('b'), local('c', { rollback: ['rc'] }), local('d', { rollback: ['rd'] })];
    const { run, executed } = play(plan([{ steps }], 1), (name) => (name.includes('/c') ? 'failed' : 'ok'));
    expect(executed).toEqual(['1/t1/a/1', '1/t1/b/1', '1/t1/c/1', '1/t1/c:rollback/1', '1/t1/a:rollback/1']);
    expect(run.results[0]).toMatchObject({ state: 'failed' });
    expect(run.results[0]!.steps.map((one) => `${one.step} ${one.kind} ${one.state}`)).toEqual(['a step ok', 'b step ok', 'c step failed', 'd step skipped', 'c rollback failed', 'a rollback ok']);
  });

  it('lets a step that only reports fail without consequence, and keeps why', () => {
    const { begun, run } = stepRun(plan([{ steps: [local('check', { failedWhen: 'false', retry: { attempts: 3 } }), local('b')] }], 1), { type: 'begin', executor: 'e', atMs: 1 }, { maxParallel: 1 });
    const next = stepRun(run, { type: 'attempt-ended', ref: begun[0]!, outcome: { state: 'failed', exitCode: 3, reason: 'non-zero-exit' }, output: 'down', atMs: 2 }, { maxParallel: 1 });
    expect(next.begun.map(nameOf)).toEqual(['1/t1/b/1']);
    expect(next.run.results[0]!.steps[0]).toMatchObject({ state: 'ok', attempts: [{ state: 'ok', exitCode: 3, reason: 'non-zero-exit', output: 'down' }] });
  });

  it.each([
    [['timed-out', 'timed-out'], 'timed-out'],
    [['timed-out', 'failed'], 'failed'],
    [['ok', 'unreachable'], 'partly-failed'],
    [['ok', 'changed'], 'succeeded'],
    [['unknown', 'ok'], 'unknown'],
    [['cancelled', 'failed'], 'cancelled'],
    [['skipped', 'timed-out'], 'timed-out'],
  ] as const)('calls %j %s', (states, result) => {
    expect(resultOf(states)).toBe(result);
  });

  describe('cancel', () => {
    it('begins nothing more, neither retry nor rollback, and waits for what runs', () => {
      const { run, begun, ended } = runAskedToStop();
      expect(ended).toBe(false);
      const end = stepRun(run, { type: 'attempt-ended', ref: begun[0]!, outcome: { state: 'cancelled' }, output: '', atMs: 3 }, { maxParallel: 4 });
      expect(end).toMatchObject({ begun: [], ended: true });
      expect(statesOf(end.run)).toEqual(['1/t1=cancelled', '1/t2=cancelled']);
      expect(closeRun(end.run).state).toBe('cancelled');
    });

    it('keeps what a step did although it was asked to stop', () => {
      const { run, begun } = runAskedToStop();
      const end = stepRun(run, { type: 'attempt-ended', ref: begun[0]!, outcome: { state: 'failed' }, output: '', atMs: 3 }, { maxParallel: 4 });
      expect(end.run.results[0]!.steps.map((one) => one.state)).toEqual(['failed', 'cancelled', 'cancelled']);
      expect(end.run.results[0]!.state).toBe('failed');
      expect(end.ended).toBe(true);
    });

    it('ends a run at once of which nothing runs', () => {
      const first = stepRun(plan([{ steps: [local('a', { retry: { attempts: 1, delay: '1h' } })] }], 1), { type: 'begin', executor: 'e', atMs: 1 }, { maxParallel: 1 });
      const failed = stepRun(first.run, { type: 'attempt-ended', ref: first.begun[0]!, outcome: { state: 'failed' }, output: '', atMs: 2 }, { maxParallel: 1 });
      expect(stepRun(failed.run, { type: 'cancel', atMs: 3 }, { maxParallel: 1 }).ended).toBe(true);
    });
  });

  describe('take-over', () => {
    it('does not know how a running step ended, does nothing more on that target, and undoes nothing', () => {
      const { run, begun, ended } = takenOver({ rollback: ['undo'], retry: { attempts: 3 } });
      expect({ begun, ended }).toEqual({ begun: [], ended: true });
      expect(run.results[0]!.steps.map((one) => one.state)).toEqual(['unknown', 'skipped']);
      expect(run.results[0]!.steps[0]!.attempts).toEqual([{ attempt: 1, state: 'unknown', startedAtMs: 1, endedAtMs: 9, reason: 'executor-lost', detail: expect.any(String), output: '' }]);
      expect(closeRun(run)).toMatchObject({ state: 'unknown', executor: 'f' });
    });

    it('runs an idempotent step again as a new attempt, but not for ever', () => {
      let step = takenOver({ idempotent: true });
      expect(step.begun.map(nameOf)).toEqual(['1/t1/a/2']);
      for (let i = 0; i < 3; i += 1) step = stepRun(step.run, { type: 'take-over', executor: 'g', atMs: 20 + i }, { maxParallel: 4 });
      expect(step.begun).toEqual([]);
      expect(step.run.results[0]!.steps[0]!.attempts.map((one) => one.state)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
      expect(closeRun(step.run).state).toBe('unknown');
    });

    it('makes a target unknown whose rollback was lost', () => {
      const run = plan([{ steps: [local('a', { idempotent: true, rollback: ['undo'] })] }], 1);
      const first = stepRun(run, { type: 'begin', executor: 'e', atMs: 1 }, { maxParallel: 1 });
      const undoing = stepRun(first.run, { type: 'attempt-ended', ref: first.begun[0]!, outcome: { state: 'failed' }, output: '', atMs: 2 }, { maxParallel: 1 });
      expect(undoing.begun.map(nameOf)).toEqual(['1/t1/a:rollback/1']);
      const taken = stepRun(undoing.run, { type: 'take-over', executor: 'f', atMs: 3 }, { maxParallel: 1 });
      expect(taken).toMatchObject({ begun: [], ended: true });
      expect(taken.run.results[0]!.state).toBe('unknown');
    });

    it('takes no notice of an end that comes too late', () => {
      const first = stepRun(plan([{ steps: [local('a')] }], 1), { type: 'begin', executor: 'e', atMs: 1 }, { maxParallel: 4 });
      const taken = stepRun(first.run, { type: 'take-over', executor: 'f', atMs: 9 }, { maxParallel: 4 });
      const late = stepRun(taken.run, { type: 'attempt-ended', ref: first.begun[0]!, outcome: { state: 'ok' }, output: 'done', atMs: 10 }, { maxParallel: 4 });
      expect(late.run.results).toEqual(taken.run.results);
      expect(late.run.endedAtMs).toBe(9);
    });
  });

  it('holds under any course of events', () => {
    const anyStep = fc.record({ retry: fc.nat(2), rollback: fc.boolean(), idempotent: fc.boolean(), failedWhen: fc.constantFrom('false', 'non-zero-exit') });
    const anyJob = fc.record({ steps: fc.array(anyStep, { minLength: 1, maxLength: 3 }), canary: fc.nat(2), batch: fc.integer({ min: 1, max: 3 }), maxFail: fc.constantFrom('0%', '30%', '100%') });
    const anyEvent = fc.constantFrom('ok', 'changed', 'failed', 'unreachable', 'timed-out', 'take-over', 'cancel', 'tick');
    fc.assert(
      fc.property(fc.array(anyJob, { minLength: 1, maxLength: 2 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }), fc.array(anyEvent, { maxLength: 60 }), (jobs, targets, maxParallel, events) => {
        const specs = jobs.map(({ steps, ...strategy }) => ({
          strategy,
          steps: steps.map((one, i) => local(`s${i}`, { idempotent: one.idempotent, failedWhen: one.failedWhen, ...(one.retry > 0 && { retry: { attempts: one.retry, delay: '0s' } }), ...(one.rollback && { rollback: ['undo'] }) })),
        }));
        const begunOnce = new Set<string>();
        let cancelled = false;
        let open: AttemptRef[] = [];
        let atMs = 1;
        let step = stepRun(plan(specs, targets), { type: 'begin', executor: 'e', atMs }, { maxParallel });
        const take = (next: RunStep): void => {
          step = next;
          for (const ref of next.begun) {
            expect(begunOnce.has(nameOf(ref))).toBe(false);
            begunOnce.add(nameOf(ref));
            expect(cancelled).toBe(false);
          }
          open = [...open, ...next.begun];
          expect(open.length).toBeLessThanOrEqual(maxParallel);
        };
        take(step);
        for (const event of [...events, ...Array.from({ length: 400 }, () => 'ok' as const)]) {
          if (step.ended) break;
          atMs += 1;
          if (event === 'take-over') {
            open = [];
            take(stepRun(step.run, { type: 'take-over', executor: 'f', atMs }, { maxParallel }));
          } else if (event === 'cancel') {
            cancelled = true;
            take(stepRun(step.run, { type: 'cancel', atMs }, { maxParallel }));
          } else if (event === 'tick' || open.length === 0) {
            take(stepRun(step.run, { type: 'tick', atMs }, { maxParallel }));
          } else {
            const ref = open.shift()!;
            take(stepRun(step.run, { type: 'attempt-ended', ref, outcome: { state: event }, output: '', atMs }, { maxParallel }));
          }
        }
        expect(step.ended).toBe(true);
        expect(open).toEqual([]);
        for (const result of step.run.results) {
          expect(['waiting', 'running']).not.toContain(result.state);
          for (const one of result.steps) {
            expect(['waiting', 'running']).not.toContain(one.state);
            const definition = specs[result.job - 1]!.steps.find((spec) => (spec as { id: string }).id === one.step) as { idempotent: boolean };
            // Never blindly again: a step that is not idempotent, or a rollback, has nothing after an unknown attempt.
            const unknownAt = one.attempts.findIndex((attempt) => attempt.state === 'unknown');
            const isBlind = unknownAt >= 0 && unknownAt < one.attempts.length - 1 && (one.kind === 'rollback' || !definition.idempotent);
            expect(isBlind).toBe(false);
          }
        }
        const states = targetStatesOf(step.run).map((one) => one.state);
        expect(closeRun(step.run).state).toBe(resultOf(states));
        expect(states.includes('unknown')).toBe(closeRun(step.run).state === 'unknown');
      }),
      { numRuns: 300 },
    );
  });
});

describe('planRun', () => {
  it('takes the targets of a retry alone, and says which run it repeats', () => {
    const run = plan([{ steps: [local('a')] }], 3, { of: 't/order-r0', targets: ['t2'] });
    expect(run).toMatchObject({ id: 't/order-r1', number: 1, retryOf: 't/order-r0', targets: [{ id: 't2' }], results: [{ target: 't2', job: 1 }] });
  });

  describe('of a retry', () => {
    const jobs = [{ strategy: { maxFail: '100%' }, steps: [local('drain')] }, { strategy: { maxFail: '100%' }, steps: [local('restart')] }];
    const first = play(plan(jobs, 2), (label) => (label === '2/t2/restart/1' ? 'failed' : label === '1/t2/drain/1' ? 'changed' : 'ok')).run;
    const again = (targets: readonly string[], earlier: readonly Run[], more: object = { keepsDone: true }) => plan(jobs, 2, { of: earlier.at(-1)!.id, targets: [...targets], ...more }, earlier);

    it('does not run again what succeeded on the target', () => {
      const run = again(['t2'], [first]);
      expect(run.results).toMatchObject([{ target: 't2', job: 1, state: 'changed', doneIn: 't/order-r1', steps: [{ step: 'drain', state: 'changed', attempts: [] }] }, { job: 2, state: 'waiting' }]);
      const { executed, run: ended } = play(run, () => 'ok');
      expect(executed).toEqual(['2/t2/restart/1']);
      expect(ended).toMatchObject({ state: 'succeeded' });
      expect(targetStatesOf(ended)).toEqual([{ target: 't2', state: 'changed', run: 't/order-r2' }]);
    });

    it('remembers over several retries where it succeeded', () => {
      const second = play(again(['t2'], [first]), () => 'failed').run;
      const third = again(['t2'], [first, second]);
      expect(third.results).toMatchObject([{ job: 1, doneIn: 't/order-r1' }, { job: 2, state: 'waiting' }]);
      expect(play(third, () => 'ok').executed).toEqual(['2/t2/restart/1']);
    });

    it('runs all of it when all is asked for', () => {
      expect(play(again(['t1', 't2'], [first], {}), () => 'ok').executed).toHaveLength(4);
    });
  });

  it('keeps less output in the document the more attempts there are', () => {
    expect(plan([{ steps: [local('a')] }], 1).outputBytes).toBe(16_384);
    const large = plan([{ steps: Array.from({ length: 3 }, (_, i) => local(`s${i}`)) }], 500);
    expect(large.outputBytes).toBeGreaterThan(0);
    expect(large.outputBytes * 1_500 * 2 + JSON.stringify(large).length).toBeLessThan(2 ** 20);
  });
});
