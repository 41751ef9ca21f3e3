import { collections, type AlarmGroup, type AlarmGroupMember, type AlarmTransition, type AlarmTransitionType, type ReceiverSpec } from '@opsloop/contracts';
import { dueSteps, groupFor, type GroupIdentity } from '@opsloop/domain';
import type { Documents } from '@opsloop/ports';
import { createTellingDefinitions } from './telling-definitions.js';

export interface NoticeTarget {
  readonly group: GroupIdentity;
  readonly receiver: ReceiverSpec;
}

export interface TargetFinder {
  /** Where a transition is to be told. */
  ofTransition(transition: AlarmTransition, type: AlarmTransitionType): Promise<NoticeTarget[]>;
  /** Where an alarm has been told. */
  ofAlarm(tenant: string, occurrence: string): Promise<NoticeTarget[]>;
}

export type OnUndefined = (alarmId: string, what: 'Receiver' | 'Scenario', name: string, atMs: number) => Promise<void>;

const mostMembers = 1_000;

/**
 * Who is told: the receivers of the policy, those of the `notify` and `escalate` steps that its scenarios have for the
 * level, and everybody who has been told of this alarm before. An alarm stays in the group of a receiver in which it was
 * told first.
 */
export function createTargetFinder(documents: Documents, onUndefined: OnUndefined): TargetFinder {
  const definitions = createTellingDefinitions(documents);

  async function ofAlarm(tenant: string, occurrence: string): Promise<NoticeTarget[]> {
    const targets: NoticeTarget[] = [];
    for (const member of await membersOf(documents, occurrence)) {
      const receiver = await definitions.receiver(tenant, member.receiver);
      const { receiver: name, channel, purpose } = member;
      if (receiver) targets.push({ receiver, group: { id: member.group, tenant, receiver: name, channel, purpose } });
    }
    return targets;
  }

  /** Names with why they are told; whom it is escalated to needs no ordinary notice beside it. */
  async function namesOf(transition: AlarmTransition, type: AlarmTransitionType): Promise<Map<string, AlarmGroup['purpose']>> {
    const names = new Map<string, AlarmGroup['purpose']>();
    if (type === 'alarm.resolved') return names;
    for (const name of transition.receivers) names.set(name, 'alarm');
    for (const scenarioName of transition.scenarios) {
      const scenario = await definitions.scenario(transition.tenant, scenarioName);
      if (!scenario) await onUndefined(transition.occurrence, 'Scenario', scenarioName, transition.atMs);
      for (const { step } of scenario ? dueSteps(scenario, transition, type) : []) {
        if (step.do === 'escalate') for (const name of step.receivers) names.set(name, 'escalation');
        if (step.do === 'notify') for (const name of step.receivers) if (!names.has(name)) names.set(name, 'alarm');
      }
    }
    return names;
  }

  return {
    ofAlarm,
    async ofTransition(transition, type) {
      const targets = await ofAlarm(transition.tenant, transition.occurrence);
      for (const [name, purpose] of await namesOf(transition, type)) {
        if (targets.some(({ group }) => group.receiver === name && group.purpose === purpose)) continue;
        const receiver = await definitions.receiver(transition.tenant, name);
        if (receiver) targets.push({ receiver, group: groupFor(name, receiver, purpose, transition) });
        else await onUndefined(transition.occurrence, 'Receiver', name, transition.atMs);
      }
      return targets;
    },
  };
}

/** Names of the receivers that have been told of an alarm, or are about to be. */
export async function receiversTold(documents: Documents, occurrence: string): Promise<string[]> {
  return (await membersOf(documents, occurrence)).map(({ receiver }) => receiver);
}

async function membersOf(documents: Documents, occurrence: string): Promise<AlarmGroupMember[]> {
  const { items } = await documents.collection<AlarmGroupMember>(collections.alarmGroupMembers).find({ occurrence }, { limit: mostMembers });
  return items.map(({ doc }) => doc);
}
