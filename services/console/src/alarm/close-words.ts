import { defineWords } from '../language/words.js';

/** A person declares an alarm done. */
export const closeWords = defineWords(
  {
    name: 'Close by hand',
    underWay: 'On its way…',
    doneBy: (name: string) => `Closed by ${name}`,
    title: (name: string) => `Close by hand: ${name}`,
    text: 'Declares it done although its measurements have not recovered. Whoever was told of it is told that it was closed, by whom and why. The policy watches on: a worse level opens it again. Nothing is changed on the resource.',
    reason: 'Why it is done',
    reasonHint: 'for example: the host was taken out of service',
  },
  {
    name: '수동 종료',
    underWay: '전달 중…',
    doneBy: (name: string) => `${name} 종료함`,
    title: (name: string) => `수동 종료: ${name}`,
    text: '측정값이 회복되지 않았더라도 끝난 것으로 처리합니다. 알림을 받은 사람에게 누가 왜 종료했는지 알립니다. 정책은 계속 감시하며, 등급이 나빠지면 다시 열립니다. 자원은 건드리지 않습니다.',
    reason: '종료하는 이유',
    reasonHint: '예: 호스트를 서비스에서 제외함',
  },
);
