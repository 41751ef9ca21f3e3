import * as fc from 'fast-check';
import { playbookSchema, workOrderRequestSchema, workOrderSchema, workOrderStates, type Playbook, type WorkOrder, type WorkOrderCommand, type WorkOrderState } from '@opsloop/contracts';
import { planRun } from '../playbook/plan-run.js';
import { closeRun, stepRun } from '../playbook/step-run.js';
import { commandWorkOrder } from './command-work-order.js';
import { moveWorkOrder, type Moved, type Mover } from './move-work-order.js';
import { newWorkOrder } from './new-work-order.js';
import { readyWorkOrder } from './ready-work-order.js';
import { beginWorkOrderRun, endWorkOrderRun, refuseWorkOrderRun } from './run-of-work-order.js';
import { workOrderTransitions } from './transition-table.js';

const playbook: Playbook = playbookSchema.parse({
  apiVersion: 'opsloop/v1',
  kind: 'Playbook',
  metadata: { name: 'restart' },
  spec: {
    for: { class: 'MW', software: 'nginx' },
    inputs: { service: { type: 'string', default: 'nginx' } },
    steps: [{ id: 'restart', uses: 'local', run: ['restart', '{{ service }}'] }],
    verify: { policy: 'up', holds: '10s', within: '2m' },
    sop: 'https://sop.example/restart',
  },
});

const body = { type: 'change', title: 'Restart', targets: [{ id: 'a', name: 'web-a', resource: 'ra' }, { id: 'b', name: 'web-b', resource: 'rb' }], jobs: [{ playbook: 'restart' }] };

function request(more: object = {}, book: Playbook | undefined = playbook): ReturnType<typeof newWorkOrder> {
  const parsed = workOrderRequestSchema.parse({ ...body, ...more });
  return newWorkOrder({ id: 't/1', tenant: 't', requester: 'ann', request: parsed, playbooks: parsed.jobs.map(() => (book ? { playbook: book, playbookVersion: 3 } : undefined)), nowMs: 1_000 });
}

function orderOf(answer: ReturnType<typeof newWorkOrder> | Moved): WorkOrder {
  if (!('order' in answer)) throw new Error(JSON.stringify(answer));
  return answer.order;
}

const at = (nowMs: number, version = 1) => ({ nowMs, version });
const person = (name: string, ...scopes: string[]): Mover => ({ role: 'person', name, scopes });
const ann = person('ann', 'operate', 'approve');
const bob = person('bob', 'operate', 'approve');
const executor: Mover = { role: 'executor', name: 'e1' };
const command = (order: WorkOrder, what: Partial<WorkOrderCommand> & { command: string }, by: Mover, nowMs = 2_000): Moved => commandWorkOrder(order, { reason: '', ...what } as WorkOrderCommand, by, at(nowMs));

function inState(state: WorkOrderState, more: Partial<WorkOrder> = {}): WorkOrder {
  const verification = { run: 't/1-r1', sinceMs: 0, policy: 'up', holdsMs: 1, deadlineMs: 2, targets: [] };
  return { ...orderOf(request()), state, runs: ['t/1-r1'], run: 't/1-r1', runNumber: 1, verification, pendingEvents: [], hasPendingEvents: false, ...more };
}

function finished(order: WorkOrder, states: Record<string, 'ok' | 'failed' | 'timed-out'>): ReturnType<typeof closeRun> {
  let step = stepRun(planRun(order, [{ order: 1, playbook: { ...playbook, spec: { ...playbook.spec, strategy: { maxFail: '100%' } } }, playbookVersion: 3, inputs: {} }], 0), { type: 'begin', executor: 'e', atMs: 5_000 }, { maxParallel: 9 });
  for (const ref of step.begun) step = stepRun(step.run, { type: 'attempt-ended', ref, outcome: { state: states[ref.target] ?? 'ok' }, output: '', atMs: 6_000 }, { maxParallel: 9 });
  return closeRun(step.run);
}

