/** Many instances, each may die between claim and order or between order and state: every time has one work order. */
import { collections, definitionSchema, settingsSchema, type DefinitionRecord, type ScheduleState, type WorkOrder } from '@opsloop/contracts';
import { scheduledWorkOrderId } from '@opsloop/domain';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import type { Checkpoints, Clock, MetricStore } from '@opsloop/ports';
import { createLogger, createOwnMetrics, createSystemClock, type Part } from '@opsloop/runtime';
import { createMortalEngines, createTempDir, eventually, type MortalEngines } from '@opsloop/testing';
import type { NoticeRequest } from '../notice/queue-notice.js';
import { createScheduleKeeper } from './keep-schedules.js';

const folder = createTempDir('schedules-').path;
const minuteMs = 60_000;
let skewMs = 0;
const clock: Clock = { ...createSystemClock(), now: () => Date.now() + skewMs };
const bus = createEmbeddedBus({ dataDir: folder, clock, maxBytes: 2 ** 28 });
const documents = createEmbeddedDocuments({ dataDir: folder, clock });
const workOrders = documents.collection<WorkOrder>(collections.workOrders);
const states = documents.collection<ScheduleState>(collections.schedules);
let living: Part[] = [];
const notices: NoticeRequest[] = [];
const defined: string[] = [];
let count = 0;

beforeAll(async () => {
  for (const part of [documents, bus]) await part.start();
  await define('Playbook', 'look', 1, { steps: [{ id: 'a', uses: 'local', run: ['true'] }] });
});
// Far from the next minute: only what a test lets pass makes something due.
beforeEach(() => void (skewMs += minuteMs - (clock.now() % minuteMs) + 5_000));
afterEach(async () => {
  for (const one of living) await one.stop(1_000);
  living = [];
  for (const name of defined.splice(0)) await define('Schedule', name, 2, null);
});
afterAll(async () => {
  for (const part of [bus, documents]) await part.stop(2_000);
});

async function define(kind: 'Playbook' | 'Schedule', name: string, version: number, spec: object | null): Promise<void> {
  const definitions = documents.collection<DefinitionRecord>(collections.definitions);
  const id = `default/${kind}/${name}`;
  const definition = spec && definitionSchema.parse({ apiVersion: 'opsloop/v1', kind, metadata: { name }, spec });
  const doc: DefinitionRecord = { id, tenant: 'default', kind, name, deleted: spec === null, changedAtMs: clock.now(), managedBy: 'api', versions: [{ version, sinceMs: 0, definition, source: '', author: 'ann', atMs: clock.now() }] };
  const stored = await definitions.get(id);
  await (stored ? definitions.replace(doc, stored.version) : definitions.insert(doc));
}

/** A schedule of every minute; its name. */
async function schedule(more: object = {}): Promise<string> {
  const name = `every-minute-${(count += 1)}`;
  defined.push(name);
  await define('Schedule', name, 1, { cron: '* * * * *', workOrder: { type: 'inspection', title: name, targets: [{ id: 'a', name: 'a' }], jobs: [{ playbook: 'look' }] }, ...more });
  return name;
}

async function start(killAt?: string): Promise<MortalEngines> {
  const mortal = createMortalEngines({ bus, documents, clock });
  const keeper = createScheduleKeeper(
    {
      settings: settingsSchema.parse({}), instance: `action-${Math.random()}`, ...mortal, metricStore: {} as MetricStore, checkpoints: {} as Checkpoints, logger: createLogger('silent', 'action'), ownMetrics: createOwnMetrics(),
      reach(point) {
        if (point !== killAt || mortal.isDead()) return;
        mortal.die();
        throw new Error('killed');
      },
    },
    { queueNotice: async (request) => void notices.push(request) },
    () => undefined,
  );
  await keeper.start();
  if (killAt === undefined) living.push(keeper);
  return mortal;
}

const stateOf = async (name: string): Promise<ScheduleState | undefined> => (await states.get(`default/${name}`))?.doc;
const ordersOf = async (name: string): Promise<WorkOrder[]> => (await workOrders.find({ tenant: 'default', state: 'ready' }, { limit: 1_000 })).items.map(({ doc }) => doc).filter((one) => one.title === name);

/** Until the keepers know the schedule, then its next time has come. */
async function untilDue(name: string): Promise<number> {
  await eventually(`${name} is read`, async () => (await stateOf(name))?.dueAtMs !== undefined, 20_000);
  const { dueAtMs } = (await stateOf(name))!;
  skewMs += Math.max(0, dueAtMs! - clock.now()) + 100;
  return dueAtMs!;
}

