import type { Alarm, Settings, WorkOrder, WorkOrderEvent } from '@opsloop/contracts';
import type { NoticeRequest } from '../notice/queue-notice.js';

export type WorkOrderNewsKind = 'approval-needed' | 'failed' | 'unknown' | 'not-verified' | 'no-fresh-data';

export interface WorkOrderNews {
  readonly kind: WorkOrderNewsKind;
  readonly event: WorkOrderEvent;
  readonly order: WorkOrder;
  readonly alarm: Alarm;
  readonly receivers: readonly string[];
  readonly settings: Settings;
}

interface Words {
  readonly subject: string;
  readonly what: string;
}

const words: Readonly<Record<WorkOrderNewsKind, Readonly<Record<'en' | 'ko', Words>>>> = {
  'approval-needed': {
    en: { subject: 'Approval needed', what: 'A repair waits for your approval. Nothing runs before that.' },
    ko: { subject: '승인 필요', what: '조치가 승인을 기다리고 있습니다. 승인 전에는 아무것도 실행되지 않습니다.' },
  },
  failed: {
    en: { subject: 'Repair failed', what: 'The repair did not succeed. The alarm needs a person.' },
    ko: { subject: '조치 실패', what: '조치가 성공하지 못했습니다. 담당자의 확인이 필요합니다.' },
  },
  unknown: {
    en: { subject: 'Outcome of a repair unknown', what: 'A step was interrupted and nobody saw how it ended. It was not run again: look at the target, then decide.' },
    ko: { subject: '조치 결과 알 수 없음', what: '실행 중이던 단계가 중단되어 결과를 알 수 없습니다. 다시 실행하지 않았으니 대상을 확인한 뒤 결정하십시오.' },
  },
  'not-verified': {
    en: { subject: 'Repair not verified', what: 'The repair ran, but measurements that began after it do not show that it helped.' },
    ko: { subject: '조치 검증 안 됨', what: '조치는 실행되었지만 이후 측정값으로 복구가 확인되지 않았습니다.' },
  },
  'no-fresh-data': {
    en: { subject: 'Repair not verified: no data', what: 'The repair ran, but nothing was measured since: nobody knows whether it helped.' },
    ko: { subject: '조치 검증 불가: 측정값 없음', what: '조치는 실행되었지만 이후 측정값이 없어 복구 여부를 알 수 없습니다.' },
  },
};

/** The notice about it, in both languages, in the conversation of the alarm. Its key is the order, what is told, and the run, or the event of one that could not begin. */
export function tellWorkOrder({ kind, event, order, alarm, receivers, settings }: WorkOrderNews): NoticeRequest {
  const link = `${(settings.PUBLIC_URL ?? `http://${settings.HTTP_HOST}:${settings.HTTP_PORT}`).replace(/\/+$/, '')}/work-orders/${encodeURIComponent(order.id.slice(order.tenant.length + 1))}`;
  const text = (language: 'en' | 'ko'): string => [words[kind][language].what, '', order.title, event.data.reason, `${alarm.policy}: ${alarm.reason}`, '', link].join('\n');
  return {
    tenant: order.tenant,
    receivers,
    kind: kind === 'approval-needed' ? 'work-order' : 'escalation',
    key: ['work-order', order.id, kind, event.data.previousState === 'ready' ? event.id : (event.data.run ?? '')].join('/'),
    threadKey: alarm.id,
    level: alarm.level,
    alarmIds: [alarm.id],
    subject: { en: `${words[kind].en.subject}: ${order.title}`, ko: `${words[kind].ko.subject}: ${order.title}` },
    text: { en: text('en'), ko: text('ko') },
  };
}
