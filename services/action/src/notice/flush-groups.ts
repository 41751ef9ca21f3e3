import { collections, levels, parseDurationMs, type Alarm, type AlarmGroup, type AlarmGroupMember, type Notice, type ReceiverSpec } from '@opsloop/contracts';
import { groupKeyOf, identityOf, markTold, maxGroupAgeMs, memberIdOf, newNotice, planFlush, renderAlarmNotice, type FlushPlan } from '@opsloop/domain';
import type { Stored } from '@opsloop/ports';
import { claimWorker, type Part, type ServiceContext } from '@opsloop/runtime';
import { changeDocument } from '../change-document.js';
import { createTellingDefinitions } from './telling-definitions.js';

export interface GroupFlusherHooks {
  /** Runs after a notice was stored. */
  onQueued(): void;
  onUndefinedReceiver(alarmId: string, name: string, atMs: number): Promise<void>;
}

const leaseMs = 30_000;
const pollMs = 500;
const concurrency = 4;
const maxMembers = 1_000;

/**
 * Turns what waits in a group into one notice. The notice's id is made of the group's life and flush number, so a flush
 * that was cut off finds its notice, marks what that notice tells, and goes on; nothing is told twice or forgotten.
 */
export function createGroupFlusher(context: ServiceContext, hooks: GroupFlusherHooks): Part & { wake(): void } {
  const { documents, clock, reach, settings } = context;
  const groups = documents.collection<AlarmGroup>(collections.alarmGroups);
  const members = documents.collection<AlarmGroupMember>(collections.alarmGroupMembers);
  const alarms = documents.collection<Alarm>(collections.alarms);
  const notices = documents.collection<Notice>(collections.notices);
  const definitions = createTellingDefinitions(documents);
  const publicUrl = (settings.PUBLIC_URL ?? `http://${settings.HTTP_HOST}:${settings.HTTP_PORT}`).replace(/\/+$/, '');

  async function flush({ doc: claimed }: Stored<AlarmGroup>): Promise<void> {
    const nowMs = clock.now();
    const due = await members.find({ group: claimed.id, dueAtMs: { lte: nowMs } }, { sort: { field: 'dueAtMs', direction: 'asc' }, limit: maxMembers });
    const receiver = await definitions.receiver(claimed.tenant, claimed.receiver);
    if (!receiver) return dissolve(claimed);
    const known = await alarmsOf(due.items.map(({ doc }) => doc.occurrence));
    const plan = planFlush(claimed, due.items.map(({ doc }) => doc), known, receiver, nowMs);
    const group = plan.told.length > 0 ? await tell(await renewed(claimed, nowMs), plan, receiver, nowMs) : claimed;
    for (const { member, dueAtMs } of plan.postponed) {
      await changeDocument(members, member.id, (doc) => (doc.seen === member.seen && doc.waiting.length === member.waiting.length ? { ...doc, dueAtMs } : undefined));
    }
    for (const member of plan.removed) {
      const stored = due.items.find(({ doc }) => doc.id === member.id);
      if (stored) await members.remove(member.id, stored.version);
    }
    await finish(claimed, group, receiver, nowMs);
  }

  async function alarmsOf(occurrences: readonly string[]): Promise<Map<string, Alarm>> {
    const found = new Map<string, Alarm>();
    for (const occurrence of occurrences) {
      const stored = await alarms.get(occurrence);
      if (stored) found.set(occurrence, stored.doc);
    }
    return found;
  }

  /** A group that is old begins a new life, and with it a new conversation. */
  async function renewed(group: AlarmGroup, nowMs: number): Promise<AlarmGroup> {
    if (nowMs - group.startedAtMs <= maxGroupAgeMs) return group;
    const outcome = await changeDocument(groups, group.id, (doc) => (doc.startedAtMs === group.startedAtMs ? { ...doc, startedAtMs: nowMs, flush: 0 } : undefined));
    return outcome === 'missing' ? group : { ...group, startedAtMs: outcome.doc.startedAtMs, flush: outcome.doc.flush };
  }

  /** Stores the notice of this flush, or finds the one that a flush before a crash stored, and marks what it tells. */
  async function tell(group: AlarmGroup, plan: FlushPlan, receiver: ReceiverSpec, nowMs: number): Promise<AlarmGroup> {
    const flushNumber = group.flush + 1;
    const draft = draftOf(group, flushNumber, plan, receiver, nowMs);
    const inserted = await notices.insert(draft);
    const notice = inserted === 'exists' ? (await notices.get(draft.id))?.doc : inserted.doc;
    reach('action.after-notice-queued');
    hooks.onQueued();
    if (!notice) return group;
    const told = new Map<string, Set<number>>();
    for (const { occurrence, transition } of notice.alarms) told.set(occurrence, (told.get(occurrence) ?? new Set()).add(transition));
    for (const [occurrence, transitions] of told) {
      await changeDocument(members, memberIdOf(group.id, occurrence), (member) => markTold(member, transitions, notice.createdAtMs));
    }
    reach('action.after-members-told');
    return { ...group, flush: flushNumber, lastFlushAtMs: notice.createdAtMs, flapping: inserted === 'exists' ? group.flapping : plan.flapping };
  }

  function draftOf(group: AlarmGroup, flushNumber: number, plan: FlushPlan, receiver: ReceiverSpec, nowMs: number): Notice {
    const { subject, text, html } = renderAlarmNotice(plan, group.receiver, { language: receiver.language, timeZone: receiver.timeZone ?? 'UTC', publicUrl, nowMs });
    const groupKey = groupKeyOf(group);
    const toldLevels = new Set(plan.told.map((one) => one.alarm.level));
    const level = levels.findLast((one) => toldLevels.has(one));
    return newNotice(
      {
        id: identityOf(group.tenant, 'notice', groupKey, flushNumber, group.receiver, group.channel),
        tenant: group.tenant,
        groupKey,
        threadKey: groupKey,
        flush: flushNumber,
        receiver: group.receiver,
        channel: group.channel,
        kind: plan.kind,
        to: receiver.to,
        subject,
        text,
        html,
        ...(level && { level }),
        alarms: plan.alarms,
        alarmIds: plan.told.map((one) => one.alarm.id),
      },
      nowMs,
    );
  }

  /** Sets when the group is looked at next, unless another flush was faster; without members its life ends. */
  async function finish(before: AlarmGroup, after: AlarmGroup, receiver: ReceiverSpec, nowMs: number): Promise<void> {
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
      const dueAtMs = woken ? Math.max(earliestMs, nowMs) : Math.max(earliestMs, next?.dueAtMs ?? 0);
      const { flush: flushNumber, lastFlushAtMs, flapping } = after;
      const outcome = await groups.replace({ ...stored.doc, dueAtMs, flush: flushNumber, ...(lastFlushAtMs !== undefined && { lastFlushAtMs }), flapping }, stored.version);
      if (outcome !== 'conflict') return;
    }
  }

  /** The receiver is gone: what waits is said in the timelines, and the group ends. */
  async function dissolve(group: AlarmGroup): Promise<void> {
    for (;;) {
      const { items } = await members.find({ group: group.id }, { limit: maxMembers });
      for (const { doc, version } of items) {
        if (doc.waiting.length > 0) await hooks.onUndefinedReceiver(doc.occurrence, group.receiver, clock.now());
        await members.remove(doc.id, version);
      }
      if (items.length < maxMembers) break;
    }
    const stored = await groups.get(group.id);
    if (stored?.doc.wakes === group.wakes) await groups.remove(group.id, stored.version);
  }

  return claimWorker({
    context,
    name: 'groups of alarms',
    collection: groups,
    filter: (nowMs) => ({ dueAtMs: { lte: nowMs } }),
    sort: { field: 'dueAtMs', direction: 'asc' },
    leaseMs,
    pollMs,
    concurrency,
    work: flush,
  });
}
