/** Ready work orders whose time has come: plans the run, stores it under its deterministic id, and moves the order to running. */
import { collections, type Alarm, type DefinitionRecord, type Run, type WorkOrder } from '@opsloop/contracts';
import { beginWorkOrderRun, planRun, readStoredDefinition, refuseWorkOrderRun, runIdOf, runsToKeep, tooLateToBegin, type Moved, type PlannedJob } from '@opsloop/domain';
import { claimWorker, type Part, type ServiceContext } from '@opsloop/runtime';
import { changeWorkOrder } from './change-work-order.js';

export interface WorkOrderStarterHooks {
  /** Runs after an order was moved: its event waits, and its run can be claimed. */
  onStarted(): void;
}

const leaseMs = 10_000;
const pollMs = 500;
const concurrency = 4;

/**
 * A crash between the two writes leaves a run that waits and an order that is ready: the next claim finds the run under
 * the same id and goes on. An order that was cancelled in between leaves a run that nobody wants; it is cancelled when claimed.
 */
export function workOrderStarter(context: ServiceContext, { onStarted }: WorkOrderStarterHooks): Part & { wake(): void } {
  const { documents, clock, instance, reach } = context;
  const workOrders = documents.collection<WorkOrder>(collections.workOrders);
  const runs = documents.collection<Run>(collections.runs);
  const alarms = documents.collection<Alarm>(collections.alarms);
  const definitions = documents.collection<DefinitionRecord>(collections.definitions);

  async function plannedJobs(order: WorkOrder): Promise<PlannedJob[] | string> {
    const jobs: PlannedJob[] = [];
    for (const job of order.jobs) {
      const stored = await definitions.get(`${order.tenant}/Playbook/${job.playbook}`);
      const playbook = readStoredDefinition(stored?.doc.versions.find((one) => one.version === job.playbookVersion)?.definition);
      if (playbook?.kind !== 'Playbook') return `playbook ${job.playbook} version ${job.playbookVersion} is gone: open a new work order`;
      jobs.push({ order: job.order, playbook, playbookVersion: job.playbookVersion, inputs: job.inputs });
    }
    return jobs;
  }

  async function earlierRuns(order: WorkOrder): Promise<Run[] | string> {
    const earlier: Run[] = [];
    for (const id of runsToKeep(order)) {
      const stored = await runs.get(id);
      if (!stored) return `run ${id} is gone, so nobody can say which jobs succeeded in it: try all targets again, or open a new work order`;
      earlier.push(stored.doc);
    }
    return earlier;
  }

  const by = { role: 'executor' as const, name: instance };

  async function start(order: WorkOrder): Promise<void> {
    const move = async (decide: (now: WorkOrder, version: number) => Moved | undefined): Promise<void> => {
      await changeWorkOrder(workOrders, order.id, (now, version) => (now.state === 'ready' && now.runNumber === order.runNumber ? decide(now, version) : undefined));
      onStarted();
    };
    const refuse = (reason: string): Promise<void> => move((now, version) => refuseWorkOrderRun(now, by, reason, { nowMs: clock.now(), version }));
    const alarm = order.alarm === undefined ? undefined : (await alarms.get(order.alarm))?.doc;
    if (tooLateToBegin(order, alarm, by, { nowMs: clock.now(), version: 0 })) return move((now, version) => tooLateToBegin(now, alarm, by, { nowMs: clock.now(), version }));
    const jobs = await plannedJobs(order);
    if (typeof jobs === 'string') return refuse(jobs);
    const earlier = await earlierRuns(order);
    if (typeof earlier === 'string') return refuse(earlier);
    await runs.insert(planRun(order, jobs, clock.now(), earlier));
    reach('executor.before-claim-stored');
    await move((now, version) => beginWorkOrderRun(now, instance, { nowMs: clock.now(), version }));
  }

  return claimWorker({
    context,
    name: 'ready work orders',
    collection: workOrders,
    filter: (nowMs) => ({ state: 'ready', dueAtMs: { lte: nowMs } }),
    sort: { field: 'dueAtMs', direction: 'asc' },
    leaseMs,
    pollMs,
    concurrency,
    work: ({ doc }) => start(doc),
  });
}

/** Whether a run is the one that its order wants now; `early`: the order is about to begin it. */
export function standingOf(order: WorkOrder | undefined, run: Run): 'wanted' | 'early' | 'unwanted' {
  if (order?.state === 'running' && order.run === run.id) return 'wanted';
  return order?.state === 'ready' && runIdOf(order) === run.id ? 'early' : 'unwanted';
}
