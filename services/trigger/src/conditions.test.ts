/** Conditions that need more than the windows at hand: groups over partitions, history, and the state of an older version. */
import { alarmEventSchema, collections, settingsSchema, tickKey, topics, type AlarmEvent, type DefinitionRecord, type PolicySpec, type Resource } from '@opsloop/contracts';
import { applyDefinition, parseDefinitions, versionLeadMs } from '@opsloop/domain';
import { createDocumentCheckpoints } from '@opsloop/engines';
import { createEmbeddedBus, createEmbeddedDocuments, createEmbeddedMetricStore } from '@opsloop/engines-embedded';
import { partitionOf, type BusRecord, type MetricStore } from '@opsloop/ports';
import { createLogger, createOwnMetrics, createSystemClock, decodeEvent } from '@opsloop/runtime';
import { buildResource, buildWindowBatch, createTempDir, eventually, pause } from '@opsloop/testing';
import { encodeWindowBatch } from '@opsloop/wire';
import { createTrigger } from './service.js';

const folder = createTempDir('trigger-conditions-').path;
const clock = createSystemClock();
const bus = createEmbeddedBus({ dataDir: folder, clock, maxBytes: 2 ** 30 });
const documents = createEmbeddedDocuments({ dataDir: folder, clock });
const checkpoints = createDocumentCheckpoints({ documents, clock });
const metricStore = createEmbeddedMetricStore({ dataDir: folder, windowMs: 10_000 });
const asked: string[] = [];
const askedStore: MetricStore = {
  ...metricStore,
  query(wanted) {
    asked.push(wanted.selector.metric);
    return metricStore.query(wanted);
  },
};
const definitions = documents.collection<DefinitionRecord>(collections.definitions);
const windowMs = 10_000;
/** All arrivals of these tests: half an hour ago, so that nothing lies ahead of the clock. */
const startMs = Math.floor((Date.now() - 1_800_000) / 60_000) * 60_000;
const seen: AlarmEvent[] = [];
const told: BusRecord[] = [];
let started: ReturnType<typeof createTrigger>[] = [];

beforeAll(async () => {
  await documents.start();
  await bus.start();
  await metricStore.start();
  await bus.tail(topics.alarms.name, 'oldest', (_, records) => void seen.push(...records.map((one) => decodeEvent(alarmEventSchema, one.value))));
  await bus.tail(topics.conditions.name, 'oldest', (_, records) => void told.push(...records));
});
afterEach(async () => {
  for (const part of started) await part.stop(5_000);
  started = [];
});
afterAll(async () => {
  await metricStore.stop(2_000);
  await bus.stop(1_000);
  await documents.stop(1_000);
});

async function start(): Promise<ReturnType<typeof createTrigger>> {
  const trigger = createTrigger({ instance: 'test', bus, documents, checkpoints, metricStore: askedStore, clock, settings: settingsSchema.parse({}), logger: createLogger('silent', 'trigger'), ownMetrics: createOwnMetrics(), reach: () => undefined });
  started.push(trigger);
  await trigger.start();
  return trigger;
}

async function store(name: string, spec: Partial<Record<keyof PolicySpec, unknown>>): Promise<void> {
  const text = JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name }, spec: { metric: `test.${name}`, window: '10s', ...spec } });
  const { definitions: [parsed], errors } = parseDefinitions(text, { baseWindowMs: windowMs });
  if (!parsed) throw new Error(JSON.stringify(errors));
  const present = await definitions.get(`default/Policy/${name}`);
  const record = applyDefinition(present?.doc, { tenant: 'default', definition: parsed.definition, source: text }, { author: 'ann', nowMs: clock.now(), managedBy: 'api' }) as DefinitionRecord;
  await (present ? definitions.replace(record, present.version) : definitions.insert(record));
}

function batchOf(resource: Resource, metric: string, value: number, atMs: number) {
  return buildWindowBatch({ resource, attributes: { host: resource.uid, team: 'web' }, startMs: atMs, windows: [{ metric, values: [value] }] });
}

async function send(resource: Resource, metric: string, value: number, atMs: number): Promise<void> {
  await bus.publish(topics.window.name, [{ key: `default/${resource.id}`, value: encodeWindowBatch(batchOf(resource, metric, value, atMs)), arrivalMs: atMs + windowMs }]);
}

async function tick(arrivalMs: number): Promise<void> {
  await bus.publish(topics.window.name, Array.from({ length: topics.window.partitions }, (_, partition) => ({ key: tickKey, value: new Uint8Array(), partition, arrivalMs })));
}

function eventsOf(policy: string): AlarmEvent[] {
  return seen.filter(({ data }) => data.policy === policy);
}

