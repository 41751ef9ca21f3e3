import { collections, type Alarm, type WorkOrder } from '@opsloop/contracts';
import { oldestActedOnMs, tooLateToBegin } from '@opsloop/domain';
import { findAll, periodicPart, type Part, type ServiceContext } from '@opsloop/runtime';
import { changeDocument } from '../change-document.js';

const lookEveryMs = 5_000;
const by = { role: 'action', name: 'opsloop' } as const;

/**
 * Fails the orders that no executor took for an hour: while none is there, nobody else does. It holds no lease, which an
 * executor that comes back would have to wait for; whichever of the two moves an order first has moved it.
 */
export function createUnbegunWatch({ documents, clock, logger }: ServiceContext, onChanged: () => void): Part {
  const workOrders = documents.collection<WorkOrder>(collections.workOrders);
  const alarms = documents.collection<Alarm>(collections.alarms);

  async function look(): Promise<void> {
    for (const { id, alarm } of await findAll(workOrders, { state: 'ready', dueAtMs: { lte: clock.now() - oldestActedOnMs } })) {
      const opener = alarm === undefined ? undefined : (await alarms.get(alarm))?.doc;
      await changeDocument(workOrders, id, (order, version) => {
        if (order.state !== 'ready') return undefined;
        const moved = tooLateToBegin(order, opener, by, { nowMs: clock.now(), version });
        return moved && 'order' in moved ? moved.order : undefined;
      });
      onChanged();
    }
  }

  return periodicPart({ name: 'orders that nobody begins', clock, round: look, waitMs: () => lookEveryMs, onFailure: (error) => logger.warn({ err: error }, 'ready work orders cannot be looked at') });
}
