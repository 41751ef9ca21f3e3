import { collections, type Alarm, type AlarmGroup, type AlarmGroupMember, type ReceiverSpec } from '@opsloop/contracts';
import { maxGroupAgeMs, planFlush, type FlushPlan } from '@opsloop/domain';
import type { Stored } from '@opsloop/ports';
import { claimWorker, type Part, type ServiceContext } from '@opsloop/runtime';
import { changeDocument } from '../change-document.js';
import { dissolveGroup, rescheduleGroup } from './end-flush.js';
import { createTellingDefinitions } from './telling-definitions.js';
import { tellPlan } from './tell-plan.js';

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
  const { documents, clock } = context;
  const groups = documents.collection<AlarmGroup>(collections.alarmGroups);
  const members = documents.collection<AlarmGroupMember>(collections.alarmGroupMembers);
  const alarms = documents.collection<Alarm>(collections.alarms);
  const definitions = createTellingDefinitions(documents);

  async function flush({ doc: claimed }: Stored<AlarmGroup>): Promise<void> {
    const receiver = await definitions.receiver(claimed.tenant, claimed.receiver);
    if (!receiver) return dissolveGroup(context, claimed, hooks.onUndefinedReceiver);
    const nowMs = clock.now();
    const { items } = await members.find({ group: claimed.id, dueAtMs: { lte: nowMs } }, { sort: { field: 'dueAtMs', direction: 'asc' }, limit: maxMembers });
    const due = items.map(({ doc }) => doc);
    const plan = planFlush(claimed, due, await alarmsOf(due), receiver, nowMs);
    const after = plan.told.length > 0 ? await tell(claimed, plan, receiver, nowMs) : claimed;
    await postpone(plan);
    for (const member of plan.removed) {
      const stored = items.find(({ doc }) => doc.id === member.id);
      if (stored) await members.remove(member.id, stored.version);
    }
    await rescheduleGroup(documents, { before: claimed, after, receiver, nowMs });
  }

  async function alarmsOf(due: readonly AlarmGroupMember[]): Promise<Map<string, Alarm>> {
    const found = await Promise.all(due.map(({ occurrence }) => alarms.get(occurrence)));
    return new Map(found.flatMap((stored) => (stored ? [[stored.doc.id, stored.doc] as const] : [])));
  }

  async function tell(group: AlarmGroup, plan: FlushPlan, receiver: ReceiverSpec, nowMs: number): Promise<AlarmGroup> {
    const after = await tellPlan(context, { group: await renewed(group, nowMs), plan, receiver, nowMs });
    hooks.onQueued();
    return after;
  }

  /** A group that is old begins a new life, and with it a new conversation. */
  async function renewed(group: AlarmGroup, nowMs: number): Promise<AlarmGroup> {
    if (nowMs - group.startedAtMs <= maxGroupAgeMs) return group;
    const outcome = await changeDocument(groups, group.id, (doc) => (doc.startedAtMs === group.startedAtMs ? { ...doc, startedAtMs: nowMs, flush: 0 } : undefined));
    return outcome === 'missing' ? group : { ...group, startedAtMs: outcome.doc.startedAtMs, flush: outcome.doc.flush };
  }

  async function postpone({ postponed }: FlushPlan): Promise<void> {
    for (const { member, dueAtMs } of postponed) {
      await changeDocument(members, member.id, (doc) => (doc.seen === member.seen && doc.waiting.length === member.waiting.length ? { ...doc, dueAtMs } : undefined));
    }
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
