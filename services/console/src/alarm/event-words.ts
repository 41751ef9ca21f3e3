import type { Language } from '../language/words.js';

/** What happened, by the names that timelines carry. Names that are not here are shown as the server's text. */
const names: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  'sample.measured': { en: 'Measured', ko: '측정' },
  'sample.arrived': { en: 'Arrived, window closed', ko: '도착, 구간 마감' },
  'condition.began': { en: 'Condition began', ko: '조건 시작' },
  'alarm.judged': { en: 'Decided', ko: '판단' },
  'alarm.opened': { en: 'Alarm opened', ko: '알람 발생' },
  'alarm.recorded': { en: 'Recorded', ko: '기록' },
  'alarm.level-changed': { en: 'Level changed', ko: '등급 변경' },
  'alarm.resolved': { en: 'Resolved', ko: '해소' },
  'alarm.no-data': { en: 'No data', ko: '데이터 없음' },
  'alarm.data-returned': { en: 'Data is back', ko: '데이터 복구' },
  'alarm.flapping': { en: 'Flapping', ko: '반복 변동' },
  'alarm.acknowledged': { en: 'Acknowledged', ko: '확인함' },
  'alarm.acknowledge': { en: 'Acknowledged', ko: '확인함' },
  'alarm.closed': { en: 'Closed by hand', ko: '수동 종료' },
  'notice.queued': { en: 'Notice queued', ko: '알림 대기' },
  'notice.sent': { en: 'Notice sent', ko: '알림 발송' },
  'notice.outbox': { en: 'Notice kept in the outbox', ko: '알림을 발신함에 보관' },
  'notice.failed': { en: 'Notice failed', ko: '알림 실패' },
  'work-order.created': { en: 'Work order opened', ko: '작업 지시 생성' },
  'work-order.requested': { en: 'Work order requested', ko: '작업 요청' },
  'work-order.approved': { en: 'Approved', ko: '승인' },
  'work-order.rejected': { en: 'Rejected', ko: '반려' },
  'work-order.assigned': { en: 'Assigned', ko: '배정' },
  'work-order.ready': { en: 'Ready to run', ko: '실행 대기' },
  'work-order.running': { en: 'Repair runs', ko: '조치 시작' },
  'work-order.succeeded': { en: 'Repair ended well', ko: '조치 성공' },
  'work-order.failed': { en: 'Repair failed', ko: '조치 실패' },
  'work-order.partly-failed': { en: 'Repair failed on some targets', ko: '조치 일부 실패' },
  'work-order.cancelled': { en: 'Cancelled', ko: '취소' },
  'work-order.cancel-requested': { en: 'Asked to stop', ko: '중지 요청' },
  'work-order.timed-out': { en: 'Repair timed out', ko: '조치 시간 초과' },
  'work-order.unknown': { en: 'Outcome unknown', ko: '결과 알 수 없음' },
  'work-order.verified': { en: 'Verified by fresh measurements', ko: '새 측정값으로 검증됨' },
  'work-order.not-verified': { en: 'Not verified', ko: '검증 안 됨' },
  'work-order.closed': { en: 'Work order closed', ko: '작업 종료' },
  'run.started': { en: 'Run started', ko: '실행 시작' },
  'run.ended': { en: 'Run ended', ko: '실행 종료' },
  'verification.verified': { en: 'Verified by fresh measurements', ko: '새 측정값으로 검증됨' },
};

export function eventName(what: string, language: Language): string | undefined {
  return names[what]?.[language];
}
