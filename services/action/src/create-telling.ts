import { collections, receiverSpecSchema } from '@opsloop/contracts';
import type { Channel } from '@opsloop/ports';
import { eventRelay, partGroup, type Part, type ServiceContext } from '@opsloop/runtime';
import { createAlarmTimeline, type AlarmTimeline } from './alarm/append-timeline.js';
import { onAlarmCommand } from './alarm/on-alarm-command.js';
import { onAlarmEvent, type ScenarioDesk } from './alarm/on-alarm-event.js';
import { createEvidenceDesk } from './evidence/evidence-desk.js';
import { createGroupFlusher } from './notice/flush-groups.js';
import { createNoticeQueue, type NoticeQueue } from './notice/queue-notice.js';
import { createNoticeRouter } from './notice/route-transition.js';
import { createNoticeSender } from './notice/send-notices.js';

export interface Telling extends AlarmTimeline, NoticeQueue {
  /** What sends and announces; started before anything is handled. */
  readonly workers: Part;
  /** What reads alarms and commands. The desk gets every transition once it is stored. */
  handlers(desk: ScenarioDesk): Part;
}

/** Everything of action but the work orders: alarm documents, groups, notices and their channels. */
export function createTelling(context: ServiceContext, channels: Readonly<Record<string, Channel>>): Telling {
  const { clock, logger, ownMetrics } = context;
  const undefinedNames = ownMetrics.counter('undefined_definitions_total', 'Alarms and notices that were to use a receiver or scenario that is not defined', ['kind']);
  const alarmRelay = eventRelay({ context, collection: collections.alarms });
  const noticeRelay = eventRelay({ context, collection: collections.notices });
  const { appendTimeline } = createAlarmTimeline(context, () => alarmRelay.wake());

  async function onUndefined(alarmId: string, kind: 'Receiver' | 'Scenario', name: string, atMs: number): Promise<void> {
    const what = kind === 'Receiver' ? 'notice.no-receiver' : 'scenario.missing';
    const outcome = await appendTimeline(alarmId, [{ atMs, what, text: `${kind} ${name} is not defined: apply one of that name, or take it out of the policy or scenario`, ref: `${kind}/${name}` }]);
    if (outcome === 'added') undefinedNames.inc({ kind });
  }

  const senders = receiverSpecSchema.shape.channel.options.map((channelName) =>
    createNoticeSender({ context, channelName, channel: channels[channelName], timeline: { appendTimeline }, onChanged: () => noticeRelay.wake() }),
  );
  function onQueued(): void {
    for (const sender of senders) sender.wake();
    noticeRelay.wake();
  }
  const flusher = createGroupFlusher(context, { onQueued, onUndefinedReceiver: (alarmId, name, atMs) => onUndefined(alarmId, 'Receiver', name, atMs) });
  const { queueNotice } = createNoticeQueue(context, {
    onQueued,
    async onUndefinedReceiver({ tenant, key, alarmIds }, name) {
      if (alarmIds.length === 0) {
        logger.warn({ tenant, receiver: name, notice: key }, 'a notice was for a receiver that is not defined: apply one of that name');
        undefinedNames.inc({ kind: 'Receiver' });
      }
      for (const alarmId of alarmIds) await onUndefined(alarmId, 'Receiver', name, clock.now());
    },
  });

  return {
    appendTimeline,
    queueNotice,
    workers: partGroup('telling', [alarmRelay, noticeRelay, ...senders, flusher]),
    handlers(desk) {
      const router = createNoticeRouter(context, { onRouted: () => flusher.wake(), onUndefined });
      const onStored = (): void => alarmRelay.wake();
      const evidence = createEvidenceDesk(context, onStored);
      return partGroup('alarms', [onAlarmCommand({ context, router, desk, onStored }), evidence.handler, onAlarmEvent({ context, router, desk, evidence, onStored })]);
    },
  };
}