describe('newWorkOrder', () => {
  it('makes a requested order with complete inputs, the stricter approval and an event', () => {
    const order = orderOf(request({ desiredAt: '2026-01-01T00:00:00Z' }));
    expect(workOrderSchema.parse(order)).toEqual(order);
    expect(order).toMatchObject({
      state: 'requested', origin: 'person', requester: 'ann', approval: 'none', desiredAtMs: Date.UTC(2026, 0, 1), sop: 'https://sop.example/restart',
      jobs: [{ order: 1, playbook: 'restart', playbookVersion: 3, inputs: { service: 'nginx' } }],
      hasPendingEvents: true,
      pendingEvents: [{ topic: 'work-orders.v1', key: 't/1', event: { id: 't/1#1.1', type: 'work-order.created', data: { state: 'requested', by: 'ann' } } }],
    });
    expect(orderOf(request({ approval: 'required' })).approval).toBe('required');
    const strict = { ...playbook, spec: { ...playbook.spec, approval: 'required' as const } };
    expect(orderOf(request({ approval: 'none' }, strict)).approval).toBe('required');
    expect(orderOf(request({ draft: true })).state).toBe('draft');
  });

  it.each([
    ['an unknown playbook', {}, undefined, { at: 'jobs.0.playbook', message: 'there is no playbook restart' }],
    ['an unknown version', { jobs: [{ playbook: 'restart', playbookVersion: 9 }] }, undefined, { at: 'jobs.0.playbook', message: 'there is no playbook restart version 9' }],
    ['a wrong input', { jobs: [{ playbook: 'restart', inputs: { service: 5 } }] }, playbook, { at: 'jobs.0.inputs.service', message: 'must be a string, not number' }],
    ['an input that would be an option', { jobs: [{ playbook: 'restart', inputs: { service: '--now' } }] }, playbook, { at: 'jobs.0.inputs', message: expect.stringMatching(/begins with "-"/) }],
    ['the same target twice', { targets: [{ id: 'a', name: 'x' }, { id: 'a', name: 'y' }] }, playbook, { at: 'targets.1.id', message: 'a is a target twice' }],
    ['another software', { targets: [{ id: 'a', name: 'x', software: 'tomcat' }] }, playbook, { at: 'targets.0', message: 'playbook restart is for software nginx, and x is tomcat' }],
    ['two jobs of one order', { jobs: [{ playbook: 'restart', order: 2 }, { playbook: 'restart' }] }, playbook, { at: 'jobs', message: 'two jobs have the same order' }],
  ])('refuses %s, and says where', (_name, more, book, problem) => {
    const parsed = workOrderRequestSchema.parse({ ...body, ...more });
    expect(newWorkOrder({ id: 't/1', tenant: 't', requester: 'ann', request: parsed, playbooks: parsed.jobs.map(() => (book ? { playbook: book, playbookVersion: 1 } : undefined)), nowMs: 0 })).toEqual({ problems: [problem] });
  });

  it('refuses http steps for a target without an address', () => {
    const http = playbookSchema.parse({ ...playbook, spec: { steps: [{ id: 'a', uses: 'http', request: {} }] } });
    expect(request({ targets: [{ id: 'a', name: 'x', address: { url: 'ftp://x' } }] }, http)).toEqual({ problems: [{ at: 'targets.0', message: 'x needs address.url, an http or https address, for the http steps of playbook restart' }] });
    expect(request({ targets: [{ id: 'a', name: 'x', address: { url: 'http://x:80/base' } }] }, http)).toHaveProperty('order');
  });

  it('refuses what would not fit into the document of a run', () => {
    const targets = Array.from({ length: 500 }, (_, i) => ({ id: `t${i}`, name: `t${i}` }));
    const many = playbookSchema.parse({ ...playbook, spec: { steps: Array.from({ length: 20 }, (_, i) => ({ id: `s${i}`, uses: 'local', run: ['x'] })) } });
    expect(request({ targets }, many)).toEqual({ problems: [{ at: 'targets', message: expect.stringMatching(/500 targets .* split it/) }] });
  });
});

