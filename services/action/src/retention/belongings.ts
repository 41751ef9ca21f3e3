/** What hangs together: an alarm and its orders, an order and its runs, a run and its log. */
import { collections, type Alarm, type Run, type RunLog, type WorkOrder } from '@opsloop/contracts';
import type { Collection, Document, Documents, Filter } from '@opsloop/ports';

const pageSize = 200;

export async function hasOpenAlarm(documents: Documents, order: WorkOrder): Promise<boolean> {
  if (order.alarm === undefined) return false;
  const alarm = await documents.collection<Alarm>(collections.alarms).get(order.alarm);
  return alarm?.doc.state === 'open';
}

export async function hasUnfinishedOrder(documents: Documents, alarm: Alarm, doneStates: readonly WorkOrder['state'][]): Promise<boolean> {
  const orders = documents.collection<WorkOrder>(collections.workOrders);
  for await (const order of everyOf(orders, { tenant: alarm.tenant, alarm: alarm.id })) if (!doneStates.includes(order.doc.state) || order.doc.dueAtMs !== undefined) return true;
  return false;
}

/** The logs before the run: a crash in between leaves nothing that could not be found again. */
export async function removeRuns(documents: Documents, order: WorkOrder): Promise<void> {
  const runs = documents.collection<Run>(collections.runs);
  const logs = documents.collection<RunLog>(collections.runLogs);
  for await (const run of everyOf(runs, { tenant: order.tenant, workOrder: order.id })) {
    for await (const { doc, version } of everyOf(logs, { run: run.doc.id })) await logs.remove(doc.id, version);
    await runs.remove(run.doc.id, run.version);
  }
}

async function* everyOf<T extends Document>(collection: Collection<T>, filter: Filter) {
  let cursor: string | undefined;
  do {
    const page = await collection.find(filter, { limit: pageSize, ...(cursor !== undefined && { cursor }) });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}
