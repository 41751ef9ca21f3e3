/** Schedules: their times are documents, claimed when they are due, and each opens one work order. Read this file first. */
import { collections, type DefinitionRecord, type Schedule, type ScheduleState, type WorkOrder } from '@opsloop/contracts';
import { dueTimes, readSchedule, readStoredDefinition, scheduledWorkOrder, scheduledWorkOrderId, settleSchedule } from '@opsloop/domain';
import type { Stored } from '@opsloop/ports';
import { claimWorker, findAll, partGroup, periodicPart, type Lease, type Part, type ServiceContext } from '@opsloop/runtime';
import type { NoticeQueue } from '../notice/queue-notice.js';
import { createActingDefinitions } from '../work-order/acting-definitions.js';
import { tellUnopened } from './tell-unopened.js';

const readEveryMs = 2_000;
const leaseMs = 15_000;
const pollMs = 500;
const concurrency = 4;

/**
 * Any number of instances: states of definitions are written by compare-and-set to what every instance computes alike,
 * and an order has the identity of schedule and time, so it is opened once whoever tries. A state moves on only when the
 * orders of its times are stored; who dies before leaves them to the next claim.
 */
export function createScheduleKeeper(context: ServiceContext, hooks: NoticeQueue, onOpened: () => void): Part {
  const { settings, documents, clock, logger, ownMetrics, reach } = context;
  const states = documents.collection<ScheduleState>(collections.schedules);
  const definitions = documents.collection<DefinitionRecord>(collections.definitions);
  const workOrders = documents.collection<WorkOrder>(collections.workOrders);
  const playbooks = createActingDefinitions(documents);
  const opened = ownMetrics.counter('schedules_opened_total', 'Work orders that schedules opened', ['schedule']);
  const missed = ownMetrics.counter('schedules_missed_total', 'Times of schedules that were not made up for', ['schedule']);

  async function readDefinition({ id, tenant, name, versions }: DefinitionRecord): Promise<void> {
    const { definition, version, atMs } = versions.at(-1)!;
    const known = readStoredDefinition(definition);
    const stateId = `${tenant}/${name}`;
    const stored = await states.get(stateId);
    const next = readSchedule(stored?.doc, { id: stateId, tenant, schedule: name, version, sinceMs: atMs, spec: known?.kind === 'Schedule' ? known.spec : null });
    if (!next) return;
    // Whoever comes second sees it at the next reading.
    await (stored ? states.replace(next, stored.version) : states.insert(next));
    logger.info({ definition: id, version, dueAtMs: next.dueAtMs }, 'a schedule was read');
  }

  async function readDefinitions(): Promise<void> {
    for (const record of await findAll(definitions, { kind: 'Schedule' })) await readDefinition(record);
  }

  /** Why it could not be opened, if so. */
  async function open(tenant: string, schedule: Schedule, atMs: number): Promise<string | undefined> {
    const id = scheduledWorkOrderId(tenant, schedule.metadata.name, atMs);
    if (await workOrders.get(id)) return undefined;
    const found = await Promise.all(schedule.spec.workOrder.jobs.map((job) => playbooks.playbook(tenant, job.playbook, job.playbookVersion)));
    const order = scheduledWorkOrder({ tenant, schedule, atMs, playbooks: found, nowMs: clock.now() });
    if (typeof order === 'string') return order;
    if ((await workOrders.insert(order)) !== 'exists') opened.inc({ schedule: schedule.metadata.name });
    return undefined;
  }

  async function work({ doc: state }: Stored<ScheduleState>, lease: Lease<ScheduleState>): Promise<void> {
    const record = await definitions.get(`${state.tenant}/Schedule/${state.schedule}`);
    const version = record?.doc.versions.at(-1);
    const definition = readStoredDefinition(version?.definition);
    // A change or deletion is read first; its state may be due no more.
    if (record && version!.version !== state.version) return readDefinition(record.doc);
    const { dueAtMs, ...rest } = state;
    if (dueAtMs === undefined || definition?.kind !== 'Schedule') return void (await lease.exclusive(() => states.replace(rest, lease.current().version)));
    const due = dueTimes(definition.spec, { dueAtMs, nowMs: await documents.now() });
    reach('schedule.after-claim');
    let problem: string | undefined;
    for (const atMs of due.open) {
      if (lease.signal.aborted) return;
      problem = await open(state.tenant, definition, atMs);
      reach('schedule.after-work-order-inserted');
    }
    const next = settleSchedule(state, due, problem);
    if (problem !== undefined) logger.warn({ schedule: state.id, problem }, 'a schedule could not open its work order');
    // The same reason at each of its times is told once.
    if (problem !== undefined && problem !== state.lastProblem) await hooks.queueNotice(tellUnopened({ tenant: state.tenant, schedule: definition, dueAtMs, problem, settings }));
    if (due.missed > 0) missed.inc({ schedule: state.schedule }, due.missed);
    await lease.exclusive(() => states.replace(next, lease.current().version));
    onOpened();
  }

  return partGroup('schedules', [
    periodicPart({ name: 'reading of schedules', clock, round: readDefinitions, waitMs: () => readEveryMs, onFailure: (error) => logger.warn({ err: error }, 'the schedules cannot be read') }),
    claimWorker<ScheduleState>({
      context, name: 'schedules', collection: states, leaseMs, pollMs, concurrency, work,
      filter: (nowMs) => ({ dueAtMs: { lte: nowMs } }),
      sort: { field: 'dueAtMs', direction: 'asc' },
    }),
  ]);
}