/** Rules that hold for every move there is, whatever the table says. */
function brokenRules(order: WorkOrder, to: WorkOrderState, by: Mover): string[] {
  const from = order.state;
  const scopes = by.role === 'person' ? by.scopes : [];
  const rules = {
    'people need a scope': by.role !== 'person' || ['operate', 'approve', 'admin'].some((scope) => scopes.includes(scope)),
    'nobody approves his own request': (to !== 'approved' && to !== 'rejected') || by.name !== order.requester,
    'only the executor runs it': (to !== 'running' && from !== 'running') || by.role === 'executor',
    'only measurements verify it': (to !== 'verified' && to !== 'not-verified') || by.role === 'action',
    'what needs an approval does not start without': !(from === 'requested' && to === 'ready') || order.approval === 'none',
    'what is assigned is started by its assignee': !(from === 'assigned' && to === 'ready') || by.name === order.assignee,
  };
  return Object.entries(rules).filter(([, holds]) => !holds).map(([rule]) => rule);
}

describe('the transition table', () => {
  const movers: readonly Mover[] = [ann, bob, person('eve', 'read'), person('admin', 'admin'), person('ann', 'read'), executor, { role: 'action', name: 'opsloop' }];

  const anyMove = {
    from: fc.constantFrom(...workOrderStates),
    to: fc.constantFrom(...workOrderStates),
    by: fc.constantFrom(...movers),
    approval: fc.constantFrom('none' as const, 'required' as const),
    assignee: fc.constantFrom('ann', 'bob', undefined),
  };

  it('decides every pair of states for everybody', () => {
    fc.assert(
      fc.property(fc.record(anyMove), ({ from, to, by, approval, assignee }) => {
        const order = inState(from, { approval, ...(assignee && { assignee }) });
        const moved = moveWorkOrder(order, { to, by, reason: 'why' }, at(9_000, 4));
        const isInTable = workOrderTransitions.some((one) => one.to === to && one.from.includes(from));
        if ('refused' in moved) return isInTable || moved.refused === 'state';
        expect(isInTable).toBe(true);
        expect(brokenRules(order, to, by)).toEqual([]);
        expect(moved.order).toMatchObject({ state: to, changedAtMs: 9_000, hasPendingEvents: true });
        expect(moved.order.timeline.at(-1)).toEqual({ atMs: 9_000, what: `work-order.${to}`, text: 'why', ref: 't/1-r1', by: by.name });
        expect(moved.order.pendingEvents).toMatchObject([{ event: { id: 't/1#5.1', type: 'work-order.changed', data: { state: to, previousState: from, by: by.name, reason: 'why' } } }]);
        return true;
      }),
      { numRuns: 5_000 },
    );
  });

  it('lets each row be taken by somebody', () => {
    const everybody: Mover[] = [...movers, person('cid', 'operate')];
    const closed = workOrderTransitions.flatMap(({ from, to }) =>
      from.filter((state) => !everybody.some((by) => 'order' in moveWorkOrder(inState(state, { assignee: 'cid' }), { to, by, reason: '' }, at(1)))).map((state) => `${state} -> ${to}`),
    );
    expect(closed).toEqual([]);
  });

  it('leads from every state that is not the end somewhere', () => {
    const left = new Set(workOrderTransitions.flatMap((one) => one.from));
    expect(workOrderStates.filter((state) => !left.has(state))).toEqual(['closed']);
    const reached = new Set(workOrderTransitions.map((one) => one.to));
    expect(workOrderStates.filter((state) => !reached.has(state))).toEqual(['draft']);
  });

  it('keeps the newest 500 lines', () => {
    let order = inState('assigned', { timeline: [] });
    for (let i = 0; i < 510; i += 1) order = orderOf(moveWorkOrder({ ...order, pendingEvents: [] }, { to: 'assigned', by: bob, reason: `${i}` }, at(i)));
    expect(order.timeline).toHaveLength(500);
    expect(order.timeline[0]!.text).toBe('10');
  });
});

