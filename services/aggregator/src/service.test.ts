/** The aggregator on the real embedded engines: raw batches in, windows, history, tiers and resources out. */
import { collections, deadLetterTopic, settingsSchema, tickKey, topics, type RawBatch, type Resource, type ResourceRecord, type Settings, type WindowBatch } from '@opsloop/contracts';
import { createDocumentCheckpoints } from '@opsloop/engines';
import { createEmbeddedBus, createEmbeddedDocuments, createEmbeddedMetricStore } from '@opsloop/engines-embedded';
import { EngineError, type Checkpoints, type Documents, type HistorySeries, type MetricStore } from '@opsloop/ports';
import { createLogger, createOwnMetrics, createSystemClock, type OwnMetrics, type Part } from '@opsloop/runtime';
import { buildRawBatch, buildResource, createTempDir, eventually, pause } from '@opsloop/testing';
import { createWindowBatchDecoder, encodeRawBatch } from '@opsloop/wire';
import { createAggregator } from './service.js';

const dataDir = createTempDir('aggregator-').path;
const clock = createSystemClock();
const bus = createEmbeddedBus({ dataDir, clock, maxBytes: 2 ** 30 });
const documents = createEmbeddedDocuments({ dataDir, clock });
const metricStore = createEmbeddedMetricStore({ dataDir, windowMs: 10_000 });
const checkpoints = createDocumentCheckpoints({ documents, clock });
const windows: { partition: number; key: string; arrivalMs: number; batch: WindowBatch }[] = [];
const ticks: { partition: number; arrivalMs: number }[] = [];
let started: Part[] = [];
let hosts = 0;

beforeAll(async () => {
  await Promise.all([documents.start(), bus.start(), metricStore.start()]);
  const decoder = createWindowBatchDecoder();
  await bus.tail(topics.window.name, 'oldest', (partition, records) => {
    for (const { key, value, arrivalMs } of records) {
      if (value.byteLength === 0) ticks.push({ partition, arrivalMs });
      else windows.push({ partition, key, arrivalMs, batch: decoder.decode(value) });
    }
  });
});
afterEach(async () => {
  for (const part of started) await part.stop(5_000);
  started = [];
});
afterAll(async () => {
  for (const engine of [bus, documents, metricStore]) await engine.stop(2_000);
});

async function start(overrides: { checkpoints?: Checkpoints; metricStore?: MetricStore; documents?: Documents; settings?: Partial<Settings>; ownMetrics?: OwnMetrics } = {}): Promise<Part> {
  const part = createAggregator({
    instance: 'test', bus, documents: overrides.documents ?? documents, checkpoints: overrides.checkpoints ?? checkpoints, metricStore: overrides.metricStore ?? metricStore, clock,
    settings: { ...settingsSchema.parse({}), ...overrides.settings }, logger: createLogger('silent', 'aggregator'), ownMetrics: overrides.ownMetrics ?? createOwnMetrics(), reach: () => undefined,
  });
  started.push(part);
  await part.start();
  return part;
}

async function restart(): Promise<void> {
  await started.pop()!.stop(5_000);
}

function host(): Resource {
  return buildResource({ uid: `host-${++hosts}` });
}

/** One batch every ten seconds: a gauge, and a counter that rises by 500. */
function batchesOf(resource: Resource, startMs: number, from: number, to: number, parts: Partial<Pick<RawBatch, 'source' | 'attributes'>> = {}): { batch: RawBatch; arrivalMs: number }[] {
  return Array.from({ length: to - from }, (_, i) => {
    const timeMs = startMs + (from + i) * 10_000;
    const samples = [{ metric: 'mem.used_percent', timeMs, value: (from + i) % 97 }, { metric: 'net.bytes_recv', labels: { interface: 'eth0' }, timeMs, value: 500 * (from + i) }];
    return { batch: buildRawBatch({ resource, attributes: { host: resource.uid }, samples, ...parts }), arrivalMs: timeMs + 200 };
  });
}

async function send(list: readonly { batch: RawBatch; arrivalMs: number }[]): Promise<void> {
  await bus.publish(topics.raw.name, list.map(({ batch, arrivalMs }) => ({ key: `default/${batch.resource.id}`, value: encodeRawBatch(batch), arrivalMs })));
}

