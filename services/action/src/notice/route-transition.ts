import { collections, type Alarm, type AlarmGroup, type AlarmGroupMember, type AlarmTransition, type AlarmTransitionType } from '@opsloop/contracts';
import { memberIdOf, takeClosing, takeTransition, type GroupIdentity } from '@opsloop/domain';
import { EngineError } from '@opsloop/ports';
import type { ServiceContext } from '@opsloop/runtime';
import { createTargetFinder, type OnUndefined } from './find-targets.js';
import { wakeGroup } from './wake-group.js';

export interface NoticeRouter {
  /**
   * Hands a transition to the groups of everybody who is to be told. Safe to repeat. With `holdMs` the groups wait that
   * long for a second call, so that what is done meanwhile finds the conversation and is told with the alarm.
   */
  route(transition: AlarmTransition, type: AlarmTransitionType, options?: { readonly holdMs: number }): Promise<void>;
  /** A person closed the alarm: those who were told of it are told so. Safe to repeat. */
  routeClosing(alarm: Alarm): Promise<void>;
}

export interface NoticeRouterHooks {
  /** Runs after groups were woken. */
  onRouted(): void;
  onUndefined: OnUndefined;
}

type Take = (member: AlarmGroupMember | undefined, known: Partial<AlarmGroup>) => AlarmGroupMember | undefined;

const maxTries = 100;

export function createNoticeRouter(context: ServiceContext, hooks: NoticeRouterHooks): NoticeRouter {
  const { documents, clock, reach } = context;
  const groups = documents.collection<AlarmGroup>(collections.alarmGroups);
  const members = documents.collection<AlarmGroupMember>(collections.alarmGroupMembers);
  const finder = createTargetFinder(documents, hooks.onUndefined);

  /** The member first, then the group: a crash between them is mended by the redelivery, which wakes the group again. */
  async function hand(group: GroupIdentity, memberId: string, take: Take, holdMs = 0): Promise<void> {
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
      if (member) await wakeGroup(groups, group, Math.max(member.dueAtMs, clock.now() + holdMs), clock.now());
      return;
    }
    throw new EngineError(`group member ${memberId} changed under every one of ${maxTries} attempts to change it`, { retryable: true });
  }

  return {
    async route(transition, type, { holdMs } = { holdMs: 0 }) {
      for (const { group, receiver } of await finder.ofTransition(transition, type)) {
        const take: Take = (member, known) => takeTransition(member, { group: { ...known, ...group }, receiver, type, transition, nowMs: clock.now() });
        await hand(group, memberIdOf(group.id, transition.occurrence), take, holdMs);
      }
      hooks.onRouted();
    },

    async routeClosing(alarm) {
      const { closed } = alarm;
      if (!closed) return;
      for (const { group, receiver } of await finder.ofAlarm(alarm.tenant, alarm.id)) {
        await hand(group, memberIdOf(group.id, alarm.id), (member, known) => member && takeClosing(member, receiver, { ...known, ...group }, closed, clock.now()));
      }
      hooks.onRouted();
    },
  };
}
