import { collections, settingsSchema, type Alarm, type DeadLetter, type Notice, type ResourceRecord, type Run, type RunLog, type WorkOrder } from '@opsloop/contracts';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import type { CollectionSpec, Document } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';
import { createSkewedClock, createTempDir, eventually, pause } from '@opsloop/testing';
import { contextUnderTest } from '../telling-under-test.js';
import { createRecordKeeper } from './record-keeper.js';

const dayMs = 86_400_000;
const tenant = 'default';
const clock = createSkewedClock();
let folder: ReturnType<typeof createTempDir>;
let documents: ReturnType<typeof createEmbeddedDocuments>;
let bus: ReturnType<typeof createEmbeddedBus>;

beforeEach(async () => {
  folder = createTempDir('retention-');
  documents = createEmbeddedDocuments({ dataDir: folder.path, clock });
  bus = createEmbeddedBus({ dataDir: folder.path, clock, maxBytes: 2 ** 30, tailBytes: 2 ** 20 });
  await documents.start();
});
afterEach(async () => {
  await documents.stop(1_000);
  folder.remove();
});

async function put<T extends Document>(spec: CollectionSpec, id: string, parts: Partial<T>): Promise<void> {
  await documents.collection<Document>(spec).insert({ ...parts, id: `${tenant}/${id}`, tenant } as Document);
}

const ago = (days: number): number => clock.now() - days * dayMs;
const alarm = (id: string, days: number, parts: Partial<Alarm> = {}) => put<Alarm>(collections.alarms, id, { state: 'resolved', changedAtMs: ago(days), unrouted: [], hasPendingEvents: false, ...parts });
const order = (id: string, days: number, parts: Partial<WorkOrder> = {}) => put<WorkOrder>(collections.workOrders, id, { state: 'closed', changedAtMs: ago(days), hasPendingEvents: false, ...parts });
const notice = (id: string, days: number, parts: Partial<Notice> = {}) => put<Notice>(collections.notices, id, { state: 'sent', createdAtMs: ago(days), hasPendingEvents: false, ...parts });
const run = (id: string, workOrder: string, days: number) => put<Run>(collections.runs, id, { workOrder: `${tenant}/${workOrder}`, state: 'succeeded', createdAtMs: ago(days), hasPendingEvents: false });
const log = (id: string, ofRun: string, days: number) => put<RunLog>(collections.runLogs, id, { run: `${tenant}/${ofRun}`, atMs: ago(days), text: 'said' });

async function idsIn(spec: CollectionSpec): Promise<string[]> {
  const { items } = await documents.collection(spec).find({}, { limit: 1_000 });
  return items.map(({ doc }) => doc.id.slice(tenant.length + 1));
}

/** One round, up to its end: the last rule removes the resource that is put in for it. */
async function keepOnce(environment: object = {}, instances = 1): Promise<ServiceContext[]> {
  await put<ResourceRecord>(collections.resources, 'the-last', { updatedMs: ago(5_000) });
  const contexts = Array.from({ length: instances }, (_, index): ServiceContext => ({ ...contextUnderTest({ documents, bus, clock, name: `action-${index}`, reach: () => undefined }), settings: settingsSchema.parse(environment) }));
  const keepers = contexts.map(createRecordKeeper);
  for (const one of keepers) await one.start();
  await eventually('the round is over', async () => !(await idsIn(collections.resources)).includes('the-last'));
  for (const one of keepers) await one.stop(1_000);
  return contexts;
}