describe('commandWorkOrder', () => {
  it('goes from a draft to a running order: request, approve, assign, start', () => {
    const draft = orderOf(request({ draft: true, approval: 'required' }));
    const requested = orderOf(command(draft, { command: 'request' }, ann));
    expect(command(requested, { command: 'start' }, ann)).toMatchObject({ refused: 'state', reason: 'it needs an approval first' });
    expect(command(requested, { command: 'approve' }, ann)).toMatchObject({ refused: 'forbidden', reason: 'ann requested this work order, so somebody else must decide on it' });
    const approved = orderOf(command(requested, { command: 'approve', reason: 'looks right' }, bob));
    expect(approved).toMatchObject({ state: 'approved', approver: 'bob' });
    expect(approved.timeline.at(-1)!.text).toBe('approved by bob: looks right');
    const assigned = orderOf(command(approved, { command: 'assign', assignee: 'cid' }, bob));
    expect(command(assigned, { command: 'start' }, bob)).toMatchObject({ refused: 'forbidden', reason: 'only cid, to whom it is assigned, can start it: assign it to somebody else first' });
    const ready = orderOf(command(assigned, { command: 'start' }, person('cid', 'operate')));
    expect(ready).toMatchObject({ state: 'ready', dueAtMs: 2_000, runNumber: 1 });
    const running = orderOf(beginWorkOrderRun(ready, 'e1', at(3_000)));
    expect(running).toMatchObject({ state: 'running', run: 't/1-r1', runs: ['t/1-r1'] });
    expect(running).not.toHaveProperty('dueAtMs');
  });

  it('waits for the desired time, or not', () => {
    const order = orderOf(request({ desiredAt: '2026-01-01T00:00:00Z' }));
    expect(orderOf(command(order, { command: 'start' }, bob))).toMatchObject({ dueAtMs: Date.UTC(2026, 0, 1) });
    expect(orderOf(command(order, { command: 'start', now: true }, bob))).toMatchObject({ dueAtMs: 2_000 });
  });

  it('starts only what stands before its start', () => {
    for (const state of workOrderStates) {
      const moved = command(inState(state, { approval: 'none', assignee: 'ann' }), { command: 'start' }, ann);
      expect('order' in moved).toBe(['requested', 'approved', 'assigned'].includes(state));
    }
  });

  it('cancels what has not begun, and asks a run to stop', () => {
    expect(orderOf(command(inState('ready'), { command: 'cancel' }, bob)).state).toBe('cancelled');
    const asked = orderOf(command(inState('running'), { command: 'cancel', reason: 'wrong host' }, bob));
    expect(asked).toMatchObject({ state: 'running', cancelRequested: true, pendingEvents: [{ event: { data: { state: 'running', reason: 'bob asked to cancel the run: wrong host' } } }] });
    expect(command(asked, { command: 'cancel' }, bob)).toMatchObject({ refused: 'state' });
    expect(command(inState('running'), { command: 'cancel' }, person('eve', 'read'))).toMatchObject({ refused: 'forbidden' });
    expect(command(inState('succeeded'), { command: 'cancel' }, bob)).toMatchObject({ refused: 'state' });
  });

  describe('retry', () => {
    const states = [{ target: 'a', state: 'ok' as const, run: 't/1-r1' }, { target: 'b', state: 'failed' as const, run: 't/1-r1' }];

    it('takes the failed targets alone, or all, as a new run linked to the old', () => {
      const order = inState('partly-failed', { targetStates: states, cancelRequested: true });
      const retried = orderOf(command(order, { command: 'retry', targets: 'failed' }, bob));
      expect(retried).toMatchObject({ state: 'ready', runNumber: 2, cancelRequested: false, retry: { of: 't/1-r1', targets: ['b'], keepsDone: true }, dueAtMs: 2_000 });
      expect(retried).not.toHaveProperty('verification');
      expect(orderOf(command(order, { command: 'retry', targets: 'all' }, bob)).retry).toEqual({ of: 't/1-r1', targets: ['a', 'b'] });
      const running = orderOf(beginWorkOrderRun(retried, 'e1', at(3_000)));
      expect(running).toMatchObject({ run: 't/1-r2', runs: ['t/1-r1', 't/1-r2'] });
      expect(running).not.toHaveProperty('retry');
    });

    it('leaves what is unknown alone unless it is asked for', () => {
      const order = inState('unknown', { targetStates: [{ ...states[0]!, state: 'unknown' }, { ...states[1]!, state: 'skipped' }] });
      expect(orderOf(command(order, { command: 'retry', targets: 'failed' }, bob)).retry?.targets).toEqual(['b']);
      expect(orderOf(command(order, { command: 'retry', targets: 'failed-and-unknown' }, bob)).retry?.targets).toEqual(['a', 'b']);
    });

    it('refuses when there is nothing to try again', () => {
      expect(command(inState('succeeded', { targetStates: [states[0]!, { ...states[1]!, state: 'changed' }] }), { command: 'retry', targets: 'failed' }, bob)).toMatchObject({ refused: 'input' });
      expect(command(inState('cancelled', { runs: [] }), { command: 'retry', targets: 'all' }, bob)).toMatchObject({ refused: 'state', reason: expect.stringMatching(/never ran/) });
      expect(command(inState('running'), { command: 'retry', targets: 'all' }, bob)).toMatchObject({ refused: 'state' });
      expect(command(inState('failed', { runs: Array.from({ length: 100 }, String) }), { command: 'retry', targets: 'all' }, bob)).toMatchObject({ refused: 'state' });
    });
  });
});

