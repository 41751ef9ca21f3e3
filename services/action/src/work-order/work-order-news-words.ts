/** What people read about a work order: of a repair, which an alarm opened, and of other work. */
export type WorkOrderNewsKind = 'approval-needed' | 'failed' | 'unknown' | 'not-verified' | 'no-fresh-data';

interface Words {
  readonly subject: string;
  readonly what: string;
}

type WordsByKind = Readonly<Record<WorkOrderNewsKind, Readonly<Record<'en' | 'ko', Words>>>>;

export const repairWords: WordsByKind = {
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

export const workWords: WordsByKind = {
  'approval-needed': {
    en: { subject: 'Approval needed', what: 'Work waits for your approval. Nothing runs before that.' },
    ko: { subject: '승인 필요', what: '작업이 승인을 기다리고 있습니다. 승인 전에는 아무것도 실행되지 않습니다.' },
  },
  failed: {
    en: { subject: 'Work failed', what: 'The work did not succeed. It needs a person.' },
    ko: { subject: '작업 실패', what: '작업이 성공하지 못했습니다. 담당자의 확인이 필요합니다.' },
  },
  unknown: {
    en: { subject: 'Outcome of work unknown', what: repairWords.unknown.en.what },
    ko: { subject: '작업 결과 알 수 없음', what: repairWords.unknown.ko.what },
  },
  'not-verified': {
    en: { subject: 'Work not verified', what: 'The work ran, but measurements that began after it do not show what its policy asks for.' },
    ko: { subject: '작업 검증 안 됨', what: '작업은 실행되었지만 이후 측정값이 정책의 기준에 맞지 않습니다.' },
  },
  'no-fresh-data': {
    en: { subject: 'Work not verified: no data', what: 'The work ran, but nothing was measured since: nobody knows how its targets are.' },
    ko: { subject: '작업 검증 불가: 측정값 없음', what: '작업은 실행되었지만 이후 측정값이 없어 대상의 상태를 알 수 없습니다.' },
  },
};
