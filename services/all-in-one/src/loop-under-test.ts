/** For tests: samples in, alarms out, through the real aggregator and trigger on embedded engines, in processes that die. */
import { createAggregator } from '@opsloop/aggregator';
import { alarmEventSchema, collections, settingsSchema, tickKey, topics, type AlarmEvent, type Attributes, type DefinitionRecord, type LogRecord, type Resource, type Topic, type WindowBatch } from '@opsloop/contracts';
import { applyDefinition, parseDefinitions } from '@opsloop/domain';
import { createDocumentCheckpoints } from '@opsloop/engines';
import { createEmbeddedBus, createEmbeddedDocuments, createEmbeddedMetricStore } from '@opsloop/engines-embedded';
import type { Bus, BusRecord, OutgoingRecord } from '@opsloop/ports';
import { createLogger, createOwnMetrics, createSystemClock, decodeEvent, encodeEvent, type Part } from '@opsloop/runtime';
import { createTrigger } from '@opsloop/trigger';
import { buildRawBatch, createMortalEngines, createTempDir, eventually, type MortalEngines } from '@opsloop/testing';
import { createRawBatchDecoder, createWindowBatchDecoder, encodeRawBatch } from '@opsloop/wire';

const windowMs = 10_000;
/** Who counts lines, as their samples name it. */
const logSource = 'opsloop/logs';

/** One row of values, of the metrics `app.<name>`. */
export interface TestRow {
  readonly resource: Resource;
  readonly timeMs: number;
  readonly arrivalMs: number;
  readonly values: Readonly<Record<string, number>>;
}

/** Log lines of one resource that come together. */
export interface TestLines {
  readonly resource: Resource;
  readonly arrivalMs: number;
  readonly records: readonly LogRecord[];
}

/** Attributes of every resource. */
export const attributesOf = ({ uid }: Resource): Attributes => ({ host: uid, team: 'web' });

export async function createLoopUnderTest(): Promise<LoopUnderTest> {
  const dataDir = createTempDir('loop-').path;
  const clock = createSystemClock();
  const bus = createEmbeddedBus({ dataDir, clock, maxBytes: 2 ** 30 });
  const documents = createEmbeddedDocuments({ dataDir, clock });
  const metricStore = createEmbeddedMetricStore({ dataDir, windowMs });
  await Promise.all([bus.start(), documents.start(), metricStore.start()]);
  const records: DefinitionRecord[] = [];
  const ownMetrics = createOwnMetrics();
  const seen = await followBus(bus);
  const { alarms, windows } = seen;
  const processes = createProcesses({ bus, documents, metricStore, clock, ownMetrics });
  let sent = 0;
  const nextHash = (): string => (sent += 1).toString(16).padStart(16, '0');
  const tick = (topic: Topic, arrivalMs: number): Promise<unknown> => bus.publish(topic.name, Array.from({ length: topic.partitions }, (_, partition) => ({ key: tickKey, value: new Uint8Array(), partition, arrivalMs })));

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
        value: encodeRawBatch(buildRawBatch({ resource, attributes: attributesOf(resource), source: 'agent', contentHash: nextHash(), samples: Object.entries(values).map(([name, value]) => ({ metric: `app.${name}`, timeMs, value })) })),
      }));
      await bus.publish(topics.raw.name, out);
    },
    async sendLogs(lines) {
      await bus.publish(topics.logs.name, lines.map(({ resource, arrivalMs, records: logged }) => ({ key: `default/${resource.id}`, arrivalMs, value: encodeEvent({ resource, attributes: attributesOf(resource), source: 'agent', contentHash: nextHash(), records: logged }) })));
    },
    async tick(arrivalMs) {
      await tick(topics.raw, arrivalMs);
    },
    async tickLogs(arrivalMs) {
      await tick(topics.logs, arrivalMs);
    },
    async linesCounted(startMs) {
      await eventually('lines are counted', async () => {
        await processes.start();
        return seen.countedToMs >= startMs;
      }, 60_000);
    },
    async metric(name) {
      return [...(await ownMetrics.text()).matchAll(new RegExp(`^opsloop_${name}(?:\\{[^}]*\\})? (\\d+)`, 'gm'))].reduce((sum, [, count]) => sum + Number(count), 0);
    },
    async settled() {
      let before = '';
      let same = 0;
      await eventually('everything is read', async () => {
        const lags = (await bus.lag()).filter(({ group }) => group.startsWith('trigger') || ['aggregator', 'log-watch', 'history'].includes(group));
        const now = `${alarms.length} ${windows.length} ${JSON.stringify(lags)}`;
        same = now === before ? same + 1 : 0;
        before = now;
        // What the dead have not written stays so. The others move their position with a later record only.
        return same >= 20 && (processes.isOneDead() || lags.every(({ group, records: unread }) => group !== 'history' || unread === 0));
      }, 60_000);
    },
    async stop() {
      await processes.stop();
      for (const engine of [bus, documents, metricStore]) await engine.stop(2_000);
    },
  };
}

/** What the services publish. */
async function followBus(bus: Bus) {
  const seen = { alarms: [] as AlarmEvent[], windows: [] as WindowBatch[], countedToMs: 0 };
  const [windowDecoder, rawDecoder] = [createWindowBatchDecoder(), createRawBatchDecoder()];
  const valuesOf = (records: readonly BusRecord[]): Uint8Array[] => records.map(({ value }) => value).filter((value) => value.byteLength > 0);
  await bus.tail(topics.alarms.name, 'oldest', (_, records) => void seen.alarms.push(...valuesOf(records).map((value) => decodeEvent(alarmEventSchema, value))));
  await bus.tail(topics.window.name, 'oldest', (_, records) => void seen.windows.push(...valuesOf(records).map((value) => windowDecoder.decode(value))));
  await bus.tail(topics.raw.name, 'oldest', (_, records) => {
    for (const { source, rows } of valuesOf(records).map((value) => rawDecoder.decode(value))) if (source === logSource) seen.countedToMs = Math.max(seen.countedToMs, ...rows.map(({ timeMs }) => timeMs));
  });
  return seen;
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
    isOneDead: (): boolean => [...running.values()].some(({ mortal }) => mortal.isDead()),
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
  sendLogs(lines: readonly TestLines[]): Promise<void>;
  /** Moves the arrival clock of samples; `tickLogs` that of log lines. */
  tick(arrivalMs: number): Promise<void>;
  tickLogs(arrivalMs: number): Promise<void>;
  /** The counts of the lines of the window that starts then are samples. What dies until then starts again. */
  linesCounted(startMs: number): Promise<void>;
  /** Sum of one of the services' own metrics. */
  metric(name: string): Promise<number>;
  /** Nothing has moved for a while. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}
