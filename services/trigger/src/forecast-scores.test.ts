/** Scores of forecasts are documents: written once they are known, and the same after a crash that repeats what made them. */
import { alarmEventSchema, collections, settingsSchema, topics, type AlarmEvent, type DefinitionRecord, type ForecastScore } from '@opsloop/contracts';
import { applyDefinition, parseDefinitions } from '@opsloop/domain';
import { createDocumentCheckpoints } from '@opsloop/engines';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import type { Checkpoints, MetricStore } from '@opsloop/ports';
import { createLogger, createOwnMetrics, createSystemClock, decodeEvent } from '@opsloop/runtime';
import { buildResource, buildWindowBatch, createTempDir, eventually } from '@opsloop/testing';
import { encodeWindowBatch } from '@opsloop/wire';
import { createTrigger } from './service.js';

const folder = createTempDir('trigger-forecast-').path;
const clock = createSystemClock();
const bus = createEmbeddedBus({ dataDir: folder, clock, maxBytes: 2 ** 30 });
const documents = createEmbeddedDocuments({ dataDir: folder, clock });
const scores = documents.collection<ForecastScore>(collections.forecastScores);
const resource = buildResource({ uid: 'filling' });
const windowMs = 60_000;
const startMs = Date.UTC(2026, 0, 1);
const opened: AlarmEvent[] = [];

beforeAll(async () => {
  await documents.start();
  await bus.start();
  await bus.tail(topics.alarms.name, 'oldest', (_, records) => void opened.push(...records.map((one) => decodeEvent(alarmEventSchema, one.value)).filter((event) => event.type === 'alarm.opened')));
  const text = JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name: 'ahead' }, spec: { kind: 'forecast', metric: 'app.load', window: '1m', threshold: { warn: '> 90' }, forecast: { within: '30m', minScored: 5 } } });
  const parsed = parseDefinitions(text, { baseWindowMs: 10_000 });
  const record = applyDefinition(undefined, { tenant: 'default', definition: parsed.definitions[0]!.definition, source: text }, { author: 'ann', nowMs: startMs, managedBy: 'api' });
  await documents.collection<DefinitionRecord>(collections.definitions).insert(record as DefinitionRecord);
});
afterAll(async () => {
  await bus.stop(1_000);
  await documents.stop(1_000);
});

function start(checkpoints: Checkpoints) {
  const settings = { ...settingsSchema.parse({}), CHECKPOINT_MS: 3_600_000 };
  return createTrigger({ instance: 'test', bus, documents, clock, checkpoints, metricStore: {} as MetricStore, settings, logger: createLogger('silent', 'trigger'), ownMetrics: createOwnMetrics(), reach: () => undefined });
}

/** Minutes of a rise to 90 in minute 400, and beyond. */
async function send(from: number, to: number): Promise<void> {
  await bus.publish(topics.window.name, Array.from({ length: to - from }, (_, index) => {
    const minute = from + index;
    const batch = buildWindowBatch({ resource, attributes: { host: resource.uid }, startMs: startMs + minute * windowMs, widthMs: windowMs, windows: [{ metric: 'app.load', values: [50 + minute / 10 + ((minute * 7919) % 100) / 500] }] });
    return { key: `default/${resource.id}`, value: encodeWindowBatch(batch), arrivalMs: startMs + (minute + 1) * windowMs };
  }));
}

const found = async (): Promise<ForecastScore[]> => (await scores.find({ tenant: 'default', policy: 'ahead' })).items.map(({ doc }) => doc);

test('a forecast is scored once, and what was foreseen goes with the alarm', async () => {
  const kept = createDocumentCheckpoints({ documents, clock });
  const first = start({ begin: (key) => kept.begin(key), load: (key) => kept.load(key), save: () => Promise.reject(new Error('nothing is kept of this one')) });
  await first.start();
  await send(0, 405);
  await eventually('it was scored', async () => (await found())[0]?.totals.hit === 1, 30_000);
  expect(opened[0]!.data.forecast).toMatchObject({ within: '30m', scored: 0, hits: 0, gate: { minScored: 5 }, crossings: [{ level: 'warn', threshold: '> 90' }] });
  const [before] = await found();
  await first.stop(5_000);
  // No checkpoint of it was written: everything is judged again.
  const second = start(kept);
  await second.start();
  await send(405, 480);
  await eventually('it went on', async () => (await found())[0]!.updatedAtMs > before!.updatedAtMs, 30_000);
  const after = await found();
  await second.stop(5_000);
  expect(after).toHaveLength(1);
  expect(after[0]!.totals).toMatchObject({ hit: 1, early: 0, late: 0, false: 0, missed: 0 });
  expect(new Set(opened.map((event) => event.id)).size).toBe(1);
}, 90_000);
