import { defineWords } from '../language/words.js';

/** States of work orders, runs and attempts. */
export const stateWords = defineWords(
  {
    draft: 'Draft', requested: 'Requested', approved: 'Approved', rejected: 'Rejected', assigned: 'Assigned', ready: 'Ready', running: 'Running',
    succeeded: 'Succeeded', failed: 'Failed', 'partly-failed': 'Partly failed', cancelled: 'Cancelled', 'timed-out': 'Timed out', unknown: 'Unknown',
    verified: 'Verified', 'not-verified': 'Not verified', closed: 'Closed', waiting: 'Waiting', ok: 'OK', changed: 'Changed', unreachable: 'Unreachable', skipped: 'Skipped',
  },
  {
    draft: '작성 중', requested: '요청됨', approved: '승인됨', rejected: '반려됨', assigned: '배정됨', ready: '실행 대기', running: '실행 중',
    succeeded: '성공', failed: '실패', 'partly-failed': '일부 실패', cancelled: '취소됨', 'timed-out': '시간 초과', unknown: '알 수 없음',
    verified: '검증됨', 'not-verified': '검증 안 됨', closed: '종료', waiting: '대기', ok: '정상', changed: '변경됨', unreachable: '연결 불가', skipped: '건너뜀',
  },
);
