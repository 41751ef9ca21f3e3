import type { Level } from '@opsloop/contracts';
import type { Language } from './wording.js';

/** Every word of a notice, in both languages. */
export interface NoticeWords {
  readonly levels: Readonly<Record<Level, string>>;
  readonly resolved: string;
  readonly closed: string;
  readonly escalation: string;
  readonly flapping: string;
  readonly noData: string;
  readonly rows: Readonly<Record<'state' | 'since' | 'metric' | 'resource' | 'history' | 'reason' | 'seenBy' | 'doing' | 'logs' | 'moved' | 'movedBefore' | 'playbooks', string>>;
  readonly openAlarm: string;
  readonly acknowledge: string;
  readonly allAlarms: string;
  was(level: string): string;
  after(span: string): string;
  lasting(span: string): string;
  stillOpen(span: string): string;
  threshold(threshold: string): string;
  /** `recover`: the comparison that ends it; empty when there is none. */
  notRecovered(recover: string): string;
  by(person: string, reason: string): string;
  where(what: string, resource: string): string;
  count(open: number, resolved: number): string;
  more(count: number): string;
  template(kind: 'appeared' | 'surged', template: string, lines: number): string;
  ofScenario(name: string): string;
  footer(receiver: string): string;
}

const en: NoticeWords = {
  levels: { info: 'Info', warn: 'Warning', critical: 'Critical', down: 'Down' },
  resolved: 'Resolved',
  closed: 'Closed',
  escalation: 'Escalation',
  flapping: 'flapping',
  noData: 'no data',
  rows: { state: 'State', since: 'Since', metric: 'Measured', resource: 'Resource', history: 'What happened', reason: 'Reason', seenBy: 'Acknowledged', doing: 'Being done', logs: 'In the log', moved: 'Moved with it', movedBefore: 'Moved before it', playbooks: 'Playbooks' },
  openAlarm: 'Open the alarm',
  acknowledge: 'To say that you look after it and stop the repeats, open the alarm and press Acknowledge',
  allAlarms: 'All open alarms',
  was: (level) => `was ${level}`,
  after: (span) => `after ${span}`,
  lasting: (span) => `for ${span}`,
  stillOpen: (span) => `still open after ${span}`,
  threshold: (threshold) => `threshold ${threshold}`,
  notRecovered: (recover) => (recover === '' ? 'not recovered' : `not recovered (${recover})`),
  by: (person, reason) => (reason === '' ? `by ${person}` : `by ${person}: ${reason}`),
  where: (what, resource) => `${what} on ${resource}`,
  count: (open, resolved) => [open > 0 ? `${open} open` : '', resolved > 0 ? `${resolved} resolved` : ''].filter((part) => part !== '').join(', '),
  more: (count) => `and ${count} more`,
  template: (kind, template, lines) => `${kind === 'appeared' ? 'new' : `surged to ${lines} lines`}: ${template}`,
  ofScenario: (name) => `scenario ${name}`,
  footer: (receiver) => `Sent by Opsloop to the receiver ${receiver}.`,
};

const ko: NoticeWords = {
  levels: { info: '주의', warn: '경고', critical: '심각', down: '다운' },
  resolved: '해소',
  closed: '종료',
  escalation: '에스컬레이션',
  flapping: '반복 변동',
  noData: '데이터 없음',
  rows: { state: '상태', since: '발생', metric: '측정값', resource: '대상', history: '경과', reason: '사유', seenBy: '확인', doing: '조치', logs: '로그', moved: '함께 변동', movedBefore: '먼저 변동', playbooks: '추천 플레이북' },
  openAlarm: '알람 열기',
  acknowledge: '담당하고 반복 알림을 멈추려면 알람을 열어 확인을 누르십시오',
  allAlarms: '열린 알람 모두 보기',
  was: (level) => `이전 ${level}`,
  after: (span) => `${span} 만에`,
  lasting: (span) => `${span} 경과`,
  stillOpen: (span) => `${span}째 지속`,
  threshold: (threshold) => `임계값 ${threshold}`,
  notRecovered: (recover) => (recover === '' ? '아직 회복되지 않음' : `아직 회복되지 않음 (${recover})`),
  by: (person, reason) => (reason === '' ? person : `${person}: ${reason}`),
  where: (what, resource) => `${resource} ${what}`,
  count: (open, resolved) => [open > 0 ? `발생 ${open}건` : '', resolved > 0 ? `해소 ${resolved}건` : ''].filter((part) => part !== '').join(', '),
  more: (count) => `외 ${count}건`,
  template: (kind, template, lines) => `${kind === 'appeared' ? '신규' : `${lines}줄로 급증`}: ${template}`,
  ofScenario: (name) => `시나리오 ${name}`,
  footer: (receiver) => `Opsloop이 수신 그룹 ${receiver}에 보냈습니다.`,
};

export const noticeWords: Readonly<Record<Language, NoticeWords>> = { en, ko };