describe('the record keeper', () => {
  it('removes what is older than it is kept, and nothing younger', async () => {
    await alarm('old', 401);
    await alarm('young', 399);
    await notice('old', 401);
    await notice('young', 399);
    await notice('failed', 401, { state: 'failed' });
    await order('old', 401);
    await order('young', 399);
    await put<DeadLetter>(collections.deadLetters, 'old', { atMs: ago(91), state: 'waiting' });
    await put<DeadLetter>(collections.deadLetters, 'young', { atMs: ago(89), state: 'waiting' });
    await put<ResourceRecord>(collections.resources, 'gone', { updatedMs: ago(1_826) });
    await put<ResourceRecord>(collections.resources, 'seen', { updatedMs: ago(1_824) });
    const [context] = await keepOnce();
    expect(await Promise.all([collections.alarms, collections.notices, collections.workOrders, collections.deadLetters].map(idsIn))).toEqual([['young'], ['young'], ['young'], ['young']]);
    expect(await idsIn(collections.resources)).toEqual(['seen']);
    expect(await context!.ownMetrics.text()).toMatch(/documents_removed_total\{collection="notices"\} 2/);
  });

  it('keeps what is open or waits for somebody, however old it is', async () => {
    await alarm('open', 900, { state: 'open' });
    await alarm('not-handed-on', 900, { unrouted: [2] });
    await alarm('not-announced', 900, { hasPendingEvents: true });
    await alarm('with-failed-order', 900);
    await order('failed', 900, { state: 'failed', alarm: `${tenant}/with-failed-order` });
    await order('of-open', 900, { alarm: `${tenant}/open` });
    await order('to-be-verified', 900, { state: 'succeeded', dueAtMs: ago(900), verification: {} as WorkOrder['verification'] });
    await order('not-announced', 900, { hasPendingEvents: true });
    for (const state of ['draft', 'requested', 'approved', 'assigned', 'ready', 'running', 'partly-failed', 'timed-out', 'unknown', 'not-verified'] as const) await order(state, 900, { state });
    await notice('queued', 900, { state: 'queued', dueAtMs: ago(900) });
    await notice('not-booked', 900, { dueAtMs: ago(900) });
    const specs = [collections.alarms, collections.workOrders, collections.notices];
    const before = await Promise.all(specs.map(idsIn));
    await keepOnce();
    expect(await Promise.all(specs.map(idsIn))).toEqual(before);
  });

  it('removes an order with its runs and their logs, and its alarm once the order is done', async () => {
    await alarm('healed', 401);
    await order('wo', 401, { alarm: `${tenant}/healed` });
    await order('other', 10);
    for (const [id, of] of [['wo-r1', 'wo'], ['wo-r2', 'wo'], ['other-r1', 'other']] as const) {
      await run(id, of, 10);
      for (let number = 0; number < 3; number += 1) await log(`${id}/${number}`, id, 10);
    }
    await keepOnce();
    expect(await Promise.all([collections.alarms, collections.workOrders, collections.runs, collections.runLogs].map(idsIn))).toEqual([[], ['other'], ['other-r1'], ['other-r1/0', 'other-r1/1', 'other-r1/2']]);
  });

  it('removes the logs of runs earlier than the runs', async () => {
    await order('wo', 100);
    await run('wo-r1', 'wo', 100);
    await log('wo-r1/old', 'wo-r1', 91);
    await log('wo-r1/young', 'wo-r1', 89);
    await keepOnce();
    expect(await Promise.all([collections.workOrders, collections.runs, collections.runLogs].map(idsIn))).toEqual([['wo'], ['wo-r1'], ['wo-r1/young']]);
  });

  it('keeps for as long as the settings say, also for ever', async () => {
    for (const days of [5, 4_000]) {
      await alarm(`${days}`, days);
      await notice(`${days}`, days);
      await put<DeadLetter>(collections.deadLetters, `${days}`, { atMs: ago(days), state: 'waiting' });
      await log(`${days}`, 'none', days);
    }
    await keepOnce({ RETENTION_RECORDS: 'forever', RETENTION_DEAD_LETTERS: '4d', RETENTION_RUN_LOGS: '6d' });
    expect(await Promise.all([collections.alarms, collections.notices, collections.deadLetters, collections.runLogs].map(idsIn))).toEqual([['4000', '5'], ['4000', '5'], [], ['5']]);
  });

  it('goes through many pages, past what has to stay, and one instance does it', async () => {
    for (let index = 0; index < 250; index += 1) await alarm(`a${index}`, 500 + index, index % 5 === 0 ? { unrouted: [1] } : {});
    const contexts = await keepOnce({}, 3);
    await pause(50);
    expect(await idsIn(collections.alarms)).toHaveLength(50);
    const counted = await Promise.all(contexts.map(async ({ ownMetrics }) => Number(/documents_removed_total\{collection="alarms"\} (\d+)/.exec(await ownMetrics.text())?.[1] ?? 0)));
    expect(counted.toSorted((a, b) => b - a)).toEqual([200, 0, 0]);
  });
});