describe('endWorkOrderRun', () => {
  it('takes the result of the run, and lets what succeeded be verified', () => {
    const order = inState('running', { trace: { workOrderMs: 1 } });
    const ended = orderOf(endWorkOrderRun(order, finished(order, { b: 'failed' }), 'e1', at(7_000)));
    expect(ended).toMatchObject({
      state: 'partly-failed', result: '1 ok, 1 failed', runEndedAtMs: 6_000, dueAtMs: 6_000, trace: { workOrderMs: 1, runEndedMs: 6_000 },
      targetStates: [{ target: 'a', state: 'ok', run: 't/1-r1' }, { target: 'b', state: 'failed', run: 't/1-r1' }],
      verification: { run: 't/1-r1', sinceMs: 6_000, policy: 'up', holdsMs: 10_000, deadlineMs: 126_000, targets: [{ target: 'a', policy: 'up', outcome: 'waiting' }] },
    });
  });

  it('adds the run of a retry to what the other targets had', () => {
    const before = inState('partly-failed', { targetStates: [{ target: 'a', state: 'ok', run: 't/1-r1' }, { target: 'b', state: 'failed', run: 't/1-r1' }] });
    const ready = orderOf(command(before, { command: 'retry', targets: 'failed' }, bob));
    const run = finished(ready, { b: 'ok' });
    const ended = orderOf(endWorkOrderRun(orderOf(beginWorkOrderRun(ready, 'e1', at(1))), run, 'e1', at(7_000)));
    expect(ended).toMatchObject({ state: 'succeeded', targetStates: [{ target: 'a', state: 'ok', run: 't/1-r1' }, { target: 'b', state: 'ok', run: 't/1-r2' }] });
    expect(ended.verification?.targets.map((one) => one.target)).toEqual(['a', 'b']);
  });

  it('has nothing to verify when nothing succeeded', () => {
    const ended = orderOf(endWorkOrderRun(inState('running', { verification: undefined }), finished(inState('running'), { a: 'timed-out', b: 'timed-out' }), 'e1', at(7_000)));
    expect(ended.state).toBe('timed-out');
    expect(ended.verification).toBeUndefined();
    expect(ended).not.toHaveProperty('dueAtMs');
  });

  it('ends an order once, and refuses one that cannot begin', () => {
    const order = inState('running');
    const run = finished(order, {});
    expect(endWorkOrderRun(orderOf(endWorkOrderRun(order, run, 'e1', at(7_000))), run, 'e1', at(8_000))).toMatchObject({ refused: 'state' });
    expect(orderOf(refuseWorkOrderRun(inState('ready'), { role: 'executor', name: 'e1' }, 'playbook restart version 3 is gone', at(1)))).toMatchObject({ state: 'failed', result: 'playbook restart version 3 is gone' });
  });
});

describe('readyWorkOrder', () => {
  it('makes ready what needs no person, at its desired time', () => {
    expect(orderOf(readyWorkOrder(inState('approved', { desiredAtMs: 9_000 }), 'go', at(2_000)))).toMatchObject({ state: 'ready', dueAtMs: 9_000, runNumber: 2 });
    expect(readyWorkOrder(inState('requested', { approval: 'required' }), 'go', at(2_000))).toMatchObject({ refused: 'state' });
  });
});