async function tick(arrivalMs: number): Promise<void> {
  await bus.publish(topics.raw.name, Array.from({ length: topics.raw.partitions }, (_, partition) => ({ key: tickKey, value: new Uint8Array(), partition, arrivalMs })));
}

function windowsOf(resource: Resource): WindowBatch[] {
  return windows.filter(({ batch }) => batch.resource.id === resource.id).map(({ batch }) => batch);
}

/** Starts of the windows that were emitted, in order. */
function startsOf(resource: Resource, startMs: number): number[] {
  return windowsOf(resource).map((batch) => (batch.startMs - startMs) / 1000);
}

async function history(resource: Resource, metric: string, { tier = 'base', stepMs = 10_000 }: { tier?: 'base' | '1m'; stepMs?: number } = {}): Promise<HistorySeries[]> {
  return [...(await metricStore.query({ selector: { tenant: 'default', metric, resources: [resource.id] }, fromMs: 0, toMs: 4e12, stepMs, tier }))];
}

describe('aggregator', () => {
  it('turns batches into windows on the partition of the same number, and writes their history', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 1)];
    const ownMetrics = createOwnMetrics();
    await start({ ownMetrics });
    await send(batchesOf(resource, startMs, 0, 30));
    await eventually('28 windows are closed', () => windowsOf(resource).length === 28);
    await tick(startMs + 400_000);
    await eventually('silence closes the last two', () => windowsOf(resource).length === 30);
    expect(startsOf(resource, startMs)).toEqual(Array.from({ length: 30 }, (_, i) => i * 10));
    const [first, second] = windowsOf(resource);
    expect(first).toMatchObject({ source: 'test', attributes: { host: resource.uid }, widthMs: 10_000, correction: false, closedToMs: startMs + 10_000 });
    expect([...second!.last]).toEqual([1, 50]);
    expect(second!.dictionary.metrics).toEqual(['mem.used_percent', 'net.bytes_recv']);
    const raw = new Set<number>();
    await (await bus.tail(topics.raw.name, 'oldest', (partition, records) => void (records.some(({ key }) => key === `default/${resource.id}`) && raw.add(partition)))).stop();
    const places = windows.filter(({ batch }) => batch.resource.id === resource.id);
    expect(new Set(places.map(({ key }) => key))).toEqual(new Set([`default/${resource.id}`]));
    expect(new Set(places.map(({ partition }) => partition)).size).toBe(1);
    await eventually('history is written', async () => (await history(resource, 'mem.used_percent'))[0]?.startsMs.length === 30);
    const [rates] = await history(resource, 'net.bytes_recv');
    expect(rates!.labels).toEqual({ interface: 'eth0' });
    expect([...rates!.sum]).toEqual(Array.from({ length: 29 }, () => 50));
    const text = await ownMetrics.text();
    expect(text).toContain('opsloop_aggregator_samples_total 60');
    expect(text).toContain('opsloop_aggregator_windows_total 59');
    expect(text).toMatch(/opsloop_aggregator_lag_records\{group="history"\} \d+/);
  });

  it('forwards ticks to the partition of the same number, behind what they close', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 2)];
    await start();
    await send(batchesOf(resource, startMs, 0, 1));
    await tick(startMs + 60_000);
    await eventually('every partition has the tick', () => new Set(ticks.filter(({ arrivalMs }) => arrivalMs === startMs + 60_000).map(({ partition }) => partition)).size === topics.window.partitions);
    expect(windows.find(({ batch }) => batch.resource.id === resource.id)!.arrivalMs).toBe(startMs + 60_000);
  });

  it('corrects the history of closed windows', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 3)];
    await start();
    await send(batchesOf(resource, startMs, 0, 5));
    await send([{ batch: buildRawBatch({ resource, samples: [{ metric: 'mem.used_percent', timeMs: startMs + 11_000, value: 100 }] }), arrivalMs: startMs + 41_000 }]);
    await eventually('a correction is emitted', () => windowsOf(resource).some(({ correction }) => correction));
    await eventually('and stored', async () => (await history(resource, 'mem.used_percent'))[0]?.count[1] === 2);
    expect((await history(resource, 'mem.used_percent'))[0]!.max[1]).toBe(100);
  });

  it('goes on over a restart: nothing is emitted twice, counters keep their last value', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 4)];
    await start();
    await send(batchesOf(resource, startMs, 0, 10));
    await eventually('eight windows are closed', () => windowsOf(resource).length === 8);
    await restart();
    await start();
    await send(batchesOf(resource, startMs, 10, 20));
    await eventually('all but two are closed', () => windowsOf(resource).length === 18);
    await pause(100);
    expect(startsOf(resource, startMs)).toEqual(Array.from({ length: 18 }, (_, i) => i * 10));
    expect(windowsOf(resource).slice(1).every(({ last }) => last[1] === 50)).toBe(true);
  });

  it('emits the same windows in the same revisions when it is killed before a snapshot', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 5)];
    await start({ checkpoints: { begin: (key) => checkpoints.begin(key), load: (key) => checkpoints.load(key), save: async () => 'fenced' } });
    const sent = batchesOf(resource, startMs, 0, 20);
    await send([...sent.slice(0, 8), sent[10]!, sent[9]!, sent[8]!, ...sent.slice(11)]);
    await eventually('18 windows are closed', () => startsOf(resource, startMs).includes(170));
    const before = windowsOf(resource);
    expect(before.some(({ correction }) => correction)).toBe(true);
    await restart();
    await start();
    await eventually('the log is read again', () => windowsOf(resource).length === 2 * before.length);
    expect(windowsOf(resource).slice(before.length)).toEqual(before);
    await send(batchesOf(resource, startMs, 20, 23));
    await eventually('and goes on', () => startsOf(resource, startMs).includes(200));
    await eventually('history has each window once', async () => (await history(resource, 'net.bytes_recv'))[0]?.startsMs.length === 20);
    expect([...(await history(resource, 'net.bytes_recv'))[0]!.sum]).toEqual(Array.from({ length: 20 }, () => 50));
  });

  it('counts a batch that comes twice once', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 6)];
    const ownMetrics = createOwnMetrics();
    await start({ ownMetrics });
    const sent = batchesOf(resource, startMs, 0, 5);
    await send([...sent.slice(0, 3), ...sent]);
    await eventually('three windows are closed', () => windowsOf(resource).length === 3);
    expect(windowsOf(resource).every(({ count }) => count[0] === 1)).toBe(true);
    await eventually('and it is said so', async () => (await ownMetrics.text()).includes('opsloop_aggregator_dropped_samples_total{reason="duplicate"} 6'));
  });

  it('puts what can never be read aside, in both groups, and goes on', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 7)];
    const letters: string[] = [];
    const tails = await Promise.all([topics.raw, topics.window].map(({ name }) => bus.tail(deadLetterTopic(name), 'latest', (_, records) => void letters.push(...records.map(({ headers }) => `${headers['group']}: ${headers['reason']}`)))));
    await start();
    const key = `default/${resource.id}`;
    const poison = { key, value: Uint8Array.of(99, 1, 2) };
    await bus.publish(topics.raw.name, [poison]);
    await bus.publish(topics.window.name, [poison]);
    await send(batchesOf(resource, startMs, 0, 4));
    await eventually('windows are in history', async () => (await history(resource, 'mem.used_percent'))[0]?.startsMs.length === 2);
    await eventually('both letters are there', () => letters.length === 2);
    expect(letters.toSorted()).toEqual([expect.stringMatching(/^aggregator: .*unknown version 99/), expect.stringMatching(/^history: .*unknown version 99/)]);
    for (const tail of tails) await tail.stop();
  });

  it('does not let windows wait for a metric store that is down, and catches up when it is back', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 8)];
    let down = true;
    const write: MetricStore['write'] = (batches) => (down ? Promise.reject(new EngineError('the disk is full', { retryable: true })) : metricStore.write(batches));
    await start({ metricStore: { ...bound(metricStore), write } });
    await send(batchesOf(resource, startMs, 0, 10));
    await eventually('windows are emitted', () => windowsOf(resource).length === 8);
    expect(await history(resource, 'mem.used_percent')).toEqual([]);
    down = false;
    await eventually('history catches up', async () => (await history(resource, 'mem.used_percent'))[0]?.startsMs.length === 8);
  });

  it('keeps what it has seen of resources, and writes no more than is new', async () => {
    const [resource, startMs] = [host(), Date.UTC(2026, 0, 9)];
    const collection = documents.collection<ResourceRecord>(collections.resources);
    const id = `default/${resource.id}`;
    await start();
    await send(batchesOf(resource, startMs, 0, 10));
    await eventually('the resource is known', async () => (await collection.get(id)) !== undefined);
    await pause(2_500);
    const first = (await collection.get(id))!;
    expect(first.doc).toMatchObject({ resourceId: resource.id, tenant: 'default', uid: resource.uid, name: resource.uid, attributes: { host: resource.uid }, sources: ['test'], metrics: ['mem.used_percent', 'net.bytes_recv'] });
    expect(first.version).toBe(1);
    await send(batchesOf(resource, startMs, 10, 12));
    await send(batchesOf(resource, startMs, 12, 16, { source: 'second', attributes: { host: resource.uid, rack: '7' } }));
    await tick(startMs + 600_000);
    await eventually('attributes are renewed', async () => (await collection.get(id))!.doc.attributes['rack'] === '7');
    await restart();
    expect((await collection.get(id))!.doc).toMatchObject({ firstSeenMs: first.doc.firstSeenMs, lastSeenMs: startMs + 600_000 });
  });

  it('rolls tiers up and drops what is past its retention, one of many at a time', async () => {
    const [resource, minuteMs] = [host(), 60_000];
    const startMs = Math.floor(clock.now() / minuteMs) * minuteMs - 10 * minuteMs;
    const old = host();
    const oldMs = startMs - 5 * 3_600_000;
    const first = await start();
    await send(batchesOf(resource, startMs, 0, 40));
    await send(batchesOf(old, oldMs, 0, 40));
    for (const one of [resource, old]) await eventually('history is written', async () => (await history(one, 'mem.used_percent'))[0]?.startsMs.length === 38);
    await first.stop(5_000);
    const calls: string[] = [];
    const watched: MetricStore = {
      ...bound(metricStore),
      rollup: (tier, untilMs) => (calls.push(`rollup ${tier}`), metricStore.rollup(tier, untilMs)),
      drop: (tier, beforeMs) => (calls.push(`drop ${tier}`), metricStore.drop(tier, beforeMs)),
    };
    await start({ metricStore: watched, settings: { RETENTION_RAW: 3_600_000, RETENTION_1M: Infinity } });
    await start({ metricStore: watched });
    await eventually('minutes are there', async () => (await history(resource, 'net.bytes_recv', { tier: '1m', stepMs: minuteMs }))[0]?.startsMs.length === 7);
    const [minutes] = await history(resource, 'net.bytes_recv', { tier: '1m', stepMs: minuteMs });
    expect([...minutes!.count]).toEqual([5, 6, 6, 6, 6, 6, 2]);
    expect([...minutes!.max]).toEqual(Array.from({ length: 7 }, () => 50));
    await eventually('old windows are gone, their minutes stay', async () => (await history(old, 'mem.used_percent')).length === 0);
    expect((await history(old, 'mem.used_percent', { tier: '1m', stepMs: minuteMs }))[0]!.startsMs.length).toBeGreaterThanOrEqual(7);
    await pause(500);
    expect(calls.slice(0, 6)).toEqual(['rollup 1m', 'rollup 1h', 'rollup 1d', 'drop base', 'drop 1h', 'drop 1d']);
    expect(calls.filter((call) => call === 'drop base')).toHaveLength(1);
  });
});

function bound(store: MetricStore): MetricStore {
  return { write: (batches) => store.write(batches), query: (query) => store.query(query), topN: (query) => store.topN(query), series: (selector) => store.series(selector), rollup: (tier, untilMs) => store.rollup(tier, untilMs), drop: (tier, beforeMs) => store.drop(tier, beforeMs) };
}
