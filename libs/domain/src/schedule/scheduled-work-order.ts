import type { Playbook, Schedule, WorkOrder } from '@opsloop/contracts';
import { identityOf } from '../notice/identity-of.js';
import { newWorkOrder } from '../work-order/new-work-order.js';
import { readyWorkOrder } from '../work-order/ready-work-order.js';

export interface ScheduledWorkOrder {
  readonly tenant: string;
  readonly schedule: Schedule;
  /** The time that it is for. */
  readonly atMs: number;
  /** One for each job of the schedule; undefined: there is none of that name and version. */
  readonly playbooks: readonly ({ readonly playbook: Playbook; readonly playbookVersion: number } | undefined)[];
  readonly nowMs: number;
}

/** A schedule has one work order for each of its times for ever, however many open it. */
export function scheduledWorkOrderId(tenant: string, schedule: string, atMs: number): string {
  return identityOf(tenant, 'schedule', schedule, atMs);
}

/** Requested, and ready at once where neither the schedule nor a playbook asks for an approval. A text says why there is none. */
export function scheduledWorkOrder({ tenant, schedule, atMs, playbooks, nowMs }: ScheduledWorkOrder): WorkOrder | string {
  const { metadata, spec } = schedule;
  const requester = `schedule ${metadata.name}`;
  const request = { ...spec.workOrder, draft: false, desiredAt: new Date(atMs).toISOString() };
  const made = newWorkOrder({ id: scheduledWorkOrderId(tenant, metadata.name, atMs), tenant, requester, origin: 'schedule', request, playbooks, nowMs });
  if ('problems' in made) return made.problems.map(({ at, message }) => `${at}: ${message}`).join('; ');
  if (made.order.approval === 'required') return made.order;
  const ready = readyWorkOrder(made.order, 'ready: no approval is needed', { nowMs, version: 0 });
  return 'order' in ready ? ready.order : ready.reason;
}
