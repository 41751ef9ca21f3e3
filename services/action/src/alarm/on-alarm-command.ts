import { alarmCommandSchema, collections, topics, type Alarm } from '@opsloop/contracts';
import { applyCommand } from '@opsloop/domain';
import { EngineError } from '@opsloop/ports';
import { decodeEvent, recordConsumer, type Part, type ServiceContext } from '@opsloop/runtime';
import { changeDocument } from '../change-document.js';
import type { NoticeRouter } from '../notice/route-transition.js';
import type { ScenarioDesk } from './on-alarm-event.js';

export interface AlarmCommandDeps {
  readonly context: ServiceContext;
  readonly router: NoticeRouter;
  readonly desk: Pick<ScenarioDesk, 'onClosed'>;
  onStored(): void;
}

/** alarm-commands.v1: what people ask of an alarm is decided on its document; those who were told of it hear of its closing, and its repairs end. */
export function onAlarmCommand({ context, router, desk, onStored }: AlarmCommandDeps): Part {
  const alarms = context.documents.collection<Alarm>(collections.alarms);
  return recordConsumer({
    context,
    topic: topics.alarmCommands.name,
    group: 'action',
    async handle(record) {
      const command = decodeEvent(alarmCommandSchema, record.value);
      const outcome = await changeDocument(alarms, command.data.occurrence, (alarm) => applyCommand(alarm, command, context.clock.now()));
      if (outcome === 'missing') throw new EngineError(`there is no alarm ${command.data.occurrence} to ${command.type.slice('alarm.'.length)}`, { retryable: false });
      onStored();
      context.reach('action.after-command-stored');
      if (!outcome.doc.closed) return;
      await router.routeClosing(outcome.doc);
      await desk.onClosed(outcome.doc);
    },
  });
}
