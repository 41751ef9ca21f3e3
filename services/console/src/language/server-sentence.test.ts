import { serverSentence } from './server-sentence.js';

/** Sentences as a server wrote them during an incident, and others of its sources. */
const told: readonly (readonly [english: string, korean: string])[] = [
  ['MIN of health.up was 0, critical is < 1, held for 10s', 'health.up MIN 0. 심각 < 1, 10초 유지'],
  ['AVG of cpu.utilisation was 82.5, warn is > 80', 'cpu.utilisation AVG 82.5. 경고 > 80'],
  ['MIN of health.up was 1, no level matches', 'health.up MIN 1. 어느 등급에도 해당하지 않음'],
  ['AVG of cpu.utilisation was 60, recovered is < 65, held for 1m', 'cpu.utilisation AVG 60. 회복 < 65, 1분 유지'],
  ['AVG of cpu.utilisation was 78, no level matches, but it has not recovered (< 75)', 'cpu.utilisation AVG 78. 어느 등급에도 해당하지 않으나 아직 회복되지 않음 (< 75)'],
  ['10 log lines with "out of memory" or "oom" within 5m: "java out of memory" (7), "OOM, killed <*>" (3), warn is > 5', '5분 동안 "out of memory" 또는 "oom" 로그 10줄: "java out of memory" (7), "OOM, killed <*>" (3). 경고 > 5'],
  ['2 new log templates within 1m, no level matches', '1분 동안 새 로그 템플릿 2개. 어느 등급에도 해당하지 않음'],
  ['AVG of disk.used_percent was 80, and nothing says that it will be > 90 within 1h', 'disk.used_percent AVG 80. 1시간 안에 > 90 예상 근거 없음'],
  ['AVG of disk.used_percent was 80, and is not expected to be > 90 within 1h (odds 12 %; models: trend 71 %, smoothing 29 %)', 'disk.used_percent AVG 80. 1시간 안에 > 90 될 가능성 12 %'],
  ['nothing has arrived for 5m', '5분 동안 데이터가 없음'],
  ['changed 4 times within 60 minutes', '60분 안에 4번 바뀜'],
  ['requested by scenario restart-demo: demo-service-up is critical on opsloop-demo', '시나리오 restart-demo 요청: opsloop-demo demo-service-up 심각'],
  ['demo-service-up is critical on opsloop-demo: MIN of health.up was 0, critical is < 1, held for 10s', 'opsloop-demo demo-service-up 심각: health.up MIN 0. 심각 < 1, 10초 유지'],
  ['Restart the demo service: opsloop-demo (no approval needed)', 'Restart the demo service: opsloop-demo (승인 불필요)'],
  ['scenario restart-demo', '시나리오 restart-demo'],
  ['requested by schedule morning-check', '일정 morning-check 요청'],
  ['schedule morning-check', '일정 morning-check'],
  ['jobs.0.playbook: there is no playbook os.logs.sweep', '플레이북 os.logs.sweep이(가) 없음'],
  ['jobs.1.playbook: there is no playbook os.logs.sweep version 3', '플레이북 os.logs.sweep 버전 3이(가) 없음'],
  ['31 of its forecasts have been scored, and minScored is 40', '채점한 예측 31건, minScored는 40'],
  ['20 of 40 of its forecasts were hits, and minHitRate is 0.7', '예측 40건 중 적중 20건, minHitRate는 0.7'],
  ['6 ok, 1 failed, 1 timed-out', '정상 6, 실패 1, 시간 초과 1'],
  ['1 failed, 7 skipped (stopped in job 1: the canary failed)', '실패 1, 건너뜀 7 (작업 1에서 중단: 먼저 실행한 대상이 실패함)'],
  ['stopped in job 1: 1 of 8 targets failed, and 0 are borne', '작업 1에서 중단: 대상 8개 중 1개 실패, 허용은 0개'],
  ['stopped in job 2: the canary failed', '작업 2에서 중단: 먼저 실행한 대상이 실패함'],
  ['requested by lee', 'lee 요청'],
  ['approved by admin: after the sale has ended', 'admin 승인: after the sale has ended'],
  ['ready: no approval is needed', '승인이 필요 없어 바로 실행 대기'],
  ['run 1 started on vm-30441', '1차 실행 시작 (vm-30441)'],
  ['run 2 started on vm-30441, trying 1 of 3 targets again', '2차 실행 시작 (vm-30441), 대상 3개 중 1개 다시 시도'],
  ['run 1 ended: 1 ok', '1차 실행 끝: 정상 1'],
  ['run 1 ended: 6 ok, 1 failed, 1 unknown', '1차 실행 끝: 정상 6, 실패 1, 알 수 없음 1'],
  ['self-healed: demo-service-up was good before the run began, and stayed so', '조치와 무관하게 회복: 실행 전부터 demo-service-up 정상이었고 그대로 유지됨'],
  ['verified: demo-service-up was good for 20s in windows that began after the run, and 2 more', '검증됨: 실행 뒤에 시작된 구간에서 demo-service-up 20초 동안 정상 외 2건'],
  ['not-verified: it cannot be judged: the answer has more than 1000000 points', '검증 안 됨: 판단할 수 없음: the answer has more than 1000000 points'],
  ['closed: the repair is verified, and the alarm is resolved', '조치가 검증되고 알람이 해소되어 종료'],
  ['restart-web did not run mw.nginx.restart: it acted on web-01 10m ago, and its cooldown is 1h', '시나리오 restart-web: mw.nginx.restart 실행 보류. 10분 전에 web-01에 조치했고 재조치 대기 시간은 1시간'],
  ['on-call: [Critical] Up on opsloop-demo service=opsloop-demo: no - no mail server is configured: it is kept here to be read', 'on-call: [Critical] Up on opsloop-demo service=opsloop-demo: no. 메일 서버가 설정되지 않아 여기에 보관'],
];

test.each(told)('%s', (english, korean) => {
  expect(serverSentence(english, 'ko')).toBe(korean);
  expect(serverSentence(english, 'en')).toBe(english);
});

test('names and what people wrote stay as they are', () => {
  for (const text of ['', 'cable pulled', '서버를 교체함', 'requested', 'my scenario is broken: help']) expect(serverSentence(text, 'ko')).toBe(text);
});
