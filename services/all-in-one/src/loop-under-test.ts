/** For tests: samples in, alarms out, through the real aggregator and trigger on embedded engines, in processes that die. */
import { createAggregator } from '@opsloop/aggregator';
import { alarmEventSchema, collections, settingsSchema, tickKey, topics, type AlarmEvent, type DefinitionRecord, type Resource, type WindowBatch } from '@opsloop/contracts';
import { applyDefinition, parseDefinitions } from '@opsloop/domain';
import { createDocumentCheckpoints } from '@opsloop/engines';
import { createEmbeddedBus, createEmbeddedDocuments, createEmbeddedMetricStore } from '@opsloop/engines-embedded';
import type { OutgoingRecord } from '@opsloop/ports';
import { createLogger, createOwnMetrics, createSystemClock, decodeEvent, type Part } from '@opsloop/runtime';
import { createTrigger } from '@opsloop/trigger';
import { buildRawBatch, createMortalEngines, createTempDir, eventually, type MortalEngines } from '@opsloop/testing';
import { createWindowBatchDecoder, encodeRawBatch } from '@opsloop/wire';

const windowMs = 10_000;

interface Process {
  readonly mortal: MortalEngines;
  readonly part: Part;
}

/** One row of values, of the metrics `app.<name>`. */
export interface TestRow {
  readonly resource: Resource;
  readonly timeMs: number;
  readonly arrivalMs: number;
  readonly values: Readonly<Record<string, number>>;
}

export async function createLoopUnderTest(): Promise<LoopUnderTest> {
  const dataDir = createTempDir('loop-').path;
  const clock = createSystemClock();
  const bus = createEmbeddedBus({ dataDir, clock, maxBytes: 2 ** 30 });
  const documents = createEmbeddedDocuments({ dataDir, clock });
  const metricStore = createEmbeddedMetricStore({ dataDir, windowMs });
  await Promise.all([bus.start(), documents.start(), metricStore.start()]);
  const alarms: AlarmEvent[] = [];
  const windows: WindowBatch[] = [];
  const records: DefinitionRecord[] = [];
  const ownMetrics = createOwnMetrics();
  const decoder = createWindowBatchDecoder();
  await bus.tail(topics.alarms.name, 'oldest', (_, seen) => void alarms.push(...seen.map((one) => decodeEvent(alarmEventSchema, one.value))));
  await bus.tail(topics.window.name, 'oldest', (_, seen) => void windows.push(...seen.filter(({ value }) => value.byteLength > 0).map(({ value }) => decoder.decode(value))));
  let armed: string | undefined;
  let sent = 0;
  const processes = new Map<string, Process>();

  function begin(name: string, create: typeof createAggregator | typeof createTrigger): Process {
    const mortal = createMortalEngines({ bus, documents, clock });
    const reach = (point: string): void => {
      if (point === armed) {
        armed = undefined;
        mortal.die();
      }
      if (mortal.isDead()) throw new Error(`died at ${point}`);
    };
    const checkpoints = createDocumentCheckpoints({ documents: mortal.documents, clock: mortal.clock });
    const settings = { ...settingsSchema.parse({}), CHECKPOINT_MS: 100 };
    return { mortal, part: create({ instance: name, bus: mortal.bus, documents: mortal.documents, checkpoints, metricStore, clock: mortal.clock, settings, logger: createLogger('silent', name), ownMetrics, reach }) };
  }

  return {
    alarms, windows, records, metricStore,
    async store(name, spec) {
      const text = JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name }, spec: { metric: 'app.load', window: '10s', ...spec } });
      const { definitions: [parsed], errors } = parseDefinitions(text, { baseWindowMs: windowMs });
      if (!parsed || errors.length > 0) throw new Error(JSON.stringify(errors));
      const record = applyDefinition(undefined, { tenant: 'default', definition: parsed.definition, source: text }, { author: 'ann', nowMs: clock.now(), managedBy: 'api' }) as DefinitionRecord;
      records.push(record);
      await documents.collection<DefinitionRecord>(collections.definitions).insert(record);
    },
    async start() {
      for (const [name, create] of [['aggregator', createAggregator], ['trigger', createTrigger]] as const) {
        if (processes.get(name) && !processes.get(name)!.mortal.isDead()) continue;
        const process = begin(name, create);
        processes.set(name, process);
        await process.part.start();
      }
    },
    arm: (point) => void (armed = point),
    isArmed: () => armed !== undefined,
    async send(rows) {
      const out: OutgoingRecord[] = rows.map(({ resource, timeMs, arrivalMs, values }) => ({
        key: `default/${resource.id}`, arrivalMs,
        value: encodeRawBatch(buildRawBatch({ resource, attributes: { host: resource.uid, team: 'web' }, source: 'agent', contentHash: (sent += 1).toString(16).padStart(16, '0'), samples: Object.entries(values).map(([name, value]) => ({ metric: `app.${name}`, timeMs, value })) })),
      }));
      await bus.publish(topics.raw.name, out);
    },
    async tick(arrivalMs) {
      await bus.publish(topics.raw.name, Array.from({ length: topics.raw.partitions }, (_, partition) => ({ key: tickKey, value: new Uint8Array(), partition, arrivalMs })));
    },
    async metric(name) {
      return [...(await ownMetrics.text()).matchAll(new RegExp(`^opsloop_${name}(?:\\{[^}]*\\})? (\\d+)`, 'gm'))].reduce((sum, [, count]) => sum + Number(count), 0);
    },
    async settled() {
      let before = '';
      let same = 0;
      await eventually('everything is read', async () => {
        const now = `${alarms.length} ${windows.length} ${JSON.stringify((await bus.lag()).filter(({ group }) => group.startsWith('trigger') || group === 'aggregator'))}`;
        same = now === before ? same + 1 : 0;
        before = now;
        return same >= 20;
      }, 60_000);
    },
    async stop() {
      for (const { part, mortal } of processes.values()) if (!mortal.isDead()) await part.stop(5_000);
      for (const engine of [bus, documents, metricStore]) await engine.stop(2_000);
    },
  };
}

export interface LoopUnderTest {
  /** Every event on the bus, those that were told again included. */
  readonly alarms: readonly AlarmEvent[];
  readonly windows: readonly WindowBatch[];
  /** The policies that were stored. */
  readonly records: readonly DefinitionRecord[];
  readonly metricStore: ReturnType<typeof createEmbeddedMetricStore>;
  store(name: string, spec: Readonly<Record<string, unknown>>): Promise<void>;
  /** Starts the services that do not run: at first both, later those that died. */
  start(): Promise<void>;
  /** The next service that passes the point dies there. */
  arm(point: string): void;
  isArmed(): boolean;
  send(rows: readonly TestRow[]): Promise<void>;
  tick(arrivalMs: number): Promise<void>;
  /** Sum of one of the services' own metrics. */
  metric(name: string): Promise<number>;
  /** Nothing has moved for a while. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}
