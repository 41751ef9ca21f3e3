/** What alarms would have caused: notices after grouping and repeats, work orders within cooldowns and run limits. */
import { levels, parseDurationMs, type Alarm, type AlarmEvent, type AlarmGroup, type AlarmGroupMember, type AlarmTransition, type Definition, type Level, type Notice, type Playbook, type ReceiverSpec, type ScenarioLimits, type ScenarioSpec } from '@opsloop/contracts';
import { applyTransition, markRouted } from '../alarm-record/apply-transition.js';
import { describeTransition, type AlarmDecision } from '../alarm/describe-transition.js';
import { scorecardProblem } from '../forecast/scorecard-gate.js';
import { groupFor, type GroupIdentity } from '../notice/group-for.js';
import { maxGroupAgeMs, planFlush } from '../notice/plan-flush.js';
import { markTold, memberIdOf, takeTransition } from '../notice/take-transition.js';
import { decideLimits } from '../scenario/decide-limits.js';
import { dueSteps } from '../scenario/due-steps.js';
import { alarmWorkOrder, alarmWorkOrderId } from '../work-order/alarm-work-order.js';

export interface SimulatedPage {
  readonly atMs: number;
  readonly receiver: string;
  readonly kind: Notice['kind'];
  readonly level: Level;
  /** Occurrences that it tells of. */
  readonly alarms: readonly string[];
}

export interface SimulatedOrder {
  readonly atMs: number;
  readonly occurrence: string;
  readonly scenario: string;
  readonly playbook: string;
  readonly resource: string;
  readonly approval: 'none' | 'required';
  /** Why nothing would have been opened; undefined: it would have been. */
  readonly heldBack: string | undefined;
}

export interface SimulatedEffects {
  readonly pages: readonly SimulatedPage[];
  readonly orders: readonly SimulatedOrder[];
  /** Receivers and scenarios that policies name and nobody defined. */
  readonly missing: readonly string[];
}

/**
 * Time is the arrival clock of each decision. What a work order would have repaired is not guessed: alarms go on as
 * they were measured, so a repair that works opens fewer orders than this.
 */
export function simulateEffects(decisions: readonly AlarmDecision[], definitions: readonly Definition[], toMs: number): SimulatedEffects {
  const desk = createDesk(definitions);
  for (const decision of decisions) {
    desk.flushTo(decision.arrivalMs);
    desk.take(describeTransition(decision, decision.arrivalMs), decision.arrivalMs);
  }
  desk.flushTo(toMs);
  return desk.effects();
}

function createDesk(definitions: readonly Definition[]) {
  const receivers = specsOf<ReceiverSpec>(definitions, 'Receiver');
  const scenarios = specsOf<ScenarioSpec>(definitions, 'Scenario');
  const playbooks = new Map(definitions.filter((one): one is Playbook => one.kind === 'Playbook').map((one) => [one.metadata.name, one]));
  const alarms = new Map<string, Alarm>();
  const limits = new Map<string, ScenarioLimits>();
  const orders: SimulatedOrder[] = [];
  const missing = new Set<string>();
  const groups = createGroups(receivers, alarms);

  function namesOf(transition: AlarmTransition, type: AlarmEvent['type']): Map<string, AlarmGroup['purpose']> {
    const names = new Map<string, AlarmGroup['purpose']>();
    if (type === 'alarm.resolved') return names;
    for (const name of transition.receivers) names.set(name, 'alarm');
    for (const scenario of transition.scenarios) {
      const spec = scenarios.get(scenario);
      for (const { step } of spec ? dueSteps(spec, transition, type) : []) {
        if (step.do === 'escalate') for (const name of step.receivers) names.set(name, 'escalation');
        if (step.do === 'notify') for (const name of step.receivers) if (!names.has(name)) names.set(name, 'alarm');
      }
    }
    return names;
  }

  function openOrders(alarm: Alarm, { data, type }: AlarmEvent, nowMs: number): void {
    for (const scenario of data.scenarios) {
      const spec = scenarios.get(scenario);
      if (!spec) missing.add(`Scenario ${scenario}`);
      for (const { stepId, step } of spec ? dueSteps(spec, data, type) : []) {
        if (step.do !== 'work-order') continue;
        const playbook = playbooks.get(step.playbook);
        if (!playbook) missing.add(`Playbook ${step.playbook}`);
        const order = playbook ? alarmWorkOrder({ alarm, transition: data, scenario, stepId, step, playbook, playbookVersion: 1, nowMs }) : undefined;
        const about = { atMs: nowMs, occurrence: alarm.id, scenario, playbook: step.playbook, resource: data.resourceName, approval: typeof order === 'object' ? order.approval : step.approval };
        orders.push({ ...about, heldBack: typeof order === 'string' ? order : (gateProblem(data) ?? decide(alarm, data, { scenario, stepId, playbook: step.playbook, spec: spec! }, nowMs)) });
      }
    }
  }

  function decide(alarm: Alarm, data: AlarmTransition, { scenario, stepId, playbook, spec }: { scenario: string; stepId: string; playbook: string; spec: ScenarioSpec }, nowMs: number): string | undefined {
    const before = limits.get(scenario) ?? { id: scenario, tenant: alarm.tenant, granted: [], heldBack: [] };
    const decision = decideLimits(before, spec, { workOrder: alarmWorkOrderId(alarm.tenant, alarm.id, scenario, stepId), resource: data.resource.id, resourceName: data.resourceName, occurrence: alarm.id, level: data.level, playbook, nowMs });
    limits.set(scenario, decision.limits);
    return decision.heldBack;
  }

  return {
    flushTo: groups.flushTo,
    effects: (): SimulatedEffects => ({ pages: groups.pages, orders, missing: [...missing].toSorted() }),
    take(event: AlarmEvent, nowMs: number): void {
      const { alarm } = applyTransition(alarms.get(event.data.occurrence), event, nowMs);
      alarms.set(alarm.id, alarm);
      openOrders(alarm, event, nowMs);
      const targets = groups.of(alarm.id);
      for (const [name, purpose] of namesOf(event.data, event.type)) {
        const receiver = receivers.get(name);
        if (!receiver) missing.add(`Receiver ${name}`);
        else if (!targets.some((group) => group.receiver === name && group.purpose === purpose)) targets.push(groupFor(name, receiver, purpose, event.data));
      }
      for (const group of targets) groups.hand(group, event, nowMs);
      alarms.set(alarm.id, markRouted(alarm, event.data.transition) ?? alarm);
    },
  };
}

