import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  collections, playbookSchema, settingsSchema, topics, runEventSchema, workOrderRequestSchema, type DefinitionRecord, type Playbook, type Run, type WorkOrder,
} from '@opsloop/contracts';
import { commandWorkOrder, newWorkOrder, planRun } from '@opsloop/domain';
import { jest } from '@jest/globals';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { EngineError, type Checkpoints, type Clock, type MetricStore } from '@opsloop/ports';
import { createLocalRunner } from '@opsloop/runners';
import { createLogger, createOwnMetrics, createSystemClock, decodeEvent, type Part } from '@opsloop/runtime';
import { createMortalEngines, createTempDir, eventually, pause, type MortalEngines } from '@opsloop/testing';
import { createExecutor } from './service.js';

const folder = createTempDir('executor-fault-').path;
let skewMs = 0;
const clock: Clock = { ...createSystemClock(), now: () => Date.now() + skewMs };
const bus = createEmbeddedBus({ dataDir: folder, clock, maxBytes: 2 ** 30 });
const documents = createEmbeddedDocuments({ dataDir: folder, clock });
const workOrders = documents.collection<WorkOrder>(collections.workOrders);
const runs = documents.collection<Run>(collections.runs);
const bob = { role: 'person' as const, name: 'bob', scopes: ['operate'] };
const announced: string[] = [];
let living: Part[] = [];
let count = 0;

beforeAll(async () => {
  await documents.start();
  await bus.start();
  await bus.tail(topics.runs.name, 'oldest', (_, records) => {
    for (const event of records.map((one) => decodeEvent(runEventSchema, one.value))) if (event.type === 'run.ended') announced.push(`${event.subject} ${event.data.state}`);
  });
});
afterEach(async () => {
  for (const part of living) await part.stop(2_000);
  living = [];
});
afterAll(async () => {
  await bus.stop(1_000);
  await documents.stop(1_000);
});

