import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  collections, playbookSchema, runEventSchema, runSchema, settingsSchema, topics, workOrderEventSchema, workOrderRequestSchema, workOrderSchema,
  type DefinitionRecord, type Run, type RunEvent, type RunLog, type WorkOrder, type WorkOrderCommand, type WorkOrderEvent,
} from '@opsloop/contracts';
import { commandWorkOrder, newWorkOrder } from '@opsloop/domain';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { EngineError, type Clock, type Document, type Documents, type MetricStore, type Checkpoints } from '@opsloop/ports';
import { createHttpRunner, createLocalRunner } from '@opsloop/runners';
import { createLogger, createOwnMetrics, createSystemClock, decodeEvent, type Part, type ServiceContext } from '@opsloop/runtime';
import { createTempDir, eventually, pause } from '@opsloop/testing';
import { createExecutor } from './service.js';

const folder = createTempDir('executor-').path;
let skewMs = 0;
const clock: Clock = { ...createSystemClock(), now: () => Date.now() + skewMs };
const bus = createEmbeddedBus({ dataDir: folder, clock, maxBytes: 2 ** 30 });
const documents = createEmbeddedDocuments({ dataDir: folder, clock });
const workOrders = documents.collection<WorkOrder>(collections.workOrders);
const runs = documents.collection<Run>(collections.runs);
const bob = { role: 'person' as const, name: 'bob', scopes: ['operate', 'approve'] };
const orderEvents: WorkOrderEvent[] = [];
const runEvents: RunEvent[] = [];
let started: Part[] = [];
let count = 0;

beforeAll(async () => {
  await documents.start();
  await bus.start();
  await bus.tail(topics.workOrders.name, 'oldest', (_, records) => void orderEvents.push(...records.map((one) => decodeEvent(workOrderEventSchema, one.value))));
  await bus.tail(topics.runs.name, 'oldest', (_, records) => void runEvents.push(...records.map((one) => decodeEvent(runEventSchema, one.value))));
});
afterEach(async () => {
  for (const part of started) await part.stop(3_000);
  started = [];
});
afterAll(async () => {
  await bus.stop(1_000);
  await documents.stop(1_000);
});

async function start(name: string, docs: Documents = documents): Promise<Part> {
  const context: ServiceContext = {
    settings: settingsSchema.parse({}), instance: name, bus, documents: docs, clock, checkpoints: {} as Checkpoints, metricStore: {} as MetricStore,
    logger: createLogger('silent', name), ownMetrics: createOwnMetrics(), reach: () => undefined,
  };
  const executor = createExecutor({ ...context, runners: { local: createLocalRunner({ cwd: folder }), http: createHttpRunner() } });
  started.push(executor);
  await executor.start();
  return executor;
}

/** Runs `script` in Node; `mark("x")` adds a line to the order's own file. */
function local(id: string, script: string, more: object = {}): object {
  return { id, uses: 'local', run: [process.execPath, '-e', `const fs = require("fs"); const mark = (text) => fs.appendFileSync(process.env.OPSLOOP_TARGET_NAME, text + "\\n"); ${script}`], ...more };
}

async function order(spec: object, more: object = {}, targets = 1): Promise<{ id: string; marks(): string[] }> {
  count += 1;
  const name = `p${count}`;
  const playbook = playbookSchema.parse({ apiVersion: 'opsloop/v1', kind: 'Playbook', metadata: { name }, spec });
  const record: DefinitionRecord = { id: `t/Playbook/${name}`, tenant: 't', kind: 'Playbook', name, deleted: false, changedAtMs: 0, managedBy: 'api', versions: [{ version: 1, sinceMs: 0, definition: playbook, source: '', author: 'ann', atMs: 0 }] };
  await documents.collection<DefinitionRecord>(collections.definitions).insert(record);
  const file = join(folder, `marks-${count}`);
  const request = workOrderRequestSchema.parse({ type: 'change', title: name, targets: Array.from({ length: targets }, (_, i) => ({ id: `t${i + 1}`, name: targets === 1 ? file : `${file}-${i + 1}` })), jobs: [{ playbook: name }], ...more });
  const id = `t/order-${count}`;
  const made = newWorkOrder({ id, tenant: 't', requester: 'ann', request, playbooks: request.jobs.map(() => ({ playbook, playbookVersion: 1 })), nowMs: clock.now() });
  if (!('order' in made)) throw new Error(JSON.stringify(made.problems));
  await workOrders.insert(made.order);
  await ask(id, { command: 'start', now: false, reason: '' });
  return { id, marks: () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []) };
}

