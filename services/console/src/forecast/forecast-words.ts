import { defineWords } from '../language/words.js';

export const forecastWords = defineWords(
  {
    title: 'How good its forecasts are',
    intro: 'Each forecast that raised an alarm is judged when its time comes.',
    hits: 'Hits',
    scored: (count: number) => (count === 1 ? 'of 1 forecast' : `of ${count} forecasts`),
    falseAlarms: 'False alarms',
    missed: (share: string) => `missed: ${share}`,
    lead: 'Warned ahead',
    error: (length: string) => `off by ${length}`,
    coverage: 'Interval held',
    wanted: '80 % is meant',
    none: 'none yet',
    outcomes: (hits: number, early: number, late: number, never: number, missed: number) => `${hits} inside the interval, ${early} before it, ${late} after it, ${never} never came; ${missed} came unannounced.`,
    heldBack: (reason: string) => `It opens no work orders yet: ${reason}.`,
  },
  {
    title: '예측이 얼마나 맞았나',
    intro: '알람을 연 예측은 그 시각이 되면 하나하나 채점합니다.',
    hits: '적중',
    scored: (count: number) => `예측 ${count}건 중`,
    falseAlarms: '허위 알람',
    missed: (share: string) => `놓침: ${share}`,
    lead: '미리 알린 시간',
    error: (length: string) => `오차 ${length}`,
    coverage: '구간 적중',
    wanted: '80 %가 목표',
    none: '아직 없음',
    outcomes: (hits: number, early: number, late: number, never: number, missed: number) => `구간 안 ${hits}건, 더 일찍 ${early}건, 더 늦게 ${late}건, 오지 않음 ${never}건. 예고 없이 온 것 ${missed}건.`,
    heldBack: (reason: string) => `아직 작업 지시를 열지 않습니다: ${reason}.`,
  },
);
