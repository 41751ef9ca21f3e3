/**
 * What the server says in sentences, in the reader's language. The server writes English into timelines, reasons and
 * details; a sentence that is not known here is shown as it came, and so are names and what people wrote.
 */
import { parseDurationMs } from '@opsloop/contracts/duration-text';
import { levelWords } from '../level/level-words.js';
import { formatLength } from '../time/format-time.js';
import type { Language } from './words.js';

type Rule = readonly [pattern: RegExp, say: (...parts: string[]) => string];

export function serverSentence(text: string, language: Language): string {
  return language === 'en' ? text : inKorean(text);
}

function inKorean(text: string): string {
  for (const [pattern, say] of rules) {
    const found = pattern.exec(text);
    if (found) return say(...found.slice(1).map((part) => (part as string | undefined) ?? ''));
  }
  return text;
}

function length(text: string): string {
  const ms = parseDurationMs(text);
  return ms === undefined ? text : formatLength(ms, 'ko');
}

function level(name: string): string {
  return (levelWords.ko as Readonly<Record<string, string>>)[name] ?? name;
}

/** `: why` of a person, kept as it is. */
const because = (why: string): string => (why === '' ? '' : `: ${why}`);
const outcomes: Readonly<Record<string, string>> = { verified: '검증됨', 'not-verified': '검증 안 됨', 'no-fresh-data': '측정값 없음', 'self-healed': '조치와 무관하게 회복' };
const states: Readonly<Record<string, string>> = {
  ok: '정상', changed: '변경', failed: '실패', unreachable: '접속 불가', skipped: '건너뜀', 'timed-out': '시간 초과', unknown: '알 수 없음', cancelled: '취소',
};
const logCounts: Readonly<Record<string, string>> = { 'log lines': '로그', 'new log templates': '새 로그 템플릿', 'surging log templates': '급증한 로그 템플릿' };
/** Who is no person. */
const byKind: Readonly<Record<string, string>> = { '': '', 'scenario ': '시나리오 ', 'schedule ': '일정 ' };
const aggregates = 'MIN|MAX|AVG|LAST|SUM';

const measured: readonly Rule[] = [
  [/^(.+), (info|warn|critical) is ([^,]+), held for (\S+)$/, (what, name, limit, held) => `${inKorean(what!)}. ${level(name!)} ${limit!}, ${length(held!)} 유지`],
  [/^(.+), (info|warn|critical) is ([^,]+)$/, (what, name, limit) => `${inKorean(what!)}. ${level(name!)} ${limit!}`],
  [/^(.+), no level matches(?:, held for (\S+))?$/, (what, held) => `${inKorean(what!)}. 어느 등급에도 해당하지 않음${held === '' ? '' : `, ${length(held!)} 유지`}`],
  [/^(.+), no level matches, but it has not recovered(?: \((.+)\))?$/, (what, rule) => `${inKorean(what!)}. 어느 등급에도 해당하지 않으나 아직 회복되지 않음${rule === '' ? '' : ` (${rule!})`}`],
  [/^(.+), recovered is ([^,]+?)(?:, held for (\S+))?$/, (what, rule, held) => `${inKorean(what!)}. 회복 ${rule!}${held === '' ? '' : `, ${length(held!)} 유지`}`],
  [new RegExp(`^(${aggregates}) of (\\S+) was (\\S+), and is expected to be (.+) in about (.+), at (.+) UTC \\((.+)\\)$`), (aggregate, metric, value, limit, ahead, at) => `${metric!} ${aggregate!} ${value!}. 약 ${ahead!} 뒤 ${at!} (UTC)에 ${limit!} 예상`],
  [/^(.+), and nothing says that it will be (.+) within (\S+)$/, (what, limit, within) => `${inKorean(what!)}. ${length(within!)} 안에 ${limit!} 예상 근거 없음`],
  [/^(.+), and is not expected to be (.+) within (\S+) \(odds (\d+) %; models: .+\)$/, (what, limit, within, odds) => `${inKorean(what!)}. ${length(within!)} 안에 ${limit!} 될 가능성 ${odds!} %`],
  [new RegExp(`^(${aggregates}) of (\\S+) was (\\S+)$`), (aggregate, metric, value) => `${metric!} ${aggregate!} ${value!}`],
  [/^(\S+) (log lines|new log templates|surging log templates)(?: with (.+?))? within (\d+\w+)(?:: (.+))?$/, (count, what, match, window, found) => `${length(window!)} 동안 ${match === '' ? '' : `${match!.replaceAll('" or "', '" 또는 "')} `}${logCounts[what!]!} ${count!}${what === 'log lines' ? '줄' : '개'}${found === '' ? '' : `: ${found!}`}`],
  [/^nothing has arrived for (\S+), and the policy takes that as ok$/, (silent) => `${length(silent!)} 동안 데이터가 없음. 정책에 따라 정상으로 봄`],
  [/^nothing has arrived for (\S+)$/, (silent) => `${length(silent!)} 동안 데이터가 없음`],
  [/^data have returned$/, () => '데이터가 다시 들어옴'],
  [/^changed (\d+) times within (\d+) minutes$/, (times, minutes) => `${minutes!}분 안에 ${times!}번 바뀜`],
];

