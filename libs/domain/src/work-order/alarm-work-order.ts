import type { Alarm, AlarmTransition, Playbook, ScenarioStep, WorkOrder } from '@opsloop/contracts';
import { identityOf } from '../notice/identity-of.js';
import { announceWorkOrder } from './announce-work-order.js';
import { checkJobs } from './job-problems.js';
import { addEntries } from './move-work-order.js';
import { emptyWorkOrder } from './new-work-order.js';
import { readyWorkOrder } from './ready-work-order.js';

/** Who hears of an alarm this late works off what was waiting: the end of the alarm may be among it, and gets this long to be read first. */
const lateAfterMs = 120_000;
const catchUpMs = 15_000;

export interface AlarmWorkOrder {
  readonly alarm: Alarm;
  readonly transition: AlarmTransition;
  readonly scenario: string;
  /** Level and place of the step in the scenario, for example critical.0. */
  readonly stepId: string;
  readonly step: Extract<ScenarioStep, { do: 'work-order' }>;
  readonly playbook: Playbook;
  readonly playbookVersion: number;
  readonly nowMs: number;
}

/** The same occurrence, scenario and step have one work order for ever, however often the alarm is told. */
export function alarmWorkOrderId(tenant: string, occurrence: string, scenario: string, stepId: string): string {
  return identityOf(tenant, 'work-order', occurrence, scenario, stepId);
}

/**
 * The order that a scenario opens for an alarm: requested, and ready at once where neither the step nor the playbook asks
 * for an approval. The answer is a text when the playbook cannot run on that target, and says why.
 */
export function alarmWorkOrder(options: AlarmWorkOrder): WorkOrder | string {
  const { alarm, transition, scenario, stepId, step, playbook, playbookVersion, nowMs } = options;
  const targets = [{ id: transition.resource.id, name: transition.resourceName, resource: transition.resource.id, address: { host: transition.resourceName, ...step.runner }, ...factsOf(transition.attributes) }];
  const checked = checkJobs([{ order: 1, playbook, playbookVersion, inputs: step.inputs ?? {} }], targets);
  if ('problems' in checked) return checked.problems.map((one) => `${one.at}: ${one.message}`).join('; ');
  const title = `${titleOf(playbook)}: ${transition.resourceName}`.slice(0, 200);
  const { sop } = playbook.spec;
  const by = `scenario ${scenario}`;
  const reason = `${alarm.policy} is ${transition.level} on ${transition.resourceName}`;
  const order: WorkOrder = {
    ...emptyWorkOrder,
    id: alarmWorkOrderId(alarm.tenant, alarm.id, scenario, stepId),
    tenant: alarm.tenant,
    type: 'incident',
    origin: 'alarm',
    title,
    content: `${reason}: ${transition.reason}`.slice(0, 10_000),
    ticket: { state: 'none' },
    state: 'requested',
    approval: step.approval === 'required' || playbook.spec.approval === 'required' ? 'required' : 'none',
    targets,
    jobs: checked.jobs.map((one) => ({ order: one.order, playbook: playbook.metadata.name, playbookVersion, inputs: one.inputs })),
    requester: by,
    createdAtMs: nowMs,
    changedAtMs: nowMs,
    alarm: alarm.id,
    scenario,
    trace: { ...transition.trace, workOrderMs: nowMs },
    ...(sop !== undefined && { sop }),
  };
  const noted = addEntries(order, [{ atMs: nowMs, what: 'work-order.requested', text: `requested by ${by}: ${reason}`, ref: order.id, by }]);
  const requested = announceWorkOrder(noted, { previousState: undefined, by, reason }, { nowMs, version: 0 });
  if (order.approval === 'required') return requested;
  const ready = readyWorkOrder(requested, 'ready: no approval is needed', { nowMs, version: 0 }, nowMs - transition.atMs > lateAfterMs ? catchUpMs : 0);
  return 'order' in ready ? ready.order : ready.reason;
}

function titleOf(playbook: Playbook): string {
  const { title, name } = playbook.metadata;
  if (typeof title === 'string') return title;
  return title?.en ?? Object.values(title ?? {})[0] ?? name;
}

/** What senders said of the machine, as far as playbooks ask for it. */
function factsOf(attributes: Readonly<Record<string, string>>): Partial<Record<'service' | 'ip' | 'software' | 'version', string>> {
  const facts: Record<string, string> = {};
  for (const key of ['service', 'ip', 'software', 'version'] as const) {
    const value = attributes[key];
    if (value !== undefined && value.length <= 256) facts[key] = value;
  }
  return facts;
}
