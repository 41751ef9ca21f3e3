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
/** The arrival clock, one for all tests: partitions never go back. */
let nowMs = startMs;

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

/** Lines that are written and arrive now. */
async function send(uid: string, ...texts: string[]): Promise<void> {
  const one = batch(uid, texts, nowMs);
  await bus.publish(topics.logs.name, [{ key: `default/${one.resource.id}`, value: encodeEvent(one), arrivalMs: nowMs }]);
}

async function tick(afterMs: number): Promise<void> {
  nowMs += afterMs;
  for (const topic of [topics.logs, topics.raw]) await bus.publish(topic.name, Array.from({ length: topic.partitions }, (_, partition) => ({ key: tickKey, value: new Uint8Array(0), partition, arrivalMs: nowMs })));
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
async function untilTicked(what: string, holds: () => Promise<boolean>): Promise<void> {
  await eventually(what, async () => {
    await tick(5_000);
    return holds();
  }, 60_000);
}

it('makes history of the lines of each template', async () => {
  await send('counted', 'took 5 ms', 'took 6 ms', 'disk full');
  await tick(10_000);
  await send('counted', 'took 7 ms');
  await untilTicked('four lines in history', async () => Object.values(await counted('counted')).reduce((a, b) => a + b, 0) >= 4);
  expect(await counted('counted')).toEqual({ 'took <*>': 3, 'disk full': 1 });
}, 90_000);

it('tells of what appeared, also when it learnt before a restart; and counts what was under way once', async () => {
  for (let second = 0; second < 900; second += 10, nowMs += 10_000) await send('learnt', `took ${second} ms`);
  const atMs = Math.floor(nowMs / 10_000) * 10_000;
  await send('learnt', 'kernel panic at 0xdeadbeef');
  await aggregator.stop(5_000);
  expect(eventsOf('learnt')).toEqual([]);
  await start();
  await untilTicked('the event', async () => eventsOf('learnt').length > 0);
  expect(eventsOf('learnt')).toMatchObject([{ type: 'log.template-appeared', subject: buildResource({ uid: 'learnt' }).id, data: { template: 'kernel panic at <*>', example: 'kernel panic at 0xdeadbeef', service: 'shop', lines: 1, atMs } }]);
  await tick(3_600_000);
  await send('learnt', 'kernel panic at 0xdeadbabe');
  await untilTicked('its lines', async () => (await counted('learnt'))['kernel panic at <*>'] === 2);
  expect(eventsOf('learnt')).toHaveLength(1);
}, 180_000);

it('puts what is no log batch aside, and goes on', async () => {
  const resource = buildResource({ uid: 'bad' });
  await bus.publish(topics.logs.name, [{ key: `default/${resource.id}`, value: new TextEncoder().encode('{"records":[]}') }]);
  const dead: string[] = [];
  await bus.tail(`${topics.logs.name}.dlq`, 'oldest', (_, records) => void dead.push(...records.map(({ headers }) => headers['reason'] ?? '')));
  await eventually('a dead letter', () => dead.length > 0);
  expect(dead).toEqual([expect.stringMatching(/not a valid event: resource/)]);
});