const orders: readonly Rule[] = [
  [/^(drafted|requested) by (scenario |schedule )?(\S+?)(?:: (.*))?$/, (what, kind, who, why) => `${`${byKind[kind!]!}${who!}`} ${what === 'drafted' ? '초안 작성' : '요청'}${why === '' ? '' : `: ${inKorean(why!)}`}`],
  [/^(scenario |schedule )(\S+)$/, (kind, name) => `${byKind[kind!]!}${name!}`],
  [/^(\S+) is (info|warn|critical|down) on ([^:]+)(?:: (.*))?$/, (policy, name, host, why) => `${host!} ${policy!} ${level(name!)}${why === '' ? '' : `: ${inKorean(why!)}`}`],
  [/^(.+) \(no approval needed\)$/, (title) => `${title!} (승인 불필요)`],
  [/^(.+) \(waits for an approval\)$/, (title) => `${title!} (승인 대기)`],
  [/^jobs\.\d+\.playbook: there is no playbook (\S+?)(?: version (\d+))?$/, (name, version) => `플레이북 ${name!}${version === '' ? '' : ` 버전 ${version!}`}이(가) 없음`],
  [/^ready: no approval is needed$/, () => '승인이 필요 없어 바로 실행 대기'],
  [/^ready: it is approved$/, () => '승인되어 실행 대기'],
  [/^approved by (\S+?)(?:: (.*))?$/, (who, why) => `${who!} 승인${because(why!)}`],
  [/^rejected by (\S+?)(?:: (.*))?$/, (who, why) => `${who!} 반려${because(why!)}`],
  [/^cancelled by (\S+?)(?:: (.*))?$/, (who, why) => `${who!} 취소${because(why!)}`],
  [/^closed by (\S+?)(?:: (.*))?$/, (who, why) => `${who!} 종료${because(why!)}`],
  [/^assigned to (\S+) by (\S+?)(?:: (.*))?$/, (whom, who, why) => `${who!} → ${whom!} 배정${because(why!)}`],
  [/^started by (\S+), to run at (\S+?)(?:: (.*))?$/, (who, at, why) => `${who!} 시작, ${at!}에 실행${because(why!)}`],
  [/^started by (\S+?)(?:: (.*))?$/, (who, why) => `${who!} 시작${because(why!)}`],
  [/^(\S+) asked to cancel the run(?:: (.*))?$/, (who, why) => `${who!} 실행 중지 요청${because(why!)}`],
  [/^(\S+) tries all targets again(?:: (.*))?$/, (who, why) => `${who!} 모든 대상 다시 시도${because(why!)}`],
  [/^(\S+) tries (\d+) of (\d+) targets again(?:: (.*))?$/, (who, some, all, why) => `${who!} 대상 ${all!}개 중 ${some!}개 다시 시도${because(why!)}`],
  [/^run (\d+) started on (\S+), trying (\d+) of (\d+) targets again$/, (run, host, some, all) => `${run!}차 실행 시작 (${host!}), 대상 ${all!}개 중 ${some!}개 다시 시도`],
  [/^run (\d+) started on (\S+)$/, (run, host) => `${run!}차 실행 시작 (${host!})`],
  [/^run (\d+) ended: (.+)$/, (run, result) => `${run!}차 실행 끝: ${inKorean(result!)}`],
  [/^(\d+ [a-z-]+(?:, \d+ [a-z-]+)*)(?: \((.+)\))?$/, (counts, why) => `${counts!.split(', ').map((part) => part.replace(/^(\d+) (\S+)$/, (_, count: string, state: string) => `${states[state] ?? state} ${count}`)).join(', ')}${why === '' ? '' : ` (${inKorean(why!)})`}`],
  [/^stopped in job (\d+): (.+)$/, (job, why) => `작업 ${job!}에서 중단: ${inKorean(why!)}`],
  [/^the canary failed$/, () => '먼저 실행한 대상이 실패함'],
  [/^(\d+) of (\d+) targets failed, and (\d+) are borne$/, (failed, all, borne) => `대상 ${all!}개 중 ${failed!}개 실패, 허용은 ${borne!}개`],
  [/^closed: the repair is verified, and the alarm is resolved$/, () => '조치가 검증되고 알람이 해소되어 종료'],
  [/^closed: the alarm is resolved, and the playbook names nothing to verify by$/, () => '알람이 해소되어 종료. 플레이북에 검증 기준이 없음'],
  [/^cancelled: the alarm was resolved before the repair began$/, () => '조치 전에 알람이 해소되어 취소'],
  [/^nothing was run: no executor took it since (\S+), too long ago to begin unseen$/, (since) => `${since!}부터 실행기가 맡지 않아 아무것도 실행하지 않음. 담당자 확인 필요`],
  [/^(\S+) did not run (\S+): (.+)$/, (scenario, playbook, why) => `시나리오 ${scenario!}: ${playbook!} 실행 보류. ${inKorean(why!)}`],
  [/^it acted on (.+) (\S+) ago, and its cooldown is (\S+)$/, (host, ago, cooldown) => `${length(ago!)} 전에 ${host!}에 조치했고 재조치 대기 시간은 ${length(cooldown!)}`],
  [/^it opened (\d+) work orders within the last hour, and maxRunsPerHour is (\d+)$/, (count, most) => `지난 한 시간에 작업 지시 ${count!}건, 한도 ${most!}건`],
];