describe('groups of resources', () => {
  it('are judged across partitions, once every partition has got that far', async () => {
    await store('share', { kind: 'group', group: { where: '> 80', by: ['team'] }, threshold: { warn: '> 30', critical: '> 60' }, receivers: ['ops'] });
    const hosts = Array.from({ length: 8 }, (_, index) => buildResource({ uid: `web-${index}` }));
    expect(new Set(hosts.map((host) => partitionOf(`default/${host.id}`, topics.window.partitions))).size).toBeGreaterThan(3);
    await start();
    // An owner that begins without its past first hears of every member for five minutes.
    await tick(startMs - 400_000);
    const steps = [[1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0]];
    for (const [step, busy] of steps.entries()) {
      for (const [index, host] of hosts.entries()) await send(host, 'test.share', busy[index] ? 90 : 10, startMs + step * windowMs);
    }
    await tick(startMs + 40_000);
    await pause(400);
    expect(eventsOf('share')).toEqual([]);
    await tick(startMs + 90_000);
    await eventually('the group is resolved', () => eventsOf('share').length === 3);
    expect(eventsOf('share').map(({ type, data }) => [type, data.level, data.value, (data.atMs - startMs) / 1000])).toEqual([
      ['alarm.opened', 'warn', 37.5, 20], ['alarm.level-changed', 'critical', 62.5, 30], ['alarm.resolved', 'critical', 0, 40],
    ]);
    const [opened] = eventsOf('share');
    expect(opened!.data).toMatchObject({ resource: { kind: 'group', uid: 'share team=web' }, attributes: { team: 'web' }, unit: 'percent', receivers: ['ops'] });
    expect(opened!.data.reason).toBe('3 of 8 resources, 37.5 percent (web-0, web-1, web-2), warn is > 30');
    // Only changes travel: 8 members, then one, two and five that changed.
    const members = told.filter((one) => one.key !== tickKey);
    expect(members.length).toBe(8 + 1 + 2 + 5);
    expect(new Set(members.map((one) => one.key)).size).toBe(1);
  });
});

describe('history', () => {
  it('counts for a new policy: what was held before is held', async () => {
    const host = buildResource({ uid: 'old-hand' });
    const times = Array.from({ length: 30 }, (_, index) => startMs + index * windowMs);
    await metricStore.write(times.map((atMs) => batchOf(host, 'test.held', atMs < startMs + 100_000 ? 10 : 90, atMs)));
    const trigger = await start();
    await store('held', { threshold: { warn: '> 80' }, hold: '3m' });
    await trigger.refresh();
    await send(host, 'test.held', 90, startMs + 300_000);
    await pause(300);
    expect(eventsOf('held')).toEqual([]);
    // The seeder looks every three seconds, and asks in the round after the one in which it saw the series.
    const ticking = setInterval(() => void tick(startMs + 310_000), 200);
    await eventually('the alarm that was held is open', () => eventsOf('held').length === 1, 15_000);
    clearInterval(ticking);
    expect(eventsOf('held').map(({ data }) => [data.pendingSinceMs - startMs, data.atMs - startMs])).toEqual([[100_000, 280_000]]);
  }, 30_000);
});

describe('the state of an older version', () => {
  it('is read, and what was held goes on', async () => {
    const host = buildResource({ uid: 'migrated' });
    const partition = partitionOf(`default/${host.id}`, topics.window.partitions);
    await store('kept', { threshold: { warn: '> 80' }, hold: '40s' });
    const atMs = startMs + 600_000;
    const watch = [0, {}, 0, atMs, 0, 0, atMs - 1, atMs, 0, { heldMs: [30_000, 30_000, 0], pendingSinceMs: atMs - 30_000, changesMs: [] }];
    const state = { sweptToMs: atMs, shapes: [{ name: 'kept', metric: 'test.kept', windowMs, aggregate: 'AVG' }], resources: [[host, { host: 'migrated' }, [['agent', atMs, atMs]], [watch]]] };
    const key = { group: 'trigger', partition };
    const present = await checkpoints.load(key);
    const encoder = new TextEncoder();
    expect(await checkpoints.save(key, await checkpoints.begin(key), present?.position ?? -1, [encoder.encode('trigger/1'), encoder.encode(JSON.stringify(state))])).toBe('saved');
    await start();
    await send(host, 'test.kept', 90, atMs);
    await eventually('the alarm opens', () => eventsOf('kept').length === 1);
    expect(eventsOf('kept')[0]!.data.pendingSinceMs).toBe(atMs - 30_000);
  });
});

describe('a version that remembers something else', () => {
  it('has the history of its series read again', async () => {
    const host = buildResource({ uid: 'relearned' });
    const nowMs = Math.floor(clock.now() / windowMs) * windowMs;
    await metricStore.write(Array.from({ length: 60 }, (_, index) => batchOf(host, 'test.learned', 10, nowMs + (index - 40) * windowMs)));
    const trigger = await start();
    const ticking = setInterval(() => void tick(clock.now()), 200);
    for (const [index, against] of ['2m', '3m'].entries()) {
      await store('learned', { kind: 'change', change: { against, as: 'difference', baseline: '10s' }, threshold: { warn: '> 50' } });
      await trigger.refresh();
      await send(host, 'test.learned', index === 0 ? 10 : 90, index === 0 ? nowMs : Math.ceil((clock.now() + versionLeadMs) / windowMs) * windowMs);
      await eventually(`history is read for ${against}`, () => asked.filter((metric) => metric === 'test.learned').length === index + 1, 15_000);
    }
    await eventually('the alarm that history tells of is open', () => eventsOf('learned').length === 1);
    clearInterval(ticking);
  }, 30_000);
});
