import { defineWords } from '../language/words.js';

/** Somebody looks after an alarm. */
export const acknowledgeWords = defineWords(
  {
    name: 'Acknowledge',
    underWay: 'On its way…',
    doneBy: (name: string) => `Looked after by ${name}`,
    title: (name: string) => `Acknowledge: ${name}`,
    text: 'Tells everybody that you look after it, and stops its repeated notices. The alarm stays open until its measurements recover; a worse level still notifies. Nothing is changed on the resource.',
    reason: 'What you know, or will do',
    reasonHint: 'for example: disk is being extended, back at 04:00',
  },
  {
    name: '확인',
    underWay: '전달 중…',
    doneBy: (name: string) => `${name} 확인함`,
    title: (name: string) => `확인: ${name}`,
    text: '당신이 살펴보고 있음을 모두에게 알리고 반복 알림을 멈춥니다. 측정값이 회복될 때까지 알람은 열려 있고, 등급이 나빠지면 다시 알립니다. 자원은 건드리지 않습니다.',
    reason: '아는 것 또는 할 일',
    reasonHint: '예: 디스크 증설 중, 04시에 다시 확인',
  },
);
