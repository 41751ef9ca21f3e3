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
  const processes = createProcesses({ bus, documents, metricStore, clock, ownMetrics });
  let sent = 0;

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
    start: processes.start,
    arm: processes.arm,
    isArmed: processes.isArmed,
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
      await processes.stop();
      for (const engine of [bus, documents, metricStore]) await engine.stop(2_000);
    },
  };
}

interface Engines {
  readonly bus: ReturnType<typeof createEmbeddedBus>;
  readonly documents: ReturnType<typeof createEmbeddedDocuments>;
  readonly metricStore: ReturnType<typeof createEmbeddedMetricStore>;
  readonly clock: ReturnType<typeof createSystemClock>;
  readonly ownMetrics: ReturnType<typeof createOwnMetrics>;
}

/** Aggregator and trigger, each on engines that end with it. */
function createProcesses({ bus, documents, metricStore, clock, ownMetrics }: Engines) {
  const running = new Map<string, { readonly mortal: MortalEngines; readonly part: Part }>();
  let armed: string | undefined;

  function begin(name: string, create: typeof createAggregator | typeof createTrigger): { mortal: MortalEngines; part: Part } {
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
    arm: (point: string): void => void (armed = point),
    isArmed: (): boolean => armed !== undefined,
    async start(): Promise<void> {
      for (const [name, create] of [['aggregator', createAggregator], ['trigger', createTrigger]] as const) {
        if (running.get(name)?.mortal.isDead() === false) continue;
        const process = begin(name, create);
        running.set(name, process);
        await process.part.start();
      }
    },
    async stop(): Promise<void> {
      for (const { part, mortal } of running.values()) if (!mortal.isDead()) await part.stop(5_000);
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
