import type { AlarmGroup, AlarmTransition, ReceiverSpec } from '@opsloop/contracts';
import { identityOf } from './identity-of.js';

export type GroupIdentity = Pick<AlarmGroup, 'id' | 'tenant' | 'receiver' | 'channel' | 'purpose'>;

/** The group that an alarm falls into for a receiver: alarms that agree in the values of `groupBy` share it. */
export function groupFor(name: string, receiver: ReceiverSpec, purpose: AlarmGroup['purpose'], transition: AlarmTransition): GroupIdentity {
  const values = receiver.groupBy.map((key) => `${key}=${groupValue(key, transition)}`);
  const id = identityOf(transition.tenant, 'group', name, receiver.channel, purpose, ...values);
  return { id, tenant: transition.tenant, receiver: name, channel: receiver.channel, purpose };
}

function groupValue(key: string, transition: AlarmTransition): string {
  if (key === 'policy') return transition.policy;
  if (key === 'resource') return transition.resource.id;
  if (key === 'level') return transition.level;
  return transition.labels[key] ?? transition.attributes[key] ?? '';
}

/** Identity of one life of a group: what its notices are numbered in, and the conversation that they share. */
export function groupKeyOf(group: Pick<AlarmGroup, 'id' | 'startedAtMs'>): string {
  return `${group.id}/${group.startedAtMs}`;
}
