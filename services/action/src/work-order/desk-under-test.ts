/** The desk of work orders on embedded engines, with what alarms, executors and measurements do to it. */
import {
  collections, definitionSchema, settingsSchema, topics, workOrderEventSchema,
  type Alarm, type AlarmEvent, type AlarmTransition, type DefinitionRecord, type Run, type WorkOrder, type WorkOrderCommand,
} from '@opsloop/contracts';
import { beginWorkOrderRun, closeRun, commandWorkOrder, endWorkOrderRun, planRun, stepRun, type AttemptOutcome } from '@opsloop/domain';
import { createEmbeddedBus, createEmbeddedDocuments, createEmbeddedMetricStore } from '@opsloop/engines-embedded';
import type { Checkpoints, Clock, Documents, MetricStore } from '@opsloop/ports';
import { createLogger, createOwnMetrics, createSystemClock, decodeEvent } from '@opsloop/runtime';
import { buildAlarmEvent, buildResource, buildWindowBatch, createMortalEngines, createTempDir, type MortalEngines } from '@opsloop/testing';
import { createAlarmTimeline } from '../alarm/append-timeline.js';
import { storeTransition } from '../alarm/store-transition.js';
import type { NoticeRequest } from '../notice/queue-notice.js';
import { createWorkOrderDesk, type WorkOrderDesk } from './create-work-order-desk.js';

/** Width of base windows. */
export const baseMs = 10_000;

const bob = { role: 'person' as const, name: 'bob', scopes: ['operate', 'approve'] };

export type DeskUnderTest = Awaited<ReturnType<typeof createDeskUnderTest>>;

export async function createDeskUnderTest() {
  const folder = createTempDir('desk-');
  const dataDir = folder.path;
  let skewMs = 0;
  let count = 0;
  let living: WorkOrderDesk[] = [];
  const notices: NoticeRequest[] = [];
  const announced: string[] = [];
  const clock: Clock = { ...createSystemClock(), now: () => Date.now() + skewMs };
  const bus = createEmbeddedBus({ dataDir, clock, maxBytes: 2 ** 30 });
  const documents = createEmbeddedDocuments({ dataDir, clock });
  const metricStore = createEmbeddedMetricStore({ dataDir, windowMs: baseMs });
  for (const part of [documents, bus, metricStore]) await part.start();
  await bus.tail(topics.workOrders.name, 'oldest', (_, records) => {
    for (const event of records.map((one) => decodeEvent(workOrderEventSchema, one.value))) announced.push(`${event.data.workOrder} ${event.data.state}`);
  });
  await defineUsual(documents);

  return {
    clock, documents, notices, announced,
    workOrders: documents.collection<WorkOrder>(collections.workOrders),
    ...createAlarms(documents, clock, () => count),
    ...createExecutor(documents, clock),
    ...createMeasurements(metricStore),
    scenario: (name: string, step: object, more: object = {}) => defineScenario(documents, name, step, more),
    /** Number of the test: names with it are its own. */
    get count() {
      return count;
    },
    begin(): void {
      notices.length = 0;
      count += 1;
    },
    /** Lets time pass at once. */
    skew: (ms: number): void => void (skewMs += ms),
    async start(options: { readonly killAt?: string; readonly query?: MetricStore['query'] } = {}): Promise<WorkOrderDesk & { readonly mortal: MortalEngines }> {
      const mortal = createMortalEngines({ bus, documents, clock });
      const context = {
        settings: settingsSchema.parse({}), instance: `desk-${Math.random()}`, ...mortal, metricStore: { series: (selector) => metricStore.series(selector), query: options.query ?? ((query) => metricStore.query(query)) } as MetricStore, checkpoints: {} as Checkpoints, logger: createLogger('silent', 'desk'), ownMetrics: createOwnMetrics(),
        reach(point: string): void {
          if (point !== options.killAt || mortal.isDead()) return;
          mortal.die();
          throw new Error('killed');
        },
      };
      const desk = createWorkOrderDesk(context, { ...createAlarmTimeline(context), queueNotice: async (request) => void notices.push(request) });
      await desk.start();
      if (!options.killAt) living.push(desk);
      return { ...desk, mortal };
    },
    async end(): Promise<void> {
      for (const one of living) await one.stop(1_000);
      living = [];
    },
    async stop(): Promise<void> {
      for (const part of [metricStore, bus, documents]) await part.stop(2_000);
      folder.remove();
    },
  };
}

async function define(documents: Documents, kind: string, name: string, spec: object): Promise<void> {
  const definition = definitionSchema.parse({ apiVersion: 'opsloop/v1', kind, metadata: { name }, spec });
  await documents.collection<DefinitionRecord>(collections.definitions).insert({ id: `default/${kind}/${name}`, tenant: 'default', kind: definition.kind, name, deleted: false, changedAtMs: 0, managedBy: 'api', versions: [{ version: 1, sinceMs: 0, definition, source: '', author: 'ann', atMs: 0 }] });
}

function defineScenario(documents: Documents, name: string, step: object, more: object = {}): Promise<void> {
  return define(documents, 'Scenario', name, { cooldown: '0s', maxRunsPerHour: 1_000, levels: { critical: [{ do: 'work-order', playbook: 'restart', approval: 'none', ...step }] }, ...more });
}

