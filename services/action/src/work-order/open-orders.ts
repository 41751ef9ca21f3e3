/** What a transition opens: for each work-order step of the scenarios one order, unless limits hold it back. */
import { collections, type Alarm, type AlarmTransition, type AlarmTransitionType, type ScenarioLimits, type ScenarioSpec, type WorkOrder } from '@opsloop/contracts';
import { alarmWorkOrder, alarmWorkOrderId, decideLimits, dueSteps, oldestActedOnMs, type DueStep, type LimitRequest } from '@opsloop/domain';
import { EngineError, type Collection } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';
import { receiversTold } from '../notice/find-targets.js';
import { createActingDefinitions } from './acting-definitions.js';
import type { DeskHooks } from './desk-hooks.js';
import { createScorecardGate } from './scorecard-gate.js';
import { tellImpossible } from './tell-impossible.js';

export interface OrderOpener {
  /** Safe to repeat: an order has the identity of occurrence, scenario and step, and limits remember what they decided. */
  open(alarm: Alarm, transition: AlarmTransition, type: AlarmTransitionType): Promise<void>;
}

/** Why there is no order. `isImpossible`: none could run as it is written; else it was not to be now. */
interface HeldBack {
  readonly reason: string;
  readonly isImpossible: boolean;
}

const mostTries = 100;

export function createOrderOpener(context: ServiceContext, { appendTimeline, queueNotice }: DeskHooks, onOpened: () => void): OrderOpener {
  const { documents, clock, reach, ownMetrics, settings } = context;
  const workOrders = documents.collection<WorkOrder>(collections.workOrders);
  const limits = documents.collection<ScenarioLimits>(collections.scenarioLimits);
  const definitions = createActingDefinitions(documents);
  const scorecards = createScorecardGate(documents);
  const opened = ownMetrics.counter('work_orders_opened_total', 'Work orders that scenarios opened', ['scenario']);
  const heldBack = ownMetrics.counter('work_orders_held_back_total', 'Work orders that scenarios did not open', ['scenario']);

  /** Undefined: granted. The decision is stored before anything is opened. */
  async function reasonToHoldBack(tenant: string, scenario: string, spec: ScenarioSpec, request: LimitRequest): Promise<string | undefined> {
    const id = `${tenant}/${scenario}`;
    for (let tries = 0; tries < mostTries; tries += 1) {
      const stored = await limits.get(id);
      const before = stored?.doc ?? { id, tenant, granted: [], heldBack: [] };
      const asked = decideLimits(before, spec, request);
      const decision = asked.heldBack === undefined || asked.limits === before ? asked : decideLimits(await actedOn(workOrders, before), spec, request);
      if (decision.limits === before) return decision.heldBack;
      const outcome = stored ? await limits.replace(decision.limits, stored.version) : await limits.insert(decision.limits);
      if (outcome !== 'conflict' && outcome !== 'exists') return decision.heldBack;
    }
    throw new EngineError(`the limits of scenario ${scenario} changed under every one of ${mostTries} attempts to change them`, { retryable: true });
  }

  /** The order, or why there is none. */
  async function decide(alarm: Alarm, transition: AlarmTransition, scenario: string, spec: ScenarioSpec, { stepId, step }: DueStep & { step: { do: 'work-order' } }): Promise<WorkOrder | HeldBack> {
    const { tenant } = transition;
    const nowMs = clock.now();
    if (nowMs - transition.atMs > oldestActedOnMs) return { reason: `it happened at ${new Date(transition.atMs).toISOString()}, too long ago to act on`, isImpossible: false };
    const found = await definitions.playbook(tenant, step.playbook);
    if (!found) return { reason: `there is no playbook ${step.playbook}: apply one of that name, or take it out of the scenario`, isImpossible: true };
    const order = alarmWorkOrder({ alarm, transition, scenario, stepId, step, ...found, nowMs });
    if (typeof order === 'string') return { reason: order, isImpossible: true };
    const weak = await scorecards.reasonToHoldBack(transition);
    if (weak !== undefined) return { reason: weak, isImpossible: false };
    const reason = await reasonToHoldBack(tenant, scenario, spec, { workOrder: order.id, resource: transition.resource.id, resourceName: transition.resourceName, occurrence: alarm.id, level: transition.level, playbook: step.playbook, nowMs });
    reach('desk.after-limits-stored');
    return reason === undefined ? order : { reason, isImpossible: false };
  }

  async function holdBack(alarm: Alarm, scenario: string, spec: ScenarioSpec, playbook: string, workOrder: string, { reason, isImpossible }: HeldBack): Promise<void> {
    await appendTimeline(alarm.id, [{ atMs: clock.now(), what: 'scenario.held-back', text: `${scenario} did not run ${playbook}: ${reason}`, ref: workOrder, by: `scenario ${scenario}` }]);
    heldBack.inc({ scenario });
    if (!isImpossible) return;
    const receivers = spec.onNotVerified?.receivers ?? [...new Set([...alarm.receivers, ...(await receiversTold(documents, alarm.id))])];
    if (receivers.length > 0) await queueNotice(tellImpossible({ alarm, scenario, playbook, workOrder, reason, receivers, settings }));
  }

  async function openStep(alarm: Alarm, transition: AlarmTransition, scenario: string, spec: ScenarioSpec, due: DueStep): Promise<void> {
    const { stepId, step } = due;
    if (step.do !== 'work-order') return;
    const id = alarmWorkOrderId(alarm.tenant, alarm.id, scenario, stepId);
    const known = await workOrders.get(id);
    const order = known?.doc ?? (await decide(alarm, transition, scenario, spec, { stepId, step }));
    if ('isImpossible' in order) return holdBack(alarm, scenario, spec, step.playbook, id, order);
    if (!known && (await workOrders.insert(order)) !== 'exists') opened.inc({ scenario });
    reach('desk.after-work-order-inserted');
    onOpened();
    const text = `${order.title} (${order.approval === 'required' ? 'waits for an approval' : 'no approval needed'})`;
    await appendTimeline(alarm.id, [{ atMs: order.createdAtMs, what: 'work-order.requested', text, ref: order.id, by: order.requester }], { workOrderMs: order.createdAtMs });
  }

  return {
    async open(alarm, transition, type) {
      for (const scenario of transition.scenarios) {
        // A scenario that does not exist is told by those who route notices.
        const spec = await definitions.scenario(transition.tenant, scenario);
        if (!spec) continue;
        for (const due of dueSteps(spec, transition, type)) await openStep(alarm, transition, scenario, spec, due);
      }
    },
  };
}

/** Without orders that were cancelled before they ran: they have acted on nothing. */
async function actedOn(workOrders: Collection<WorkOrder>, before: ScenarioLimits): Promise<ScenarioLimits> {
  const granted = await Promise.all(before.granted.map(async (one) => {
    const order = (await workOrders.get(one.workOrder))?.doc;
    return order?.state === 'cancelled' && order.runs.length === 0 ? [] : [one];
  }));
  return { ...before, granted: granted.flat() };
}
