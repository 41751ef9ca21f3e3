import { defineWords } from '../language/words.js';

export const sessionWords = defineWords(
  {
    signIn: 'Sign in',
    lead: 'Watches, decides, acts, and proves that it worked.',
    token: 'Token',
    tokenText: 'A token with the scope read shows everything; operate and approve let you act.',
    unknown: 'This token is not known, or it has expired. Ask an administrator for a new one.',
    linkUsed: 'This sign-in link has been used already, or belongs to an earlier start. Start Opsloop again for a new one, or sign in with a token.',
    first: 'First time here?',
    firstText: 'Opsloop printed a sign-in link when it started. It works once. On the same machine, the command line signs in by itself.',
  },
  {
    signIn: '로그인',
    lead: '지켜보고, 판단하고, 조치하고, 나았음을 확인합니다.',
    token: '토큰',
    tokenText: 'read 권한 토큰으로 모든 것을 볼 수 있고, operate와 approve 권한으로 조치할 수 있습니다.',
    unknown: '알 수 없거나 만료된 토큰입니다. 관리자에게 새 토큰을 요청하세요.',
    linkUsed: '이미 사용했거나 이전 실행의 로그인 링크입니다. Opsloop을 다시 시작해 새 링크를 받거나 토큰으로 로그인하세요.',
    first: '처음이신가요?',
    firstText: 'Opsloop이 시작할 때 한 번만 쓸 수 있는 로그인 링크를 출력했습니다. 같은 컴퓨터에서는 명령줄이 스스로 로그인합니다.',
  },
);
