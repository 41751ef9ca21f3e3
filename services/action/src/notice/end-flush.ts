import { collections, parseDurationMs, type AlarmGroup, type AlarmGroupMember, type ReceiverSpec } from '@opsloop/contracts';
import type { Documents } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';

const pageSize = 1_000;

export interface EndedFlush {
  /** As the flush found it, before it read the members. */
  readonly before: AlarmGroup;
  readonly after: AlarmGroup;
  readonly receiver: ReceiverSpec;
  readonly nowMs: number;
}

/**
 * Sets when the group is looked at next and ends the claim, unless another flush was faster. A group that was woken
 * meanwhile looks again; one without members ends its life.
 */
export async function rescheduleGroup(documents: Documents, { before, after, receiver, nowMs }: EndedFlush): Promise<void> {
  const groups = documents.collection<AlarmGroup>(collections.alarmGroups);
  const members = documents.collection<AlarmGroupMember>(collections.alarmGroupMembers);
  const next = (await members.find({ group: before.id }, { sort: { field: 'dueAtMs', direction: 'asc' }, limit: 1 })).items[0]?.doc;
  const earliestMs = after.lastFlushAtMs === undefined ? 0 : after.lastFlushAtMs + parseDurationMs(receiver.groupInterval)!;
  for (;;) {
    const stored = await groups.get(before.id);
    if (!stored || stored.doc.flush > after.flush || stored.doc.startedAtMs !== after.startedAtMs) return;
    const woken = stored.doc.wakes !== before.wakes;
    if (!next && !woken) {
      await groups.remove(before.id, stored.version);
      return;
    }
    const { flush, lastFlushAtMs, flapping } = after;
    const dueAtMs = Math.max(earliestMs, woken ? nowMs : (next?.dueAtMs ?? 0));
    const outcome = await groups.replace({ ...stored.doc, dueAtMs, flush, ...(lastFlushAtMs !== undefined && { lastFlushAtMs }), flapping }, stored.version);
    if (outcome !== 'conflict') return;
  }
}

/** The receiver is gone: what waits is told in the timelines of the alarms, and the group ends. */
export async function dissolveGroup({ documents, clock }: ServiceContext, group: AlarmGroup, onUndefinedReceiver: (alarmId: string, name: string, atMs: number) => Promise<void>): Promise<void> {
  const groups = documents.collection<AlarmGroup>(collections.alarmGroups);
  const members = documents.collection<AlarmGroupMember>(collections.alarmGroupMembers);
  for (;;) {
    const { items, nextCursor } = await members.find({ group: group.id }, { limit: pageSize });
    for (const { doc, version } of items) {
      if (doc.waiting.length > 0) await onUndefinedReceiver(doc.occurrence, group.receiver, clock.now());
      await members.remove(doc.id, version);
    }
    if (nextCursor === undefined) break;
  }
  const stored = await groups.get(group.id);
  if (stored?.doc.wakes === group.wakes) await groups.remove(group.id, stored.version);
}
