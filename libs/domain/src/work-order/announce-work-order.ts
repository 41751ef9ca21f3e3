import { topics, type WorkOrder, type WorkOrderEvent, type WorkOrderState } from '@opsloop/contracts';

export interface WorkOrderNews {
  /** Undefined: the order is new. */
  readonly previousState: WorkOrderState | undefined;
  readonly by: string;
  readonly reason: string;
}

/**
 * Adds the event that tells of the state that the order is in now. Its id is made of the order, the version that will be
 * stored, and the place among the events of that version.
 */
export function announceWorkOrder(order: WorkOrder, news: WorkOrderNews, at: { readonly nowMs: number; readonly version: number }): WorkOrder {
  const prefix = `${order.id}#${at.version + 1}.`;
  const place = order.pendingEvents.filter((one) => one.event.id.startsWith(prefix)).length + 1;
  const event: WorkOrderEvent = {
    specversion: '1.0',
    id: `${prefix}${place}`,
    source: '/opsloop/work-orders',
    type: news.previousState === undefined ? 'work-order.created' : 'work-order.changed',
    subject: order.id,
    time: new Date(at.nowMs).toISOString(),
    datacontenttype: 'application/json',
    data: {
      tenant: order.tenant,
      workOrder: order.id,
      state: order.state,
      ...(news.previousState && { previousState: news.previousState }),
      title: order.title,
      by: news.by,
      reason: news.reason,
      ...(order.alarm && { alarm: order.alarm }),
      ...(order.run && { run: order.run }),
    },
  };
  return { ...order, pendingEvents: [...order.pendingEvents, { topic: topics.workOrders.name, key: order.id, event }], hasPendingEvents: true };
}
