import { collections, levels, type AlarmGroup, type AlarmGroupMember, type Notice, type ReceiverSpec, type Settings } from '@opsloop/contracts';
import { groupKeyOf, identityOf, markTold, memberIdOf, newNotice, renderAlarmNotice, type FlushPlan } from '@opsloop/domain';
import type { ServiceContext } from '@opsloop/runtime';
import { changeDocument } from '../change-document.js';
import { publicUrlOf } from './public-url.js';

export interface TellingPlan {
  readonly group: AlarmGroup;
  readonly plan: FlushPlan;
  readonly receiver: ReceiverSpec;
  readonly nowMs: number;
}

/** Stores the notice of this flush, or finds the one that a flush before a crash stored, and marks what it tells. Answers the group as it is after it. */
export async function tellPlan(context: ServiceContext, telling: TellingPlan): Promise<AlarmGroup> {
  const { documents, reach, settings } = context;
  const { group, plan } = telling;
  const notices = documents.collection<Notice>(collections.notices);
  const members = documents.collection<AlarmGroupMember>(collections.alarmGroupMembers);
  const draft = draftOf(telling, settings);
  const inserted = await notices.insert(draft);
  const notice = inserted === 'exists' ? (await notices.get(draft.id))?.doc : inserted.doc;
  reach('action.after-notice-queued');
  if (!notice) return group;
  const told = new Map<string, Set<number>>();
  for (const { occurrence, transition } of notice.alarms) told.set(occurrence, (told.get(occurrence) ?? new Set()).add(transition));
  for (const [occurrence, transitions] of told) {
    await changeDocument(members, memberIdOf(group.id, occurrence), (member) => markTold(member, transitions, notice.createdAtMs));
  }
  reach('action.after-members-told');
  return { ...group, flush: notice.flush, lastFlushAtMs: notice.createdAtMs, flapping: inserted === 'exists' ? group.flapping : plan.flapping };
}

function draftOf({ group, plan, receiver, nowMs }: TellingPlan, settings: Settings): Notice {
  const groupKey = groupKeyOf(group);
  const flush = group.flush + 1;
  const toldLevels = new Set(plan.told.map((one) => one.alarm.level));
  const level = levels.findLast((one) => toldLevels.has(one));
  return newNotice(
    {
      id: identityOf(group.tenant, 'notice', groupKey, flush, group.receiver, group.channel),
      tenant: group.tenant,
      groupKey,
      threadKey: groupKey,
      flush,
      receiver: group.receiver,
      channel: group.channel,
      kind: plan.kind,
      to: receiver.to,
      ...renderAlarmNotice(plan, group.receiver, { language: receiver.language, timeZone: receiver.timeZone ?? 'UTC', publicUrl: publicUrlOf(settings), nowMs }),
      ...(level && { level }),
      alarms: plan.alarms,
      alarmIds: plan.told.map((one) => one.alarm.id),
    },
    nowMs,
  );
}
