import { collections, type Alarm, type AlarmGroup, type AlarmGroupMember, type AlarmTransition, type AlarmTransitionType, type ReceiverSpec } from '@opsloop/contracts';
import { dueSteps, groupFor, memberIdOf, takeClosing, takeTransition, type GroupIdentity } from '@opsloop/domain';
import { EngineError } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';
import { createTellingDefinitions } from './telling-definitions.js';
import { wakeGroup } from './wake-group.js';

export interface NoticeRouter {
  /** Hands a transition to the groups of everybody who is to be told. Safe to repeat. */
  route(transition: AlarmTransition, type: AlarmTransitionType): Promise<void>;
  /** A person closed the alarm. Safe to repeat. */
  routeClosing(alarm: Alarm): Promise<void>;
}

export interface NoticeRouterHooks {
  /** Runs after groups were woken. */
  onRouted(): void;
  onUndefined(alarmId: string, what: 'Receiver' | 'Scenario', name: string, atMs: number): Promise<void>;
}

interface Target {
  readonly group: GroupIdentity;
  readonly receiver: ReceiverSpec;
}

const maxTries = 100;

/**
 * Who is told: the receivers of the policy, those of the `notify` and `escalate` steps that its scenarios have for the
 * level, and everybody who has been told of this alarm before. An alarm stays in the group of a receiver in which it was
 * told first.
 */
export function createNoticeRouter(context: ServiceContext, hooks: NoticeRouterHooks): NoticeRouter {
  const { documents, clock, reach } = context;
  const groups = documents.collection<AlarmGroup>(collections.alarmGroups);
  const members = documents.collection<AlarmGroupMember>(collections.alarmGroupMembers);
  const definitions = createTellingDefinitions(documents);

  async function membersOf(occurrence: string): Promise<readonly AlarmGroupMember[]> {
    const { items } = await members.find({ occurrence }, { limit: 1000 });
    return items.map(({ doc }) => doc);
  }

  async function targetsOf(transition: AlarmTransition, type: AlarmTransitionType): Promise<Target[]> {
    const { tenant, occurrence } = transition;
    const told = await membersOf(occurrence);
    const targets = new Map<string, Target>();
    for (const { receiver: name, purpose, channel, group } of told) {
      const receiver = await definitions.receiver(tenant, name);
      if (receiver) targets.set(`${purpose} ${name}`, { receiver, group: { id: group, tenant, receiver: name, channel, purpose } });
    }
    for (const [name, purpose] of await receiversOf(transition, type)) {
      if (targets.has(`${purpose} ${name}`)) continue;
      const receiver = await definitions.receiver(tenant, name);
      if (receiver) targets.set(`${purpose} ${name}`, { receiver, group: groupFor(name, receiver, purpose, transition) });
      else await hooks.onUndefined(occurrence, 'Receiver', name, transition.atMs);
    }
    return [...targets.values()];
  }

  /** Names with why they are told; to whom it is escalated needs no ordinary notice beside it. */
  async function receiversOf(transition: AlarmTransition, type: AlarmTransitionType): Promise<Map<string, AlarmGroup['purpose']>> {
    const names = new Map<string, AlarmGroup['purpose']>();
    if (type === 'alarm.resolved') return names;
    for (const name of transition.receivers) names.set(name, 'alarm');
    for (const scenarioName of transition.scenarios) {
      const scenario = await definitions.scenario(transition.tenant, scenarioName);
      if (!scenario) {
        await hooks.onUndefined(transition.occurrence, 'Scenario', scenarioName, transition.atMs);
        continue;
      }
      for (const { step } of dueSteps(scenario, transition, type)) {
        if (step.do === 'escalate') for (const name of step.receivers) names.set(name, 'escalation');
        if (step.do === 'notify') for (const name of step.receivers) if (!names.has(name)) names.set(name, 'alarm');
      }
    }
    return names;
  }

  /** The member first, then the group: a crash between them is mended by the redelivery, which wakes the group again. */
  async function hand(group: GroupIdentity, memberId: string, take: (member: AlarmGroupMember | undefined, group: Partial<AlarmGroup>) => AlarmGroupMember | undefined): Promise<void> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const stored = await members.get(memberId);
      const known = await groups.get(group.id);
      const next = take(stored?.doc, known?.doc ?? {});
      if (next) {
        const outcome = stored ? await members.replace(next, stored.version) : await members.insert(next);
        if (outcome === 'conflict' || outcome === 'exists') continue;
        reach('action.after-member-stored');
      }
      const member = next ?? stored?.doc;
      if (member) await wakeGroup(groups, group, member.dueAtMs, clock.now());
      return;
    }
    throw new EngineError(`group member ${memberId} changed under every one of ${maxTries} attempts to change it`, { retryable: true });
  }

  return {
    async route(transition, type) {
      for (const { group, receiver } of await targetsOf(transition, type)) {
        await hand(group, memberIdOf(group.id, transition.occurrence), (member, known) => takeTransition(member, { group: { ...known, ...group }, receiver, type, transition, nowMs: clock.now() }));
      }
      hooks.onRouted();
    },

    async routeClosing(alarm) {
      const { closed } = alarm;
      if (!closed) return;
      for (const { id, group, tenant, receiver: name, channel, purpose } of await membersOf(alarm.id)) {
        const receiver = await definitions.receiver(tenant, name);
        if (!receiver) continue;
        const identity = { id: group, tenant, receiver: name, channel, purpose };
        await hand(identity, id, (member, known) => member && takeClosing(member, receiver, { ...known, ...identity }, { level: closed.level, atMs: closed.atMs }, clock.now()));
      }
      hooks.onRouted();
    },
  };
}
