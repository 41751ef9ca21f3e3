import type { WorkOrder } from '@opsloop/contracts';
import type { Moved } from '@opsloop/domain';
import { EngineError, type Collection } from '@opsloop/ports';

const mostTries = 50;

/**
 * Compare-and-set until it holds: `decide` moves the newest version, or answers undefined when there is nothing (more) to
 * do, or a refusal of the transition table, which means the same. Ends a lease on the order.
 */
export async function changeWorkOrder(workOrders: Collection<WorkOrder>, id: string, decide: (order: WorkOrder, version: number) => Moved | undefined): Promise<WorkOrder | undefined> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const stored = await workOrders.get(id);
    if (!stored) return undefined;
    const moved = decide(stored.doc, stored.version);
    if (!moved || 'refused' in moved) return undefined;
    const outcome = await workOrders.replace(moved.order, stored.version);
    if (outcome !== 'conflict') return outcome.doc;
  }
  throw new EngineError(`work order ${id} changed under every one of ${mostTries} attempts to move it`, { retryable: true });
}
