import { alarmEventSchema, collections, deadLetterTopic, settingsSchema, tickKey, topics, type AlarmEvent, type DefinitionRecord, type PolicySpec, type Resource, type Settings } from '@opsloop/contracts';
import { applyDefinition, deleteDefinition, parseDefinitions } from '@opsloop/domain';
import { createDocumentCheckpoints } from '@opsloop/engines';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { EngineError, partitionOf, type Checkpoints, type Clock, type Documents, type MetricStore } from '@opsloop/ports';
import { createLogger, createOwnMetrics, createSystemClock, decodeEvent, type OwnMetrics } from '@opsloop/runtime';
import { buildResource, buildWindowBatch, createTempDir, eventually, pause } from '@opsloop/testing';
import { encodeWindowBatch } from '@opsloop/wire';
import { createTrigger } from './service.js';

const folder = createTempDir('trigger-').path;
let skewMs = 0;
const clock: Clock = { ...createSystemClock(), now: () => Date.now() + skewMs };
const bus = createEmbeddedBus({ dataDir: folder, clock, maxBytes: 2 ** 30 });
const documents = createEmbeddedDocuments({ dataDir: folder, clock });
const checkpoints = createDocumentCheckpoints({ documents, clock });
const definitions = documents.collection<DefinitionRecord>(collections.definitions);
const windowMs = 10_000;
const partitions = topics.window.partitions;
const seen: { key: string; event: AlarmEvent }[] = [];
let started: ReturnType<typeof createTrigger>[] = [];
let hosts = 0;

beforeAll(async () => {
  await documents.start();
  await bus.start();
  await bus.tail(topics.alarms.name, 'oldest', (_, records) => void seen.push(...records.map((one) => ({ key: one.key, event: decodeEvent(alarmEventSchema, one.value) }))));
});
afterEach(async () => {
  for (const part of started) await part.stop(5_000);
  started = [];
});
afterAll(async () => {
  await bus.stop(1_000);
  await documents.stop(1_000);
});

async function start(overrides: { documents?: Documents; checkpoints?: Checkpoints; settings?: Partial<Settings>; ownMetrics?: OwnMetrics } = {}): Promise<ReturnType<typeof createTrigger>> {
  const trigger = createTrigger({
    instance: 'test', bus, documents: overrides.documents ?? documents, checkpoints: overrides.checkpoints ?? checkpoints, metricStore: {} as MetricStore, clock,
    settings: { ...settingsSchema.parse({}), ...overrides.settings }, logger: createLogger('silent', 'trigger'), ownMetrics: overrides.ownMetrics ?? createOwnMetrics(), reach: () => undefined,
  });
  started.push(trigger);
  await trigger.start();
  return trigger;
}

/** Stores a policy on a metric of its own, so that tests do not meet. */
async function store(name: string, spec: Partial<PolicySpec>, nowMs = clock.now()): Promise<void> {
  const text = JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name }, spec: { metric: `test.${name}`, window: '10s', threshold: { warn: '> 80' }, receivers: ['ops'], repeat: '1h', ...spec } });
  const { definitions: [parsed], errors } = parseDefinitions(text, { baseWindowMs: windowMs });
  if (!parsed) throw new Error(JSON.stringify(errors));
  const present = await definitions.get(`default/Policy/${name}`);
  const record = applyDefinition(present?.doc, { tenant: 'default', definition: parsed.definition, source: text }, { author: 'ann', nowMs, managedBy: 'api' });
  if (record === 'unchanged' || 'refused' in record) throw new Error(JSON.stringify(record));
  await (present ? definitions.replace(record, present.version) : definitions.insert(record));
}

async function remove(name: string): Promise<void> {
  const { doc, version } = (await definitions.get(`default/Policy/${name}`))!;
  await definitions.replace(deleteDefinition(doc, { author: 'ann', nowMs: clock.now(), managedBy: 'api' }) as DefinitionRecord, version);
}

function host(): Resource {
  hosts += 1;
  return buildResource({ uid: `host-${hosts}` });
}

async function send(resource: Resource, metric: string, values: readonly (number | undefined)[], from: { startMs: number; arrivalMs?: number }): Promise<void> {
  const records = values.flatMap((value, index) => {
    if (value === undefined) return [];
    const startMs = from.startMs + index * windowMs;
    const bytes = encodeWindowBatch(buildWindowBatch({ resource, attributes: { host: resource.uid }, startMs, windows: [{ metric, values: [value] }] }));
    return [{ key: `default/${resource.id}`, value: bytes, arrivalMs: (from.arrivalMs ?? from.startMs) + (index + 1) * windowMs }];
  });
  await bus.publish(topics.window.name, records);
}

