/** Action: keeps the alarm documents, tells people, starts what heals. Read this file first. */
import { collections, receiverSpecSchema } from '@opsloop/contracts';
import type { Channel } from '@opsloop/ports';
import { eventRelay, partGroup, type Part, type ServiceContext } from '@opsloop/runtime';
import { createAlarmTimeline } from './alarm/append-timeline.js';
import { onAlarmCommand } from './alarm/on-alarm-command.js';
import { onAlarmEvent } from './alarm/on-alarm-event.js';
import { createGroupFlusher } from './notice/flush-groups.js';
import { createNoticeQueue } from './notice/queue-notice.js';
import { createNoticeRouter } from './notice/route-transition.js';
import { createNoticeSender } from './notice/send-notices.js';
import { createWorkOrderDesk } from './work-order/create-work-order-desk.js';

export interface ActionContext extends ServiceContext {
  /** By name; a notice for a channel that is not among them stays in the outbox. */
  readonly channels: Readonly<Record<string, Channel>>;
}

/**
 * Handlers only write documents; whatever takes time (flushing a group, sending, work orders) is a claimed document, so
 * several instances share the work and a crash hands it on.
 */
export function createAction({ channels, ...context }: ActionContext): Part {
  const { clock, ownMetrics } = context;
  const undefinedNames = ownMetrics.counter('undefined_receivers_total', 'Notices without a receiver or scenario of that name', ['kind']);
  const alarmRelay = eventRelay({ context, collection: collections.alarms });
  const noticeRelay = eventRelay({ context, collection: collections.notices });
  const timeline = createAlarmTimeline(context, () => alarmRelay.wake());

  async function noteUndefined(alarmId: string, kind: 'Receiver' | 'Scenario', name: string, atMs: number): Promise<void> {
    undefinedNames.inc({ kind });
    const what = kind === 'Receiver' ? 'notice.no-receiver' : 'scenario.missing';
    await timeline.appendTimeline(alarmId, [{ atMs, what, text: `${kind} ${name} is not defined: apply one of that name, or take it out of the policy or scenario`, ref: `${kind}/${name}` }]);
  }

  const senders = receiverSpecSchema.shape.channel.options.map((channelName) =>
    createNoticeSender({ context, channelName, channel: channels[channelName], timeline, onChanged: () => noticeRelay.wake() }),
  );
  function onQueued(): void {
    for (const sender of senders) sender.wake();
    noticeRelay.wake();
  }

  const flusher = createGroupFlusher(context, { onQueued, onUndefinedReceiver: (alarmId, name, atMs) => noteUndefined(alarmId, 'Receiver', name, atMs) });
  const router = createNoticeRouter(context, { onRouted: () => flusher.wake(), onUndefined: noteUndefined });
  const { queueNotice } = createNoticeQueue(context, {
    onQueued,
    async onUndefinedReceiver(request, name) {
      for (const alarmId of request.alarmIds) await noteUndefined(alarmId, 'Receiver', name, clock.now());
    },
  });
  const desk = createWorkOrderDesk(context, { queueNotice, ...timeline });
  const onStored = (): void => alarmRelay.wake();

  return partGroup('action', [
    alarmRelay,
    noticeRelay,
    ...senders,
    flusher,
    desk,
    onAlarmCommand({ context, router, onStored }),
    onAlarmEvent({ context, router, desk, onStored }),
  ]);
}