async function defineUsual(documents: Documents): Promise<void> {
  await define(documents, 'Playbook', 'restart', { steps: [{ id: 'a', uses: 'local', run: ['restart'] }], verify: { policy: 'cpu-high', holds: '20s', within: '2m' } });
  await define(documents, 'Playbook', 'blind', { steps: [{ id: 'a', uses: 'local', run: ['restart'] }] });
  await define(documents, 'Playbook', 'by-http', { steps: [{ id: 'a', uses: 'http', request: {} }] });
  await define(documents, 'Policy', 'cpu-high', { metric: 'cpu.utilisation', window: '10s', aggregate: 'MAX', threshold: { warn: '> 80', critical: '> 90', recover: '< 70' } });
  await define(documents, 'Policy', 'cpu-climbs', { kind: 'rate', metric: 'cpu.utilisation', window: '10s', rate: { per: '10s', over: '1m' }, threshold: { warn: '> 2' } });
  await define(documents, 'Playbook', 'calm', { steps: [{ id: 'a', uses: 'local', run: ['calm'] }], verify: { policy: 'cpu-climbs', holds: '20s', within: '2m' } });
  await defineScenario(documents, 'heal', {});
}

function createAlarms(documents: Documents, clock: Clock, count: () => number) {
  const workOrders = documents.collection<WorkOrder>(collections.workOrders);
  const alarmNow = async (id: string): Promise<Alarm> => (await documents.collection<Alarm>(collections.alarms).get(id))!.doc;
  return {
    alarmNow,
    /** What happened to it but for its own transitions. */
    linesOf: async (id: string): Promise<string[]> => (await alarmNow(id)).timeline.filter((one) => !one.what.startsWith('alarm.')).map((one) => one.what),
    ordersOf: async (alarm: string): Promise<WorkOrder[]> => (await workOrders.find({ tenant: 'default', alarm })).items.map(({ doc }) => doc),
    /** `host` is new in each test, unless it is named. */
    async opened(parts: Partial<AlarmTransition> = {}, host = `host-${count()}`): Promise<{ alarm: Alarm; event: AlarmEvent }> {
      const event = buildAlarmEvent('alarm.opened', { occurrence: `default/occurrence-${count()}-${host}-${Math.random()}`, resource: buildResource({ uid: host }), resourceName: host, level: 'critical', scenarios: ['heal'], atMs: clock.now(), ...parts });
      return { event, alarm: await storeTransition(documents, event, clock.now()) };
    },
    async resolve(desk: WorkOrderDesk, event: AlarmEvent): Promise<void> {
      const after: AlarmEvent = { ...event, type: 'alarm.resolved', id: `${event.data.occurrence}#2`, data: { ...event.data, transition: 2, atMs: clock.now(), value: 1 } };
      await desk.onTransition(await storeTransition(documents, after, clock.now()), after.data, 'alarm.resolved');
    },
  };
}

function createExecutor(documents: Documents, clock: Clock) {
  const workOrders = documents.collection<WorkOrder>(collections.workOrders);

  async function change(id: string, decide: (order: WorkOrder, version: number) => { order: WorkOrder } | { refused: string; reason: string }): Promise<WorkOrder> {
    for (;;) {
      const stored = (await workOrders.get(id))!;
      const moved = decide(stored.doc, stored.version);
      if (!('order' in moved)) throw new Error(moved.reason);
      const outcome = await workOrders.replace(moved.order, stored.version, { keepLease: true });
      if (outcome !== 'conflict') return outcome.doc;
    }
  }

  return {
    ask: (id: string, command: WorkOrderCommand): Promise<WorkOrder> => change(id, (order, version) => commandWorkOrder(order, command, bob, { nowMs: clock.now(), version })),
    /** What an executor does. Answers when the run ended. */
    async run(order: WorkOrder, outcome: AttemptOutcome['state'] | 'lost' = 'ok'): Promise<number> {
      const running = await change(order.id, (now, version) => beginWorkOrderRun(now, 'e1', { nowMs: clock.now(), version }));
      const playbook = (await documents.collection<DefinitionRecord>(collections.definitions).get(`default/Playbook/${order.jobs[0]!.playbook}`))!.doc.versions[0]!.definition;
      if (playbook?.kind !== 'Playbook') throw new Error('no playbook');
      const begun = stepRun(planRun(running, [{ order: 1, playbook, playbookVersion: 1, inputs: {} }], clock.now()), { type: 'begin', executor: 'e1', atMs: clock.now() }, { maxParallel: 9 });
      const ended = outcome === 'lost'
        ? stepRun(begun.run, { type: 'take-over', executor: 'e2', atMs: clock.now() }, { maxParallel: 9 })
        : stepRun(begun.run, { type: 'attempt-ended', ref: begun.begun[0]!, outcome: { state: outcome }, output: '', atMs: clock.now() }, { maxParallel: 9 });
      await documents.collection<Run>(collections.runs).insert(closeRun(ended.run));
      const done = await change(order.id, (now, version) => endWorkOrderRun(now, ended.run, 'e1', { nowMs: clock.now(), version }));
      return done.runEndedAtMs!;
    },
  };
}

function createMeasurements(metricStore: MetricStore) {
  return {
    /** Base windows of the host from the one that holds `fromMs` on, one per value. */
    async measure(host: string, fromMs: number, values: readonly number[]): Promise<void> {
      const startMs = Math.floor(fromMs / baseMs) * baseMs;
      await metricStore.write(values.map((value, index) => buildWindowBatch({ resource: buildResource({ uid: host }), startMs: startMs + index * baseMs, revision: index + 1, windows: [{ metric: 'cpu.utilisation', labels: {}, values: [value] }] })));
    },
  };
}