/** An executor that dies at the n-th passing of a point: not one of its calls is answered from then on. */
async function start(name: string, killAt = '', passing = 1): Promise<Part & { mortal: MortalEngines; refused(): Promise<number> }> {
  const ownMetrics = createOwnMetrics();
  const mortal = createMortalEngines({ bus, documents, clock });
  let left = passing;
  const executor = createExecutor({
    settings: settingsSchema.parse({}), instance: name, ...mortal, checkpoints: {} as Checkpoints, metricStore: {} as MetricStore,
    logger: createLogger('silent', name), ownMetrics, runners: { local: createLocalRunner({ cwd: folder }) },
    reach(point) {
      if (point !== killAt || mortal.isDead()) return;
      left -= 1;
      if (left > 0) return;
      mortal.die();
      throw new Error('killed');
    },
  });
  await executor.start();
  if (killAt === '') living.push(executor);
  /** Writes of runs, and renewals of their leases. */
  async function refused(): Promise<number> {
    return [...(await ownMetrics.text()).matchAll(/^opsloop_(?:run_writes|lease_renewals)_refused_total(?:\{worker="runs"\})? (\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
  }
  return { ...executor, mortal, refused };
}

/** The leases of the dead run out. */
function passLeases(): void {
  skewMs += 20_000;
}

function step(id: string, more: object = {}, script = ''): object {
  return { id, uses: 'local', run: [process.execPath, '-e', `require("fs").appendFileSync(process.env.OPSLOOP_TARGET_NAME, ${JSON.stringify(`${id}\n`)}); ${script}`], ...more };
}

async function order(steps: object[]): Promise<{ id: string; run: string; playbook: Playbook; marks(): string[] }> {
  count += 1;
  const playbook = playbookSchema.parse({ apiVersion: 'opsloop/v1', kind: 'Playbook', metadata: { name: `p${count}` }, spec: { steps } });
  await documents.collection<DefinitionRecord>(collections.definitions).insert({
    id: `t/Playbook/p${count}`, tenant: 't', kind: 'Playbook', name: `p${count}`, deleted: false, changedAtMs: 0, managedBy: 'api', versions: [{ version: 1, sinceMs: 0, definition: playbook, source: '', author: 'ann', atMs: 0 }],
  });
  const file = join(folder, `marks-${count}`);
  const id = `t/order-${count}`;
  const request = workOrderRequestSchema.parse({ type: 'change', title: 'x', targets: [{ id: 't1', name: file }], jobs: [{ playbook: `p${count}` }] });
  const made = newWorkOrder({ id, tenant: 't', requester: 'ann', request, playbooks: [{ playbook, playbookVersion: 1 }], nowMs: clock.now() });
  if (!('order' in made)) throw new Error(JSON.stringify(made.problems));
  const ready = commandWorkOrder(made.order, { command: 'start', now: true, reason: '' }, bob, { nowMs: clock.now(), version: 0 });
  if (!('order' in ready)) throw new Error(ready.reason);
  await workOrders.insert(ready.order);
  return { id, run: `${id}-r1`, playbook, marks: () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter((one) => one !== '') : []) };
}

const orderOf = async (id: string): Promise<WorkOrder> => (await workOrders.get(id))!.doc;
const runOf = async (id: string): Promise<Run> => (await runs.get(id))!.doc;
const isOver = async (id: string): Promise<boolean> => !['ready', 'running'].includes((await orderOf(id)).state);
const isClosed = async (id: string): Promise<boolean> => !['waiting', 'running'].includes((await runOf(id)).state);

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
}

async function settled(one: { id: string; run: string }): Promise<void> {
  await eventually('the order is over', () => isOver(one.id), 15_000);
  await eventually('the run is closed', () => isClosed(one.run), 15_000);
  await eventually('the end is announced', () => announced.some((text) => text.startsWith(`${one.run} `)), 15_000);
}

describe('crash of an executor', () => {
  it.each([
    ['executor.before-claim-stored', 1, 'succeeded', ['a', 'b'], ['ok'], ['ok']],
    ['executor.after-step-marked', 1, 'unknown', [], ['unknown'], []],
    ['executor.after-step-run', 1, 'unknown', ['a'], ['unknown'], []],
    ['executor.after-step-marked', 2, 'unknown', ['a'], ['ok'], ['unknown']],
    ['executor.after-step-run', 2, 'unknown', ['a', 'b'], ['ok'], ['unknown']],
    ['executor.before-result-stored', 1, 'succeeded', ['a', 'b'], ['ok'], ['ok']],
    ['executor.after-run-ended', 1, 'succeeded', ['a', 'b'], ['ok'], ['ok']],
  ])('at %s, passing %i: no step runs twice, and what nobody saw is unknown', async (point, passing, state, marks, a, b) => {
    const one = await order([step('a'), step('b')]);
    const { mortal } = await start('e1', point, passing);
    await eventually('it dies', () => mortal.isDead());
    passLeases();
    await start('e2');
    await settled(one);
    await eventually('what the dead one began ends by itself', () => one.marks().length >= marks.length);
    const run = await runOf(one.run);
    expect({ order: (await orderOf(one.id)).state, run: run.state, marks: one.marks() }).toEqual({ order: state, run: state, marks });
    expect(run.results[0]!.steps.map((each) => each.attempts.map((attempt) => attempt.state))).toEqual([a, b]);
    expect((await orderOf(one.id)).runs).toEqual([one.run]);
    expect(announced.filter((text) => text === `${one.run} ${state}`).length).toBeGreaterThan(0);
  });

  it.each([
    ['executor.after-step-marked', ['a', 'b']],
    ['executor.after-step-run', ['a', 'a', 'b']],
  ])('at %s: an idempotent step runs again, as a new attempt', async (point, marks) => {
    const one = await order([step('a', { idempotent: true }), step('b')]);
    const { mortal } = await start('e1', point);
    await eventually('it dies', () => mortal.isDead());
    passLeases();
    await start('e2');
    await settled(one);
    const run = await runOf(one.run);
    expect({ state: run.state, marks: one.marks(), executor: run.executor }).toEqual({ state: 'succeeded', marks, executor: 'e2' });
    expect(run.results[0]!.steps[0]!.attempts.map((attempt) => [attempt.attempt, attempt.state, attempt.reason])).toEqual([[1, 'unknown', 'executor-lost'], [2, 'ok', undefined]]);
  });

  it('again and again, anywhere: every order ends, no unsafe step runs twice, no unknown is hidden', async () => {
    const points = ['executor.before-claim-stored', 'executor.after-step-marked', 'executor.after-step-run', 'executor.before-result-stored', 'executor.after-run-ended', 'relay.after-publish'];
    let seed = 20_240_601;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 12; round += 1) {
      const one = await order([step('a', { idempotent: random(2) === 0 }), step('b'), step('c', { idempotent: random(2) === 0, failedWhen: 'false' })]);
      const unsafe = one.playbook.spec.steps.filter((each) => !each.idempotent).map((each) => each.id);
      for (let kill = 0; kill < 3 && !(await isOver(one.id)); kill += 1) {
        const { mortal, stop } = await start(`e${round}-${kill}`, points[random(points.length)]!, 1 + random(3));
        await eventually('it dies, or ends the order', async () => mortal.isDead() || (await isOver(one.id)), 10_000);
        // It may still die while it stops.
        if (!mortal.isDead()) await Promise.race([stop(1_000), pause(1_500)]);
        if (mortal.isDead()) passLeases();
      }
      const last = await start('last');
      await settled(one);
      const run = await runOf(one.run);
      const attempts = run.results[0]!.steps.flatMap((each) => each.attempts.map((attempt) => attempt.state));
      const twice = unsafe.filter((id) => one.marks().filter((mark) => mark === id).length > 1);
      expect({ round, twice, runs: (await orderOf(one.id)).runs }).toEqual({ round, twice: [], runs: [one.run] });
      const isUnknown = run.results[0]!.steps.some((each) => each.attempts.at(-1)?.state === 'unknown');
      expect({ round, order: (await orderOf(one.id)).state, run: run.state }).toEqual({ round, order: isUnknown ? 'unknown' : 'succeeded', run: isUnknown ? 'unknown' : 'succeeded' });
      expect(attempts).not.toContain('running');
      await last.stop(1_000);
      living = [];
    }
  }, 120_000);
});

