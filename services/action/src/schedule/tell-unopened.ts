import type { Schedule, Settings } from '@opsloop/contracts';
import type { NoticeRequest } from '../notice/queue-notice.js';
import { publicUrlOf } from '../notice/public-url.js';

export interface UnopenedOrder {
  readonly tenant: string;
  readonly schedule: Schedule;
  /** The oldest time that could not be dealt with, ms since the epoch: with the schedule it is the identity of the notice. */
  readonly dueAtMs: number;
  readonly problem: string;
  readonly settings: Settings;
}

/** The notice that a schedule could not open its work order, to those who are told of its orders. */
export function tellUnopened({ tenant, schedule, dueAtMs, problem, settings }: UnopenedOrder): NoticeRequest {
  const { metadata, spec } = schedule;
  const { title, receivers } = spec.workOrder;
  const link = `${publicUrlOf(settings)}/schedules/${encodeURIComponent(metadata.name)}`;
  const text = (what: string): string => [what, '', title, problem, '', link].join('\n');
  return {
    tenant,
    receivers,
    kind: 'escalation',
    key: ['schedule', tenant, metadata.name, dueAtMs].join('/'),
    threadKey: ['schedule', tenant, metadata.name].join('/'),
    alarmIds: [],
    subject: { en: `Nothing was opened by schedule ${metadata.name}: ${title}`, ko: `일정 ${metadata.name}: 작업 지시를 열지 못함: ${title}` },
    text: {
      en: text(`The schedule ${metadata.name} was due and could not open its work order, so nothing runs. You hear of the same reason once, until an order is opened again.`),
      ko: text(`일정 ${metadata.name}의 시각이 되었지만 작업 지시를 열지 못해 아무것도 실행되지 않습니다. 같은 사유는 작업 지시가 다시 열릴 때까지 한 번만 알립니다.`),
    },
  };
}
