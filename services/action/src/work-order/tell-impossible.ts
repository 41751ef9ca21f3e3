import type { Alarm, Settings } from '@opsloop/contracts';
import type { NoticeRequest } from '../notice/queue-notice.js';
import { publicUrlOf } from '../notice/public-url.js';

export interface ImpossibleOrder {
  readonly alarm: Alarm;
  readonly scenario: string;
  readonly playbook: string;
  /** Id of the order that there would be: with what is told the identity of the notice. */
  readonly workOrder: string;
  readonly reason: string;
  readonly receivers: readonly string[];
  readonly settings: Settings;
}

/** The notice that the repair that a scenario asks for cannot run as it is written: nobody else repairs the alarm by itself. */
export function tellImpossible({ alarm, scenario, playbook, workOrder, reason, receivers, settings }: ImpossibleOrder): NoticeRequest {
  const link = `${publicUrlOf(settings)}/alarms/${encodeURIComponent(alarm.id.slice(alarm.tenant.length + 1))}`;
  const text = (what: string): string => [what, '', reason, `${alarm.policy}: ${alarm.reason}`, '', link].join('\n');
  return {
    tenant: alarm.tenant,
    receivers,
    kind: 'escalation',
    key: ['work-order', workOrder, 'impossible'].join('/'),
    threadKey: alarm.id,
    level: alarm.level,
    alarmIds: [alarm.id],
    subject: { en: `Cannot be repaired by itself: ${alarm.resourceName}`, ko: `자동 복구 불가: ${alarm.resourceName}` },
    text: {
      en: text(`Scenario ${scenario} could not open its work order by playbook ${playbook}, so nothing runs. Repair it by hand, and mend the scenario or the playbook.`),
      ko: text(`시나리오 ${scenario}이(가) 플레이북 ${playbook}의 작업 지시를 열지 못해 아무것도 실행되지 않습니다. 직접 복구하고 시나리오나 플레이북을 고치세요.`),
    },
  };
}