describe('stop in the middle of a step', () => {
  it('ends the step, begins no other, and hands the run back to whoever comes next', async () => {
    const one = await order([step('a', {}, 'setTimeout(() => {}, 700)'), step('b')]);
    const first = await start('e1');
    await eventually('the step runs', () => one.marks().length === 1);
    await first.stop(5_000);
    expect(await runOf(one.run)).toMatchObject({ state: 'running', results: [{ steps: [{ state: 'ok' }, { state: 'waiting', attempts: [] }] }] });
    await start('e2');
    await settled(one);
    expect(await runOf(one.run)).toMatchObject({ state: 'succeeded', executor: 'e2' });
    expect(one.marks()).toEqual(['a', 'b']);
  });

  it('ends the process when the time is over, and leaves the step unknown', async () => {
    const one = await order([step('a', {}, 'require("fs").appendFileSync(process.env.OPSLOOP_TARGET_NAME, process.pid + "\\n"); setInterval(() => {}, 1000)'), step('b')]);
    const first = await start('e1');
    await eventually('the step runs', () => one.marks().length === 2);
    const startMs = performance.now();
    await first.stop(2_000);
    expect(performance.now() - startMs).toBeLessThan(8_000);
    await eventually('the process is gone', () => isGone(Number(one.marks()[1])));
    passLeases();
    await start('e2');
    await settled(one);
    expect((await runOf(one.run)).results[0]!.steps.map((each) => each.state)).toEqual(['unknown', 'skipped']);
    expect((await orderOf(one.id)).state).toBe('unknown');
  });
});

it('lost lease: the executor ends its step at once and writes nothing more', async () => {
  const one = await order([step('a', {}, 'require("fs").appendFileSync(process.env.OPSLOOP_TARGET_NAME, process.pid + "\\n"); setInterval(() => {}, 1000)')]);
  const first = await start('e1');
  await eventually('the step runs', () => one.marks().length === 2);
  // As if e1 had not been able to renew for long: another one takes over.
  passLeases();
  const second = await start('e2');
  await eventually('the other one has it', async () => (await runOf(one.run)).executor === 'e2', 10_000);
  await settled(one);
  expect(await runOf(one.run)).toMatchObject({ state: 'unknown', executor: 'e2' });
  const version = (await runs.get(one.run))!.version;
  await eventually('the process is gone', () => isGone(Number(one.marks()[1])));
  expect({ first: await first.refused(), second: await second.refused() }).toEqual({ first: 1, second: 0 });
  await second.stop(1_000);
  await pause(300);
  expect(await runs.get(one.run)).toMatchObject({ version, doc: { state: 'unknown', executor: 'e2' } });
}, 40_000);

it('cancelled between the planning and the start: the run that nobody wants is cancelled, and nothing runs', async () => {
  const one = await order([step('a')]);
  const ready = (await workOrders.get(one.id))!;
  await runs.insert(planRun(ready.doc, [{ order: 1, playbook: one.playbook, playbookVersion: 1, inputs: {} }], clock.now()));
  const cancelled = commandWorkOrder(ready.doc, { command: 'cancel', reason: '' }, bob, { nowMs: clock.now(), version: ready.version });
  if (!('order' in cancelled)) throw new Error(cancelled.reason);
  await workOrders.replace(cancelled.order, ready.version);
  await start('e1');
  await settled(one);
  expect(await runOf(one.run)).toMatchObject({ state: 'cancelled', results: [{ state: 'cancelled', steps: [{ state: 'cancelled', attempts: [] }] }] });
  expect((await orderOf(one.id)).state).toBe('cancelled');
  expect(one.marks()).toEqual([]);
});

it('handed back while the bus was down: the next executor keeps its lease when the events are relayed', async () => {
  const one = await order([step('a', {}, 'setTimeout(() => {}, 500)'), step('b', {}, 'setTimeout(() => {}, 2_500)')]);
  const publish = jest.spyOn(bus, 'publish').mockRejectedValue(new EngineError('no broker answers', { retryable: true }));
  const first = await start('e1');
  await eventually('a step runs', () => one.marks().length === 1);
  await first.stop(5_000);
  expect(await runOf(one.run)).toMatchObject({ state: 'running', hasPendingEvents: true });
  const second = await start('e2');
  await eventually('the other step runs', () => one.marks().length === 2);
  publish.mockRestore();
  await settled(one);
  expect((await orderOf(one.id)).state).toBe('succeeded');
  expect(await second.refused()).toBe(0);
}, 40_000);