async function tick(arrivalMs: number): Promise<void> {
  await bus.publish(topics.window.name, Array.from({ length: partitions }, (_, partition) => ({ key: tickKey, value: new Uint8Array(), partition, arrivalMs })));
}

function eventsOf(resource: Resource): AlarmEvent[] {
  return seen.filter(({ event }) => event.data.resource.id === resource.id).map(({ event }) => event);
}

function logOf(resource: Resource): string[] {
  return eventsOf(resource).map(({ type, data }) => `${type.slice(6)} ${data.level} ${data.transition}`);
}

/** Waits until the trigger has read everything that was published. */
async function settled(): Promise<void> {
  await bus.publish(topics.window.name, []);
  await pause(150);
}

describe('trigger', () => {
  it('publishes transitions of alarms, complete and keyed by occurrence', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 1)];
    await store('cpu', { threshold: { warn: '> 80', critical: '> 95' }, scenarios: [] });
    const metrics = createOwnMetrics();
    await start({ ownMetrics: metrics });
    await send(resource, 'test.cpu', [50, 90, 97, 10], { startMs });
    await eventually('the alarm is resolved', () => eventsOf(resource).length === 3);
    expect(logOf(resource)).toEqual(['opened warn 1', 'level-changed critical 2', 'resolved critical 3']);
    const [opened] = eventsOf(resource);
    expect(opened).toMatchObject({
      id: `${opened!.data.occurrence}#1`, source: '/opsloop/trigger', subject: opened!.data.occurrence, time: new Date(startMs + 20_000).toISOString(),
      data: {
        tenant: 'default', policy: 'cpu', policyVersion: 1, resource, resourceName: resource.uid, attributes: { host: resource.uid }, labels: {}, metric: 'test.cpu', aggregate: 'AVG',
        value: 90, threshold: '> 80', windowStartMs: startMs + 10_000, windowEndMs: startMs + 20_000, pendingSinceMs: startMs + 10_000, atMs: startMs + 20_000, receivers: ['ops'], repeatMs: 3_600_000,
        trace: { sampleMs: startMs + 19_999, arrivalMs: startMs + 20_000, judgedMs: expect.any(Number) },
      },
    });
    expect(seen.filter(({ event }) => event.data.resource.id === resource.id).every(({ key, event }) => key === event.data.occurrence && key.startsWith('default/'))).toBe(true);
    const text = await metrics.text();
    expect(text).toContain('opsloop_trigger_windows_judged_total 4');
    expect(text).toContain('opsloop_trigger_transitions_total{type="alarm.resolved"} 1');
    expect(text).toMatch(/opsloop_trigger_judge_seconds_count 4/);
    expect(text).toMatch(/opsloop_trigger_policies [1-9]/);
  });

  it('closes windows and tells missing data by ticks', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 2)];
    await store('silence', { window: '1m', noData: 'no-data' });
    await start();
    await send(resource, 'test.silence', [90, 90], { startMs });
    await tick(startMs + 89_000);
    await settled();
    expect(logOf(resource)).toEqual([]);
    await tick(startMs + 90_000);
    await eventually('the window is closed', () => logOf(resource).length === 1);
    await tick(startMs + 200_000);
    await eventually('missing data are told', () => logOf(resource).length === 2);
    expect(logOf(resource)).toEqual(['opened warn 1', 'no-data down 2']);
  });

  it('finds new, changed and deleted policies by itself', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 3)];
    const metrics = createOwnMetrics();
    const trigger = await start({ ownMetrics: metrics });
    const inForce = async () => Number(/opsloop_trigger_policies (\d+)/.exec(await metrics.text())![1]);
    const before = await inForce();
    await store('later', {});
    await eventually('it is in force', async () => (await inForce()) > before);
    await send(resource, 'test.later', [90], { startMs });
    await eventually('the new policy judges', () => logOf(resource).length === 1);
    await remove('later');
    await trigger.refresh();
    await tick(clock.now() + 10_000);
    await eventually('the deleted policy lets go', () => logOf(resource).length === 2);
    expect(eventsOf(resource)[1]!.data).toMatchObject({ level: 'warn', reason: 'the policy was removed', transition: 2 });
  });

  it('goes on by the policies that it knows while the documents are down', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 4)];
    await store('outage', {});
    let down = false;
    const failing: Documents = {
      now: () => documents.now(),
      collection: (spec) => {
        const collection = documents.collection(spec);
        const find: typeof collection.find = async (filter, options) => {
          if (down) throw new EngineError('down', { retryable: true });
          return collection.find(filter, options);
        };
        return { ...collection, find } as never;
      },
    };
    await start({ documents: failing });
    down = true;
    await pause(700);
    await send(resource, 'test.outage', [90], { startMs });
    await eventually('an alarm opens', () => logOf(resource).length === 1);
    expect(logOf(resource)).toEqual(['opened warn 1']);
  });

  it('waits for its policies at the start rather than letting windows pass', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 5)];
    await store('patience', {});
    await send(resource, 'test.patience', [90], { startMs });
    let down = true;
    const failing: Documents = {
      now: () => documents.now(),
      collection: (spec) => ({
        ...documents.collection(spec),
        find: async (...args: Parameters<ReturnType<typeof documents.collection>['find']>) => {
          if (down) throw new EngineError('down', { retryable: true });
          return documents.collection(spec).find(...args);
        },
      }) as never,
    };
    const starting = start({ documents: failing });
    await pause(300);
    expect(logOf(resource)).toEqual([]);
    down = false;
    await starting;
    await eventually('the alarm opens', () => logOf(resource).length === 1);
  });

  it('keeps the time already held over a restart, and says nothing twice', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 6)];
    await store('hold', { hold: '40s' });
    await start();
    await send(resource, 'test.hold', [90, 90, 90], { startMs });
    await settled();
    await started.pop()!.stop(5_000);
    await start();
    await send(resource, 'test.hold', [90, 90], { startMs: startMs + 30_000 });
    await eventually('the alarm opens', () => logOf(resource).length === 1);
    await settled();
    expect(eventsOf(resource).map(({ data }) => [data.pendingSinceMs - startMs, data.atMs - startMs])).toEqual([[0, 40_000]]);
  });

  it('gives a transition the same identity when the log is read again after a crash', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 7)];
    await store('crash', {});
    // This instance never saves a snapshot, as one that is killed before it could.
    await start({ checkpoints: { begin: (key) => checkpoints.begin(key), load: (key) => checkpoints.load(key), save: async () => 'fenced' } });
    await send(resource, 'test.crash', [90, 97, 10, 90], { startMs });
    await eventually('decisions are published', () => logOf(resource).length === 3);
    await started.pop()!.stop(5_000);
    await start();
    await eventually('and published again', () => logOf(resource).length === 6);
    const ids = eventsOf(resource).map(({ id }) => id);
    expect(ids.slice(3)).toEqual(ids.slice(0, 3));
    const content = eventsOf(resource).map(({ data: { trace: _trace, ...data } }) => data);
    expect(content.slice(3)).toEqual(content.slice(0, 3));
  });

  it('puts a record that can never be read aside and goes on', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 8)];
    await store('poison', {});
    const letters: string[] = [];
    const tail = await bus.tail(deadLetterTopic(topics.window.name), 'oldest', (_, records) => void letters.push(...records.map((one) => one.headers['reason'] ?? '')));
    await start();
    const key = `default/${resource.id}`;
    await bus.publish(topics.window.name, [{ key, value: Uint8Array.of(99, 1, 2, 3), partition: partitionOf(key, partitions) }]);
    await send(resource, 'test.poison', [90], { startMs });
    await eventually('the alarm opens', () => logOf(resource).length === 1);
    await eventually('the dead letter is there', () => letters.length > 0);
    expect(letters).toEqual([expect.stringContaining('unknown version 99')]);
    await tail.stop();
  });

  it('judges a replay of old data like live data', async () => {
    const [resource, startMs] = [host(), Date.UTC(2014, 1, 14)];
    await store('old', { hold: '20s', keepOpen: '20s' });
    await start();
    skewMs = 0;
    await send(resource, 'test.old', [90, 90, 10, 10], { startMs, arrivalMs: clock.now() });
    await eventually('the alarm came and went', () => logOf(resource).length === 2);
    expect(eventsOf(resource).map(({ data }) => data.atMs - startMs)).toEqual([20_000, 40_000]);
  });
});
