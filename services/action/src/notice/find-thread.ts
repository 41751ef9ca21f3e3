import { collections, type AlarmGroup, type AlarmGroupMember } from '@opsloop/contracts';
import { groupKeyOf } from '@opsloop/domain';
import type { Documents } from '@opsloop/ports';

/** The conversation in which this receiver was told of the alarm; undefined when it was not. */
export async function findThread(documents: Documents, occurrence: string, receiver: string): Promise<string | undefined> {
  const members = documents.collection<AlarmGroupMember>(collections.alarmGroupMembers);
  const groups = documents.collection<AlarmGroup>(collections.alarmGroups);
  const { items } = await members.find({ occurrence });
  for (const { doc } of items) {
    const group = await groups.get(doc.group);
    if (group?.doc.receiver === receiver) return groupKeyOf(group.doc);
  }
  return undefined;
}