/** Live, the scorecard is that of the whole policy: here one state has seen it all. */
function gateProblem({ forecast }: AlarmTransition): string | undefined {
  return forecast?.gate && scorecardProblem(forecast.gate, forecast);
}

function specsOf<Spec>(definitions: readonly Definition[], kind: Definition['kind']): Map<string, Spec> {
  return new Map(definitions.filter((one) => one.kind === kind).map((one) => [one.metadata.name, one.spec as Spec]));
}

/** The groups of alarms that share notices, as the notices' documents hold them. */
function createGroups(receivers: ReadonlyMap<string, ReceiverSpec>, alarms: ReadonlyMap<string, Alarm>) {
  const groups = new Map<string, AlarmGroup>();
  const members = new Map<string, AlarmGroupMember>();
  const pages: SimulatedPage[] = [];
  const membersOf = (group: string): AlarmGroupMember[] => [...members.values()].filter((member) => member.group === group);

  function flush(group: AlarmGroup, receiver: ReceiverSpec, nowMs: number): void {
    const due = membersOf(group.id).filter((member) => member.dueAtMs <= nowMs).toSorted((a, b) => a.dueAtMs - b.dueAtMs);
    const plan = planFlush(group, due, alarms, receiver, nowMs);
    let after = group;
    if (plan.told.length > 0) {
      const told = new Set(plan.told.map((one) => one.alarm.level));
      pages.push({ atMs: nowMs, receiver: group.receiver, kind: plan.kind, level: levels.findLast((one) => told.has(one))!, alarms: plan.told.map((one) => one.alarm.id) });
      for (const { occurrence, transition } of plan.alarms) mark(group.id, occurrence, transition, nowMs);
      const isOld = nowMs - group.startedAtMs > maxGroupAgeMs;
      after = { ...group, ...(isOld && { startedAtMs: nowMs }), flush: isOld ? 1 : group.flush + 1, lastFlushAtMs: nowMs, flapping: plan.flapping };
    }
    for (const { member, dueAtMs } of plan.postponed) members.set(member.id, { ...member, dueAtMs });
    for (const member of plan.removed) members.delete(member.id);
    const next = Math.min(...membersOf(group.id).map((member) => member.dueAtMs));
    const earliestMs = after.lastFlushAtMs === undefined ? 0 : after.lastFlushAtMs + parseDurationMs(receiver.groupInterval)!;
    if (Number.isFinite(next)) groups.set(group.id, { ...after, dueAtMs: Math.max(earliestMs, next) });
    else groups.delete(group.id);
  }

  function mark(group: string, occurrence: string, transition: number, nowMs: number): void {
    const member = members.get(memberIdOf(group, occurrence));
    if (member) members.set(member.id, markTold(member, new Set([transition]), nowMs));
  }

  return {
    pages,
    of: (occurrence: string): GroupIdentity[] => [...members.values()].filter((member) => member.occurrence === occurrence).map(({ group, tenant, receiver, channel, purpose }) => ({ id: group, tenant, receiver, channel, purpose })),
    hand(group: GroupIdentity, { data, type }: AlarmEvent, nowMs: number): void {
      const receiver = receivers.get(group.receiver)!;
      const known = groups.get(group.id);
      const member = members.get(memberIdOf(group.id, data.occurrence));
      const next = takeTransition(member, { group: { ...known, ...group }, receiver, type, transition: data, nowMs });
      if (next) members.set(next.id, next);
      const dueAtMs = (next ?? member)?.dueAtMs;
      if (dueAtMs === undefined) return;
      groups.set(group.id, known ? { ...known, dueAtMs: Math.min(known.dueAtMs, Math.max(dueAtMs, nowMs)) } : { ...group, startedAtMs: nowMs, flush: 0, dueAtMs: Math.max(dueAtMs, nowMs), wakes: 1, flapping: {} });
    },
    flushTo(untilMs: number): void {
      for (;;) {
        let due: AlarmGroup | undefined;
        for (const group of groups.values()) if (group.dueAtMs <= untilMs && (!due || group.dueAtMs < due.dueAtMs)) due = group;
        if (!due) return;
        flush(due, receivers.get(due.receiver)!, due.dueAtMs);
      }
    },
  };
}