const forecasts: readonly Rule[] = [
  [/^(\d+) of its forecasts have been scored, and minScored is (\d+)$/, (scored, least) => `채점한 예측 ${scored!}건, minScored는 ${least!}`],
  [/^(\d+) of (\d+) of its forecasts were hits, and minHitRate is (\S+)$/, (hits, scored, least) => `예측 ${scored!}건 중 적중 ${hits!}건, minHitRate는 ${least!}`],
];

const proofs: readonly Rule[] = [
  [/^(verified|not-verified|no-fresh-data|self-healed): (.+)$/, (outcome, why) => `${outcomes[outcome!]!}: ${inKorean(why!)}`],
  [/^(.+), and (\d+) more$/, (why, others) => `${inKorean(why!)} 외 ${others!}건`],
  [/^(\S+) was good before the run began, and stayed so$/, (policy) => `실행 전부터 ${policy!} 정상이었고 그대로 유지됨`],
  [/^(\S+) was good for (\S+) in windows that began after the run$/, (policy, held) => `실행 뒤에 시작된 구간에서 ${policy!} ${length(held!)} 동안 정상`],
  [/^(\S+) was not good for (\S+) within (.+)$/, (policy, held, within) => `${length(within!)} 안에 ${policy!} ${length(held!)} 동안 정상인 때가 없음`],
  [/^no window of (\S+) began after the run within (.+)$/, (metric, within) => `실행 뒤 ${length(within!)} 안에 시작된 ${metric!} 구간이 없음`],
  [/^waiting for measurements that began after the run$/, () => '실행 뒤에 시작된 측정값을 기다리는 중'],
  [/^nothing says how it is verified$/, () => '검증 기준이 없음'],
  [/^the target names no resource, so nothing is measured on it$/, () => '대상에 자원이 없어 측정값이 없음'],
  [/^it cannot be judged: (.+)$/, (why) => `판단할 수 없음: ${inKorean(why!)}`],
  [/^there is no policy (\S+) to judge by$/, (policy) => `판단할 정책 ${policy!} 없음`],
];

const notices: readonly Rule[] = [
  [/^nobody is told "(.+)": name receivers in policy (\S+), or in its scenario$/, (subject, policy) => `"${subject!}" 알림을 받을 사람이 없음. 정책 ${policy!} 또는 시나리오에 수신자를 지정하세요`],
  [/^(\S+): (.+) - no mail server is configured: it is kept here to be read$/, (receiver, subject) => `${receiver!}: ${subject!}. 메일 서버가 설정되지 않아 여기에 보관`],
  [/^no mail server is configured: it is kept here to be read$/, () => '메일 서버가 설정되지 않아 여기에 보관'],
  [/^(\S+): (.+); it is tried again$/, (receiver, trouble) => `${receiver!}: ${trouble!}. 다시 시도함`],
  [/^(Receiver|Scenario|Playbook) (\S+) is not defined: apply one of that name, or take it out of the policy or scenario$/, (kind, name) => `${{ Receiver: '수신자', Scenario: '시나리오', Playbook: '플레이북' }[kind!]!} ${name!}이(가) 정의되지 않음. 정의하거나 정책·시나리오에서 빼세요`],
];

/** The first that fits is taken: what stands in front is what holds others inside. */
const rules: readonly Rule[] = [...notices, ...forecasts, ...proofs, ...orders, ...measured];