async function ask(id: string, command: WorkOrderCommand): Promise<void> {
  for (;;) {
    const stored = (await workOrders.get(id))!;
    const moved = commandWorkOrder(stored.doc, command, bob, { nowMs: clock.now(), version: stored.version });
    if (!('order' in moved)) throw new Error(moved.reason);
    if ((await workOrders.replace(moved.order, stored.version, { keepLease: true })) !== 'conflict') return;
  }
}

const orderOf = async (id: string): Promise<WorkOrder> => (await workOrders.get(id))!.doc;
const runOf = async (id: string): Promise<Run> => (await runs.get(id))!.doc;
const stateOf = async (id: string): Promise<string> => (await orderOf(id)).state;

describe('executor', () => {
  it('runs a ready order to its end, with results, log and events', async () => {
    const { id, marks } = await order({
      steps: [local('check', 'console.log("down"); process.exit(3)', { failedWhen: 'false' }), local('restart', 'mark("restarted"); console.error("done")'), local('state', 'console.log("up")', { idempotent: true })],
      verify: { policy: 'up', holds: '10s' },
    });
    await start('e1');
    await eventually('the order succeeds', async () => (await stateOf(id)) === 'succeeded');
    const [done, run] = [await orderOf(id), await runOf(`${id}-r1`)];
    await eventually('the run is closed', async () => (await runOf(run.id)).state === 'succeeded');
    expect(workOrderSchema.parse(done)).toEqual(done);
    expect(done).toMatchObject({ run: `${id}-r1`, runs: [`${id}-r1`], result: '1 ok', targetStates: [{ target: 't1', state: 'ok' }], verification: { run: `${id}-r1`, targets: [{ target: 't1', outcome: 'waiting' }] }, cancelRequested: false });
    expect(done.dueAtMs).toBe(done.runEndedAtMs);
    expect(marks()).toEqual(['restarted']);
    const closed = await runOf(run.id);
    expect(runSchema.parse(closed)).toEqual(closed);
    expect(closed).toMatchObject({ executor: 'e1', jobs: [{ playbook: { metadata: { name: `p${count}` } } }], endedAtMs: done.runEndedAtMs });
    expect(closed.results[0]!.steps).toMatchObject([
      { step: 'check', state: 'ok', attempts: [{ attempt: 1, state: 'ok', exitCode: 3, reason: 'non-zero-exit', output: 'down\n' }] },
      { step: 'restart', state: 'ok', attempts: [{ state: 'ok', exitCode: 0, output: 'done\n' }] },
      { step: 'state', state: 'ok', attempts: [{ output: 'up\n' }] },
    ]);
    const logs = await documents.collection<RunLog>(collections.runLogs).find({ run: run.id }, { sort: { field: 'id', direction: 'asc' } });
    expect(logs.items.map(({ doc }) => [doc.step, doc.attempt, doc.number, doc.stream, doc.text])).toEqual([['check', 1, 1, 'stdout', 'down\n'], ['restart', 1, 1, 'stderr', 'done\n'], ['state', 1, 1, 'stdout', 'up\n']]);

    await eventually('all is announced', () => runEvents.some((one) => one.subject === run.id && one.type === 'run.ended') && orderEvents.some((one) => one.subject === id && one.data.state === 'succeeded'));
    expect([...new Set(orderEvents.filter((one) => one.subject === id).map((one) => one.id))]).toHaveLength(4);
    expect(orderEvents.filter((one) => one.subject === id).map((one) => one.data.state)).toEqual(expect.arrayContaining(['requested', 'ready', 'running', 'succeeded']));
    const mine = runEvents.filter((one) => one.subject === run.id);
    expect(mine.filter((one) => one.type === 'run.log').map((one) => one.data.text)).toEqual(['down\n', 'done\n', 'up\n']);
    const changes = mine.filter((one) => one.type === 'run.step-changed').map((one) => `${one.data.step} ${one.data.state}`);
    expect(changes).toEqual(['check running', 'check ok', 'restart running', 'restart ok', 'state running', 'state ok']);
    await eventually('nothing waits to be announced', async () => (await runOf(run.id)).pendingEvents.length === 0);
  });

  it('waits for the desired time', async () => {
    const { id, marks } = await order({ steps: [local('a', 'mark("ran")')] }, { desiredAt: new Date(clock.now() + 60_000).toISOString() });
    await start('e1');
    await pause(1_200);
    expect(await stateOf(id)).toBe('ready');
    skewMs += 60_000;
    await eventually('the order succeeds', async () => (await stateOf(id)) === 'succeeded');
    expect(marks()).toEqual(['ran']);
  });

  it('tries again, gives up, undoes, and tells each target apart', async () => {
    const fails = 'const last = process.env.OPSLOOP_TARGET_NAME.endsWith("-2"); mark("try"); process.exit(last ? 4 : 0)';
    const { id } = await order({ strategy: { maxFail: '100%' }, steps: [local('a', fails, { retry: { attempts: 1, delay: '100ms' }, rollback: [process.execPath, '-e', 'console.log("undone")'] })] }, {}, 2);
    await start('e1');
    await eventually('the order ends', async () => (await stateOf(id)) === 'partly-failed');
    const run = await runOf(`${id}-r1`);
    expect(run.results.map((one) => one.state)).toEqual(['ok', 'failed']);
    expect(run.results[1]!.steps).toMatchObject([{ state: 'failed', attempts: [{ state: 'failed', exitCode: 4 }, { state: 'failed', exitCode: 4 }] }, { kind: 'rollback', state: 'ok', attempts: [{ output: 'undone\n' }] }]);
    const [first, second] = run.results[1]!.steps[0]!.attempts;
    expect(second!.startedAtMs! - first!.endedAtMs!).toBeGreaterThanOrEqual(100);

    await ask(id, { command: 'retry', targets: 'failed', reason: '' });
    await eventually('the second run ends', async () => (await orderOf(id)).run === `${id}-r2` && (await stateOf(id)) === 'partly-failed');
    expect(await runOf(`${id}-r2`)).toMatchObject({ number: 2, retryOf: `${id}-r1`, targets: [{ id: 't2' }] });
    expect((await orderOf(id)).targetStates).toMatchObject([{ target: 't1', state: 'ok', run: `${id}-r1` }, { target: 't2', state: 'failed', run: `${id}-r2` }]);
  });

  it('tries again the job that failed, and not the one before it', async () => {
    const failsSecond = 'mark("ran"); process.exit(fs.readFileSync(process.env.OPSLOOP_TARGET_NAME, "utf8").split("\\n").length === 3 ? 1 : 0)';
    const name = `p${count + 1}`;
    const { id, marks } = await order({ steps: [local('a', failsSecond)] }, { jobs: [{ playbook: name }, { playbook: name }] });
    await start('e1');
    await eventually('the order ends', async () => (await stateOf(id)) === 'failed');
    await ask(id, { command: 'retry', targets: 'failed', reason: '' });
    await eventually('the order succeeds', async () => (await stateOf(id)) === 'succeeded');
    expect(marks()).toHaveLength(3);
    const again = await runOf(`${id}-r2`);
    expect(runSchema.parse(again)).toEqual(again);
    expect(again.results).toMatchObject([{ job: 1, state: 'ok', doneIn: `${id}-r1`, steps: [{ attempts: [] }] }, { job: 2, state: 'ok', steps: [{ attempts: [{ attempt: 1 }] }] }]);
  });

  it('ends a step that takes too long', async () => {
    const { id } = await order({ steps: [local('a', 'setInterval(() => {}, 1000)', { timeout: '300ms' }), local('b', 'mark("never")')] });
    await start('e1');
    await eventually('the order ends', async () => (await stateOf(id)) === 'timed-out');
    expect((await runOf(`${id}-r1`)).results[0]!.steps.map((one) => one.state)).toEqual(['timed-out', 'skipped']);
  });

  it('cancels soon: the process goes, and what follows does not begin', async () => {
    const { id, marks } = await order({ steps: [local('a', 'mark(process.pid); setInterval(() => {}, 1000)'), local('b', 'mark("never")')] });
    await start('e1');
    await eventually('the step runs', () => marks().length === 1);
    const askedMs = performance.now();
    await ask(id, { command: 'cancel', reason: 'wrong one' });
    await eventually('the order is cancelled', async () => (await stateOf(id)) === 'cancelled');
    // A step that is cancelled would go on for ever: a minute is enough to tell.
    expect(performance.now() - askedMs).toBeLessThan(10_000);
    expect(() => process.kill(Number(marks()[0]), 0)).toThrow(/ESRCH/);
    expect((await runOf(`${id}-r1`)).results[0]!.steps).toMatchObject([{ state: 'cancelled', attempts: [{ state: 'cancelled', reason: 'cancelled' }] }, { state: 'cancelled', attempts: [] }]);
    expect(await orderOf(id)).toMatchObject({ cancelRequested: false, result: '1 cancelled' });
    expect(marks()).toHaveLength(1);
  });

  it('fails an order whose playbook is gone, and says so', async () => {
    const { id } = await order({ steps: [local('a', '')] });
    const definitions = documents.collection<DefinitionRecord>(collections.definitions);
    await definitions.remove(`t/Playbook/p${count}`, 1);
    await start('e1');
    await eventually('the order fails', async () => (await stateOf(id)) === 'failed');
    expect(await orderOf(id)).toMatchObject({ result: `playbook p${count} version 1 is gone: open a new work order`, runs: [] });
  });

  it.each([
    ['is over', { state: 'resolved' }, 0, { state: 'cancelled', timeline: expect.arrayContaining([expect.objectContaining({ text: 'cancelled: the alarm was resolved before the repair began' })]) }],
    ['still is open, but no executor was there for hours', { state: 'open' }, 3 * 3_600_000, { state: 'failed', result: expect.stringMatching(/^nothing was run: no executor took it since \S+Z, too long ago to begin unseen$/) }],
    ['is none: a schedule opened the order, and no executor was there for hours', undefined, 3 * 3_600_000, { state: 'failed', result: expect.stringMatching(/^nothing was run: no executor/) }],
  ] as const)('begins no order whose alarm %s', async (_, alarm, waitedMs, expected) => {
    const { id, marks } = await order({ steps: [local('a', 'mark("ran")')] });
    if (alarm) await documents.collection<Document>(collections.alarms).insert({ id: `t/alarm-${count}`, tenant: 't', ...alarm } as Document);
    const stored = (await workOrders.get(id))!;
    await workOrders.replace({ ...stored.doc, ...(alarm ? { origin: 'alarm', alarm: `t/alarm-${count}` } : { origin: 'schedule' }), dueAtMs: clock.now() - waitedMs }, stored.version);
    await start('e1');
    await eventually('it is decided', async () => (await stateOf(id)) !== 'ready');
    expect(await orderOf(id)).toMatchObject({ ...expected, runs: [] });
    expect(marks()).toEqual([]);
  });

  it('keeps the end of long output in the run, and all of it in the log, in bounded pieces', async () => {
    const { id } = await order({ steps: [local('a', 'process.stdout.write("한".repeat(60000) + "\\u0007end")')] });
    await start('e1');
    await eventually('the order succeeds', async () => (await stateOf(id)) === 'succeeded');
    const output = (await runOf(`${id}-r1`)).results[0]!.steps[0]!.attempts[0]!.output;
    expect(output.endsWith('한한\u00b7end')).toBe(true);
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(16_384);
    expect(Buffer.byteLength(output)).toBeGreaterThan(16_380);
    const logs = await documents.collection<RunLog>(collections.runLogs).find({ run: `${id}-r1` }, { sort: { field: 'id', direction: 'asc' } });
    expect(logs.items.map(({ doc }) => doc.text).join('')).toBe(`${'한'.repeat(60000)}\u0007end`);
    expect(Math.max(...logs.items.map(({ doc }) => doc.text.length))).toBeLessThanOrEqual(16_384);
  });

  it('shares orders between two executors, each order and each step once', async () => {
    const orders = [];
    for (let i = 0; i < 8; i += 1) orders.push(await order({ steps: [local('a', 'mark("ran")')] }));
    await Promise.all([start('e1'), start('e2')]);
    for (const { id } of orders) await eventually(`${id} succeeds`, async () => (await stateOf(id)) === 'succeeded', 20_000);
    expect(orders.map((one) => one.marks())).toEqual(orders.map(() => ['ran']));
    expect(await Promise.all(orders.map(async ({ id }) => (await orderOf(id)).runs))).toEqual(orders.map(({ id }) => [`${id}-r1`]));
  });

  it('waits while the documents do not answer, and loses nothing', async () => {
    let down = false;
    const flaky: Documents = {
      now: () => documents.now(),
      collection: (spec) => {
        const real = documents.collection(spec);
        return new Proxy(real, { get: (_, key) => (...args: unknown[]) => (down ? Promise.reject(new EngineError('down', { retryable: true })) : (Reflect.get(real, key) as (...all: unknown[]) => unknown)(...args)) }) as never;
      },
    };
    const { id, marks } = await order({ steps: [local('a', 'mark("a"); setTimeout(() => mark("a ended"), 300)'), local('b', 'mark("b")')] });
    await start('e1', flaky);
    await eventually('the step runs', () => marks().length === 1);
    down = true;
    await eventually('the step ends', () => marks().length === 2);
    await pause(1_000);
    expect(marks()).toEqual(['a', 'a ended']);
    down = false;
    await eventually('the order succeeds', async () => (await stateOf(id)) === 'succeeded', 10_000);
    expect(marks()).toEqual(['a', 'a ended', 'b']);
  });
});
