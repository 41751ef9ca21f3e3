import type { Alarm, Settings, WorkOrder, WorkOrderEvent } from '@opsloop/contracts';
import type { NoticeRequest } from '../notice/queue-notice.js';
import { publicUrlOf } from '../notice/public-url.js';
import { repairWords, workWords, type WorkOrderNewsKind } from './work-order-news-words.js';

export interface WorkOrderNews {
  readonly kind: WorkOrderNewsKind;
  readonly event: WorkOrderEvent;
  readonly order: WorkOrder;
  /** That opened it, if one did. */
  readonly alarm?: Alarm;
  readonly receivers: readonly string[];
  readonly settings: Settings;
}

/** The notice about it, in both languages, in the conversation of the alarm, else in one of its own. Its key is the order, what is told, and the run, or the event of one that could not begin. */
export function tellWorkOrder({ kind, event, order, alarm, receivers, settings }: WorkOrderNews): NoticeRequest {
  const link = `${publicUrlOf(settings)}/work-orders/${encodeURIComponent(order.id.slice(order.tenant.length + 1))}`;
  const words = (alarm ? repairWords : workWords)[kind];
  const because = alarm ? { en: `${alarm.policy}: ${alarm.reason}`, ko: `${alarm.policy}: ${alarm.reason}` } : { en: `Requested by ${order.requester}`, ko: `요청: ${order.requester}` };
  const text = (language: 'en' | 'ko'): string => [words[language].what, '', order.title, event.data.reason, because[language], '', link].join('\n');
  return {
    tenant: order.tenant,
    receivers,
    kind: kind === 'approval-needed' ? 'work-order' : 'escalation',
    key: ['work-order', order.id, kind, event.data.previousState === 'ready' ? event.id : (event.data.run ?? '')].join('/'),
    threadKey: alarm?.id ?? order.id,
    ...(alarm && { level: alarm.level }),
    alarmIds: alarm ? [alarm.id] : [],
    subject: { en: `${words.en.subject}: ${order.title}`, ko: `${words.ko.subject}: ${order.title}` },
    text: { en: text('en'), ko: text('ko') },
  };
}
