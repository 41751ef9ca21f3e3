/** Log lines on the real embedded engines: batches in, samples and events out, also across a restart. */
import { logChangeEventSchema, settingsSchema, tickKey, topics, type LogBatch, type LogChangeEvent } from '@opsloop/contracts';
import { createDocumentCheckpoints } from '@opsloop/engines';
import { createEmbeddedBus, createEmbeddedDocuments, createEmbeddedMetricStore } from '@opsloop/engines-embedded';
import { createLogger, createOwnMetrics, createSystemClock, decodeEvent, encodeEvent, type Part } from '@opsloop/runtime';
import { buildResource, createTempDir, eventually } from '@opsloop/testing';
import { createAggregator } from './service.js';

const folder = createTempDir('log-watch-');
const clock = createSystemClock();
const bus = createEmbeddedBus({ dataDir: folder.path, clock, maxBytes: 2 ** 30 });
const documents = createEmbeddedDocuments({ dataDir: folder.path, clock });
const metricStore = createEmbeddedMetricStore({ dataDir: folder.path, windowMs: 10_000 });
const checkpoints = createDocumentCheckpoints({ documents, clock });
const events: LogChangeEvent[] = [];
let aggregator: Part;
let hashes = 0;
/** Recent, so that no window is older than its retention. */
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;

async function start(): Promise<void> {
  aggregator = createAggregator({ instance: 'test', bus, documents, checkpoints, metricStore, clock, settings: settingsSchema.parse({}), logger: createLogger('silent', 'aggregator'), ownMetrics: createOwnMetrics(), reach: () => undefined });
  await aggregator.start();
}

beforeAll(async () => {
  await Promise.all([documents.start(), bus.start(), metricStore.start()]);
  await bus.tail(topics.logChanges.name, 'oldest', (_, records) => void events.push(...records.map(({ value }) => decodeEvent(logChangeEventSchema, value))));
  await start();
});
afterAll(async () => {
  await aggregator.stop(5_000);
  for (const engine of [bus, documents, metricStore]) await engine.stop(2_000);
  folder.remove();
});

function batch(uid: string, texts: readonly string[], timeMs: number): LogBatch {
  return { resource: buildResource({ uid }), attributes: { host: uid }, source: 'agents', contentHash: (++hashes).toString(16).padStart(16, '0'), records: texts.map((text) => ({ timeMs, service: 'shop', text })) };
}

async function send(one: LogBatch, arrivalMs: number): Promise<void> {
  await bus.publish(topics.logs.name, [{ key: `default/${one.resource.id}`, value: encodeEvent(one), arrivalMs }]);
}

async function tick(arrivalMs: number): Promise<void> {
  for (const topic of [topics.logs, topics.raw]) await bus.publish(topic.name, Array.from({ length: topic.partitions }, (_, partition) => ({ key: tickKey, value: new Uint8Array(0), partition, arrivalMs })));
}

function eventsOf(uid: string): LogChangeEvent[] {
  return events.filter(({ data }) => data.resource.uid === uid);
}

/** Lines counted by template, in history. */
async function counted(uid: string): Promise<Record<string, number>> {
  const query = { selector: { tenant: 'default', metric: 'log.template_count', resources: [buildResource({ uid }).id] }, fromMs: startMs - 3_600_000, toMs: startMs + 86_400_000, stepMs: 86_400_000, tier: 'base' as const };
  const sums: Record<string, number> = {};
  for (const { labels, sum } of await metricStore.query(query)) for (const lines of sum) sums[labels['template']!] = (sums[labels['template']!] ?? 0) + (Number.isNaN(lines) ? 0 : lines);
  return sums;
}

/** Ticks on both topics until what is asked for holds: counts come back to metrics.raw, and need a tick there to close. */
async function untilTicked(what: string, atMs: number, holds: () => Promise<boolean>): Promise<void> {
  let nowMs = atMs;
  await eventually(what, async () => {
    await tick((nowMs += 60_000));
    return holds();
  }, 10_000);
}

it('makes history of the lines of each template', async () => {
  await send(batch('counted', ['took 5 ms', 'took 6 ms', 'disk full'], startMs), startMs + 100);
  await send(batch('counted', ['took 7 ms'], startMs + 10_000), startMs + 10_100);
  await untilTicked('four lines in history', startMs + 30_000, async () => Object.values(await counted('counted')).reduce((a, b) => a + b, 0) >= 4);
  expect(await counted('counted')).toEqual({ 'took <*>': 3, 'disk full': 1 });
});

it('tells of what appeared, also when it learnt before a restart; and counts what was under way once', async () => {
  const learntMs = startMs + 7_200_000;
  for (let second = 0; second < 900; second += 10) await send(batch('learnt', [`took ${second} ms`], learntMs + second * 1_000), learntMs + second * 1_000);
  const nowMs = learntMs + 900_000;
  await send(batch('learnt', ['kernel panic at 0xdeadbeef'], nowMs), nowMs);
  await aggregator.stop(5_000);
  expect(eventsOf('learnt')).toEqual([]);
  await start();
  await untilTicked('the event', nowMs, async () => eventsOf('learnt').length > 0);
  expect(events.at(-1)).toMatchObject({ type: 'log.template-appeared', subject: buildResource({ uid: 'learnt' }).id, data: { template: 'kernel panic at <*>', example: 'kernel panic at 0xdeadbeef', service: 'shop', lines: 1, atMs: nowMs } });
  await tick(nowMs + 3_600_000);
  await send(batch('learnt', ['kernel panic at 0xdeadbabe'], nowMs + 3_600_000), nowMs + 3_600_000);
  await untilTicked('its lines', nowMs + 3_600_000, async () => (await counted('learnt'))['kernel panic at <*>'] === 2);
  expect(eventsOf('learnt')).toHaveLength(1);
});

it('puts what is no log batch aside, and goes on', async () => {
  const resource = buildResource({ uid: 'bad' });
  await bus.publish(topics.logs.name, [{ key: `default/${resource.id}`, value: new TextEncoder().encode('{"records":[]}') }]);
  const dead: string[] = [];
  await bus.tail(`${topics.logs.name}.dlq`, 'oldest', (_, records) => void dead.push(...records.map(({ headers }) => headers['reason'] ?? '')));
  await eventually('a dead letter', () => dead.length > 0);
  expect(dead).toEqual([expect.stringMatching(/not a valid event: resource/)]);
});
