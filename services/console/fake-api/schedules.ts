import { toApi, type DefinitionRecord, type Schedule, type ScheduleState, type WorkOrder } from '@opsloop/contracts';
import { tenant } from './fleet.js';

/** As definitions; times and zone of each are such that the fake needs no cron library. */
export const schedules = [
  `apiVersion: opsloop/v1
kind: Schedule
metadata: { name: morning-check, title: { en: Morning check, ko: 아침 점검 } }
spec:
  cron: "30 6 * * 1-5"
  timeZone: Asia/Seoul
  missed: latest
  workOrder:
    type: inspection
    title: Morning check
    content: Look before the shops open.
    targets:
      - { id: web-01, name: web-01 }
      - { id: web-02, name: web-02 }
      - { id: db-01, name: db-01 }
    jobs:
      - playbook: os.check.morning
    receivers: [on-call]
`,
  `apiVersion: opsloop/v1
kind: Schedule
metadata: { name: certificate, title: { en: Certificates of the shop, ko: 쇼핑몰 인증서 교체 } }
spec:
  cron: "0 3 1 * *"
  missed: skip
  workOrder:
    type: change
    title: Certificate of shop.example.com
    approval: required
    targets: [{ id: web-01, name: web-01 }]
    jobs: [{ playbook: mw.nginx.certificate, inputs: { domain: shop.example.com } }]
`,
  `apiVersion: opsloop/v1
kind: Schedule
metadata: { name: log-sweep, title: { en: Old logs are swept, ko: 오래된 로그 정리 } }
spec:
  cron: "*/30 * * * *"
  missed: all
  workOrder:
    type: collection
    title: Old logs
    targets: [{ id: web-03, name: web-03 }]
    jobs: [{ playbook: os.logs.sweep }]
`,
];

export function createScheduleStates(morningCheck: WorkOrder, nowMs: number): ScheduleState[] {
  const seed = { tenant, version: 1, opened: 0, missed: 0 };
  return [
    { ...seed, id: `${tenant}/morning-check`, schedule: 'morning-check', opened: 64, missed: 2, lastAtMs: morningCheck.createdAtMs, lastWorkOrder: morningCheck.id },
    { ...seed, id: `${tenant}/log-sweep`, schedule: 'log-sweep', opened: 311, missed: 1, lastAtMs: nowMs - 11 * 60_000, lastProblem: 'jobs.0.playbook: there is no playbook os.logs.sweep' },
  ];
}

/** What keeps an expression from being due, as the server words it. */
export function cronProblem(cron: string): string | undefined {
  const fields = cron.trim().split(/\s+/).length;
  return fields === 5 ? undefined : `"${cron}" has ${fields} fields: write minute hour day month weekday, for example "30 6 * * 1-5"`;
}

const dayMs = 86_400_000;
const upcoming = 5;

/** The next times: numbers, ranges, lists and steps in five fields, in Seoul or in UTC. */
function nextTimes({ cron, timeZone }: Schedule['spec'], nowMs: number): number[] {
  const offsetMs = timeZone === 'Asia/Seoul' ? 9 * 3_600_000 : 0;
  const [minute, hour, day, , weekday] = cron.split(/\s+/).map((field) => (value: number) => field.split(',').some((part) => fits(part, value)));
  const times: number[] = [];
  for (let dayAt = Math.floor((nowMs + offsetMs) / dayMs) * dayMs; times.length < upcoming && dayAt < nowMs + 400 * dayMs; dayAt += dayMs) {
    const date = new Date(dayAt);
    if (!day!(date.getUTCDate()) || !weekday!(date.getUTCDay())) continue;
    for (let at = 0; at < 1_440; at += 1) {
      const atMs = dayAt + at * 60_000 - offsetMs;
      if (atMs > nowMs && hour!(Math.floor(at / 60)) && minute!(at % 60)) times.push(atMs);
    }
  }
  return times.slice(0, upcoming);
}

function fits(part: string, value: number): boolean {
  const [range = '', step = '1'] = part.split('/');
  const [from, to = from] = range.split('-').map(Number);
  return range === '*' ? value % Number(step) === 0 : value >= from! && value <= to!;
}

/** What the API tells of a schedule beside its definition. */
export function scheduleAnswer(record: DefinitionRecord, states: readonly ScheduleState[]): object | undefined {
  const definition = record.versions.at(-1)!.definition;
  if (definition?.kind !== 'Schedule') return undefined;
  const { opened, missed, lastAtMs, lastWorkOrder, lastProblem } = states.find((one) => one.schedule === record.name) ?? { opened: 0, missed: 0 };
  return { upcoming: nextTimes(definition.spec, Date.now()).map((atMs) => new Date(atMs).toISOString()), ...toApi({ opened, missed, ...(lastAtMs !== undefined && { lastAtMs }), ...(lastWorkOrder !== undefined && { lastWorkOrder }), ...(lastProblem !== undefined && { lastProblem }) }) };
}
