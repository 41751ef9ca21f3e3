import { collections, topics, workOrderEventSchema, type Alarm, type WorkOrder, type WorkOrderEvent } from '@opsloop/contracts';
import { outcomeOf, readyWorkOrder, runResults, wordingIn } from '@opsloop/domain';
import { decodeEvent, recordConsumer, type Part, type ServiceContext } from '@opsloop/runtime';
import { changeDocument } from '../change-document.js';
import { receiversTold } from '../notice/find-targets.js';
import { createActingDefinitions } from './acting-definitions.js';
import type { DeskHooks } from './desk-hooks.js';
import { tellWorkOrder } from './tell-work-order.js';
import { toTimeline } from './to-timeline.js';
import type { WorkOrderNewsKind } from './work-order-news-words.js';

export interface WorkOrderEventDeps {
  readonly context: ServiceContext;
  readonly hooks: DeskHooks;
  /** Closes or cancels an order whose alarm is resolved, where that is due. */
  settle(workOrder: string): Promise<void>;
  /** Wakes the relay after an order was moved. */
  onChanged(): void;
}

const ended: readonly string[] = runResults;

/**
 * work-orders.v1: the alarm's timeline follows the order; what failed, is unknown or was not verified is escalated (of an
 * order that no alarm opened: told to the receivers that it names); an approved repair becomes ready by itself; a proven
 * one is closed once its alarm is resolved. Every effect has the identity of the event's state and run, so a redelivery
 * repeats nothing.
 */
export function onWorkOrderEvent({ context, hooks, settle, onChanged }: WorkOrderEventDeps): Part {
  const { documents, clock } = context;
  const workOrders = documents.collection<WorkOrder>(collections.workOrders);
  const alarms = documents.collection<Alarm>(collections.alarms);
  const definitions = createActingDefinitions(documents);

  /** Whom the scenario names for repairs that did not help; else everybody who is told of the alarm. */
  async function receiversOf(kind: WorkOrderNewsKind, order: WorkOrder, alarm: Alarm): Promise<readonly string[]> {
    const scenario = kind === 'approval-needed' || order.scenario === undefined ? undefined : await definitions.scenario(order.tenant, order.scenario);
    return scenario?.onNotVerified?.receivers ?? [...new Set([...alarm.receivers, ...(await receiversTold(documents, alarm.id))])];
  }

  async function tellOfAlarm(kind: WorkOrderNewsKind, event: WorkOrderEvent, order: WorkOrder, alarm: Alarm): Promise<void> {
    const receivers = await receiversOf(kind, order, alarm);
    const notice = tellWorkOrder({ kind, event, order, alarm, receivers, settings: context.settings });
    if (receivers.length > 0) return hooks.queueNotice(notice);
    await hooks.appendTimeline(alarm.id, [{ atMs: clock.now(), what: 'notice.nobody', text: `nobody is told "${wordingIn('en', notice.subject)}": name receivers in policy ${alarm.policy}, or in its scenario`, ref: notice.key }]);
  }

  async function makeReady(id: string): Promise<void> {
    await changeDocument(workOrders, id, (order, version) => {
      if (order.state !== 'approved' || order.origin === 'person') return undefined;
      const moved = readyWorkOrder(order, 'ready: it is approved', { nowMs: clock.now(), version });
      return 'order' in moved ? moved.order : undefined;
    });
    onChanged();
  }

  async function handle(event: WorkOrderEvent): Promise<void> {
    const { data } = event;
    const order = (await workOrders.get(data.workOrder))?.doc;
    if (!order) return;
    if (data.state === 'approved') await makeReady(order.id);
    const kind = newsOf(event, order);
    if (order.alarm === undefined) {
      if (kind && order.receivers) await hooks.queueNotice(tellWorkOrder({ kind, event, order, receivers: order.receivers, settings: context.settings }));
      return;
    }
    const alarm = (await alarms.get(order.alarm))?.doc;
    if (!alarm) return;
    const { entries, trace } = toTimeline(event, order);
    await hooks.appendTimeline(alarm.id, entries, trace);
    if (kind) await tellOfAlarm(kind, event, order, alarm);
    // The alarm may have been resolved before this: whoever of the two comes later sees the other.
    if (alarm.state === 'resolved') await settle(order.id);
  }

  return recordConsumer({ context, topic: topics.workOrders.name, group: 'work-order-desk', handle: (record) => handle(decodeEvent(workOrderEventSchema, record.value)) });
}

/** What people are told of; undefined: the page shows it, and that is enough. */
function newsOf({ data }: WorkOrderEvent, order: WorkOrder): WorkOrderNewsKind | undefined {
  const { state, previousState } = data;
  if (state === 'requested' && order.approval === 'required') return 'approval-needed';
  if (state === 'not-verified') return order.verification && outcomeOf(order.verification) === 'no-fresh-data' ? 'no-fresh-data' : 'not-verified';
  if (previousState === 'running' && ended.includes(state) && state !== 'succeeded' && state !== 'cancelled') return state === 'unknown' ? 'unknown' : 'failed';
  // A run that could not even begin.
  return previousState === 'ready' && state === 'failed' ? 'failed' : undefined;
}