it('two instances at once open one order for each time', async () => {
  await Promise.all([start(), start()]);
  const name = await schedule();
  for (const round of [1, 2, 3]) {
    await untilDue(name);
    await eventually('the order', async () => ((await stateOf(name))?.opened ?? 0) >= round, 20_000);
  }
  const orders = await ordersOf(name);
  expect(orders.length).toBeGreaterThanOrEqual(3);
  expect(new Set(orders.map(({ desiredAtMs }) => desiredAtMs)).size).toBe(orders.length);
  expect((await stateOf(name))!.opened).toBe(orders.length);
}, 60_000);

it.each(['schedule.after-claim', 'schedule.after-work-order-inserted'])('who dies %s loses no time and opens none twice', async (point) => {
  const mortal = await start(point);
  const name = await schedule({ missed: 'all' });
  const atMs = await untilDue(name);
  await eventually('death', () => mortal.isDead(), 20_000);
  expect((await ordersOf(name)).length).toBe(point === 'schedule.after-claim' ? 0 : 1);
  // The lease of the dead runs out.
  skewMs += 20_000;
  await start();
  await eventually('the next owner', async () => ((await stateOf(name))?.dueAtMs ?? 0) > atMs, 20_000);
  const ids = (await ordersOf(name)).map(({ id }) => id);
  expect(ids.filter((id) => id === scheduledWorkOrderId('default', name, atMs))).toHaveLength(1);
  expect((await stateOf(name))!.lastWorkOrder).toBe(ids.at(-1));
}, 60_000);

it('after an absence the latest missed time is made up for, unless the schedule says otherwise', async () => {
  const names = { latest: await schedule(), skip: await schedule({ missed: 'skip' }), all: await schedule({ missed: 'all' }) };
  await start();
  for (const name of Object.values(names)) await eventually('read', async () => (await stateOf(name)) !== undefined, 20_000);
  for (const one of living.splice(0)) await one.stop(1_000);
  skewMs += 10 * minuteMs + 30_000 - (clock.now() % minuteMs);
  // Whoever claims first sees a time that is missed by far, then one that has just passed is half a minute old.
  await start();
  for (const name of Object.values(names)) await eventually('dealt with', async () => ((await stateOf(name))?.dueAtMs ?? 0) > clock.now(), 20_000);
  const [latest, skip, all] = await Promise.all([ordersOf(names.latest), ordersOf(names.skip), ordersOf(names.all)]);
  expect([latest.length, skip.length]).toEqual([1, 1]);
  expect(all.length).toBeGreaterThanOrEqual(9);
  expect((await stateOf(names.skip))!.missed).toBeGreaterThanOrEqual(8);
}, 60_000);

it('a changed schedule goes by its new times, a deleted one opens nothing more', async () => {
  await start();
  const name = await schedule();
  await untilDue(name);
  await eventually('the order', async () => ((await stateOf(name))?.opened ?? 0) === 1, 20_000);
  await define('Schedule', name, 2, null);
  await eventually('nothing is due', async () => (await stateOf(name))?.dueAtMs === undefined, 20_000);
  expect((await ordersOf(name)).length).toBe(1);
}, 60_000);

it('a time that had come when the schedule was changed is made up for, with what the schedule says now', async () => {
  const name = await schedule();
  await start();
  await eventually('read', async () => (await stateOf(name)) !== undefined, 20_000);
  for (const one of living.splice(0)) await one.stop(1_000);
  const { dueAtMs } = (await stateOf(name))!;
  skewMs += dueAtMs! - clock.now() + 5_000;
  await define('Schedule', name, 2, { cron: '0 0 1 1 *', workOrder: { type: 'inspection', title: name, content: 'changed', targets: [{ id: 'a', name: 'a' }], jobs: [{ playbook: 'look' }] } });
  await start();
  await eventually('dealt with', async () => ((await stateOf(name))?.dueAtMs ?? 0) > clock.now() && (await stateOf(name))!.version === 2, 20_000);
  expect(await ordersOf(name)).toMatchObject([{ id: scheduledWorkOrderId('default', name, dueAtMs!), content: 'changed' }]);
}, 60_000);

it('says why nothing was opened, and tells it once', async () => {
  await start();
  const name = await schedule({ workOrder: { type: 'inspection', title: 'x', targets: [{ id: 'a', name: 'a' }], jobs: [{ playbook: 'nosuch' }], receivers: ['night'] } });
  const firstMs = await untilDue(name);
  await eventually('the problem', async () => (await stateOf(name))?.lastProblem !== undefined, 20_000);
  expect((await stateOf(name))!.lastProblem).toContain('no playbook nosuch');
  await untilDue(name);
  await eventually('the next time', async () => ((await stateOf(name))?.lastAtMs ?? 0) > firstMs, 20_000);
  expect(notices).toMatchObject([{ receivers: ['night'], key: `schedule/default/${name}/${firstMs}`, subject: { en: `Nothing was opened by schedule ${name}: x` }, text: { en: expect.stringContaining('no playbook nosuch') } }]);
}, 60_000);
