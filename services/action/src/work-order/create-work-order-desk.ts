/** The work order desk: opens orders for alarms, follows them, and proves repairs. Read this file first. */
import { collections, type Alarm, type AlarmTransition, type AlarmTransitionType, type WorkOrder } from '@opsloop/contracts';
import { afterResolve } from '@opsloop/domain';
import { eventRelay, findAll, partGroup, type Part, type ServiceContext } from '@opsloop/runtime';
import { changeDocument } from '../change-document.js';
import { createScheduleKeeper } from '../schedule/keep-schedules.js';
import type { DeskHooks } from './desk-hooks.js';
import { createUnbegunWatch } from './fail-unbegun.js';
import { onWorkOrderEvent } from './on-work-order-event.js';
import { createOrderOpener } from './open-orders.js';
import { createVerifier } from './verify-orders.js';

export interface WorkOrderDesk extends Part {
  /** Does what the scenarios of the alarm ask for. Safe to repeat. */
  onTransition(alarm: Alarm, transition: AlarmTransition, type: AlarmTransitionType): Promise<void>;
  /** Ends what was to repair an alarm that a person closed. Safe to repeat. */
  onClosed(alarm: Alarm): Promise<void>;
}

export function createWorkOrderDesk(context: ServiceContext, hooks: DeskHooks): WorkOrderDesk {
  const { documents, clock } = context;
  const workOrders = documents.collection<WorkOrder>(collections.workOrders);
  const relay = eventRelay({ context, collection: collections.workOrders });
  const onChanged = (): void => relay.wake();
  const opener = createOrderOpener(context, hooks, onChanged);

  /** One order of an alarm that is resolved. */
  async function settle(id: string): Promise<void> {
    await changeDocument(workOrders, id, (order, version) => {
      const moved = afterResolve(order, { nowMs: clock.now(), version });
      return moved && 'order' in moved ? moved.order : undefined;
    });
    onChanged();
  }

  async function settleAll(alarm: Alarm): Promise<void> {
    for (const { id } of await findAll(workOrders, { tenant: alarm.tenant, alarm: alarm.id })) await settle(id);
  }

  const group = partGroup('work order desk', [relay, createVerifier(context, onChanged), createUnbegunWatch(context, onChanged), createScheduleKeeper(context, hooks, onChanged), onWorkOrderEvent({ context, hooks, settle, onChanged })]);
  return {
    ...group,
    async onTransition(alarm, transition, type) {
      if (type === 'alarm.resolved') await settleAll(alarm);
      else await opener.open(alarm, transition, type);
    },
    onClosed: settleAll,
  };
}
