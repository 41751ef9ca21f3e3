import type { AlarmGroup } from '@opsloop/contracts';

/** Identity of one life of a group: what its notices are numbered in, and the conversation that they share. */
export function groupKeyOf(group: Pick<AlarmGroup, 'id' | 'startedAtMs'>): string {
  return `${group.id}/${group.startedAtMs}`;
}
