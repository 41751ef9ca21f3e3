import type { Alarm, DeadLetter, DefinitionRecord, ForecastFacts, Notice, ResourceRecord, Run, RunLog, ScheduleState, Token, WorkOrder } from '@opsloop/contracts';
import { alarmId, buildAlarm, buildPast } from './alarms.js';
import { createDefinitions } from './definitions.js';
import { createFleet, fakeId, tenant } from './fleet.js';
import { healedIncident } from './healed-incident.js';
import { fillingAt, type Story } from './history.js';
import { buildNotice } from './notices.js';
import { buildLogs } from './run-logs.js';
import { createScheduleStates } from './schedules.js';
import { buildOrder, buildRun, playbookNamed, targetOf } from './work-orders.js';


/** Everything the fake API knows. Handlers change it in place, as a database would be. */
export interface World {
  readonly fleet: ResourceRecord[];
  readonly story: Story;
  readonly definitions: DefinitionRecord[];
  readonly alarms: Alarm[];
  readonly workOrders: WorkOrder[];
  readonly runs: Run[];
  readonly logs: RunLog[];
  readonly notices: Notice[];
  readonly deadLetters: DeadLetter[];
  readonly tokens: Token[];
  readonly schedules: ScheduleState[];
}

const minute = 60_000;
const good = [['ok', 300], ['ok', 450], ['ok', 700]] as const;

export function createWorld(nowMs: number): World {
  const fleet = createFleet(nowMs);
  const named = (name: string): ResourceRecord => fleet.find((one) => one.name === name)!;
  const definitions = createDefinitions(nowMs);
  const busySinceMs = nowMs - 9 * minute;
  const healed = healedIncident(named('opsloop-demo'), playbookNamed(definitions, 'demo.service.restart'), nowMs - 26 * minute);

  const restart = playbookNamed(definitions, 'db.postgresql.restart');
  const busyId = alarmId('db-cpu', 'db-01', busySinceMs);
  const approval = buildOrder({ title: 'Restart PostgreSQL on db-01', state: 'requested', approval: 'required', origin: 'alarm', requester: 'opsloop', scenario: 'restart-postgres', alarm: busyId, targets: [targetOf(named('db-01'))], jobs: [{ order: 1, playbook: 'db.postgresql.restart', playbookVersion: restart.version, inputs: { service: 'postgresql' } }], createdAtMs: nowMs - 6.4 * minute, timeline: [{ atMs: nowMs - 6.4 * minute, what: 'work-order.requested', text: 'requested by opsloop: db-cpu is critical on db-01', by: 'opsloop' }] });
  const busy = buildAlarm(
    { policy: 'db-cpu', resource: named('db-01'), metric: 'cpu.utilisation', unit: 'percent', level: 'critical', value: 98.6, threshold: '> 95', reason: 'cpu.utilisation is 98.6, "> 95" holds since 2m', pendingSinceMs: busySinceMs, openedAtMs: nowMs - 6.5 * minute },
    [
      { atMs: nowMs - 6.5 * minute + 2_420, what: 'notice.sent', text: 'on-call was told by mail', ref: `${tenant}/${fakeId('noticebusy')}` },
      { atMs: approval.createdAtMs, what: 'work-order.requested', text: 'Restart PostgreSQL on db-01 waits for approval', ref: approval.id },
    ],
    {
      policyVersion: 3, workOrders: [approval.id], scenarios: ['restart-postgres'], repeatMs: 3_600_000,
      evidence: {
        templates: [
          { resourceId: named('db-01').resourceId, resourceName: 'db-01', service: 'postgres', kind: 'appeared', template: 'ERROR: deadlock detected DETAIL: Process <*> waits for ShareLock on transaction <*>', example: 'ERROR: deadlock detected DETAIL: Process 4711 waits for ShareLock on transaction 98', level: 'error', lines: 12, expected: 0, atMs: busySinceMs - 40_000, score: 0.75 },
          { resourceId: named('web-01').resourceId, resourceName: 'web-01', service: 'shop', kind: 'surged', template: 'query took <*>', level: 'warn', lines: 640, expected: 31.5, atMs: busySinceMs + 20_000, score: 0.32 },
        ],
        moved: [{ alarm: alarmId('disk-space', 'web-03', nowMs - 192 * minute), resourceId: named('web-03').resourceId, resourceName: 'web-03', policy: 'disk-space', metric: 'disk.used_percent', onsetMs: busySinceMs - 4 * minute, near: true }],
        playbooks: [{ name: 'mw.nginx.certificate', title: { en: 'Certificate of Nginx', ko: 'NginX 인증서 갱신' }, because: 'software', of: 'nginx' }],
      },
    },
  );
  const full = buildAlarm({ policy: 'disk-space', resource: named('web-03'), labels: { device: 'sdb1', path: '/var/lib' }, metric: 'disk.used_percent', unit: 'percent', aggregate: 'MAX', level: 'warn', value: 87.2, threshold: '> 85', reason: 'disk.used_percent is 87.2, "> 85" holds since 10m', pendingSinceMs: nowMs - 192 * minute, openedAtMs: nowMs - 182 * minute, acknowledged: { by: 'kim', reason: 'old logs are being moved', atMs: nowMs - 171 * minute } });
  const silent = buildAlarm({ policy: 'host-silent', resource: named('cache-01'), metric: 'system.uptime', unit: 'seconds', aggregate: 'LAST', level: 'down', value: null, noData: true, reason: 'no data for 5m', pendingSinceMs: nowMs - 11 * minute, openedAtMs: nowMs - 6 * minute });
  const slow = buildAlarm({ policy: 'disk-space', resource: named('report-01'), labels: { device: 'sda2', path: '/' }, metric: 'disk.used_percent', unit: 'percent', aggregate: 'MAX', level: 'info', value: 76.1, threshold: '> 75', reason: 'disk.used_percent is 76.1, "> 75" holds since 10m', pendingSinceMs: nowMs - 52 * minute, openedAtMs: nowMs - 42 * minute });

  const ahead = buildAlarm(
    { policy: 'disk-ahead', resource: named('report-01'), labels: { device: 'sda2', path: '/' }, metric: 'disk.used_percent', unit: 'percent', aggregate: 'AVG', level: 'warn', value: 80.4, threshold: '> 90', reason: `AVG of disk.used_percent was 80.4, and is expected to be > 90 in about 52m, at ${utcClock(nowMs + 47 * minute)} UTC (80 % interval ${utcClock(nowMs + 38 * minute)} to ${utcClock(nowMs + 61 * minute)}; models: trend 71 %, smoothing 29 %), warn is > 90, held for 1m`, pendingSinceMs: nowMs - 6 * minute, openedAtMs: nowMs - 5 * minute },
    [],
    { forecast: forecastOf(nowMs - 5 * minute, (atMs) => fillingAt(atMs, { busySinceMs }) + 0.3) },
  );

  const certificate = playbookNamed(definitions, 'mw.nginx.certificate');
  const web = ['web-01', 'web-02', 'web-03', 'web-04', 'web-05', 'web-06'].map(named);
  const jobs = [{ order: 1, playbook: 'mw.nginx.certificate', playbookVersion: certificate.version, inputs: { domain: 'shop.example.com', reload: true, 'wait-seconds': 5, channel: 'stable' } }];
  const runningAt = nowMs - 48_000;
  const rollout = buildOrder({ title: 'Certificate of shop.example.com', type: 'change', state: 'running', approval: 'required', requester: 'lee', approver: 'admin', assignee: 'lee', sop: 'https://wiki.example.com/sop/nginx-certificate', content: 'The old one ends on Friday.', ticket: { state: 'assigned', id: 'CHG-20418' }, targets: web.map(targetOf), jobs, createdAtMs: nowMs - 31 * minute, timeline: orderTimeline(nowMs, runningAt) });
  const rolloutRun = buildRun(rollout, certificate, { startedAtMs: runningAt, state: 'running', targets: [[['ok', 2_100], ['ok', 8_300], ['changed', 900], ['ok', 1_400]], [['ok', 1_900], ['ok', 7_700], ['changed', 1_100], ['ok', 600]], [['ok', 2_400], ['running', 0], null, null], [['ok', 2_000], ['running', 0], null, null], [null, null, null, null], [null, null, null, null]] });
  const morning = playbookNamed(definitions, 'os.check.morning');
  const checkAt = nowMs - 5.2 * 3_600_000;
  const check = buildOrder({ title: 'Morning check', type: 'inspection', state: 'partly-failed', origin: 'schedule', requester: 'schedule morning-check', receivers: ['on-call'], targets: [...web, named('db-01'), named('db-02')].map(targetOf), jobs: [{ order: 1, playbook: 'os.check.morning', playbookVersion: 1, inputs: {} }], createdAtMs: checkAt - 2_000, changedAtMs: checkAt + 21_000, result: '6 ok, 1 failed, 1 unknown', timeline: [{ atMs: checkAt, what: 'work-order.running', text: 'run 1 started on ops-01' }, { atMs: checkAt + 21_000, what: 'work-order.partly-failed', text: '6 ok, 1 failed, 1 unknown' }] });
  const checkRun = buildRun(check, morning, { startedAtMs: checkAt, state: 'partly-failed', targets: [good, good, [['ok', 310], ['failed', 420], ['skipped', 0]], good, good, [['ok', 280], ['unknown', 500], null], good, good], more: { reason: '6 ok, 1 failed, 1 unknown (stopped in job 1: 1 of 8 targets failed, and 0 are borne)' } });
  const wish = buildOrder({ title: 'Grow the log volume of web-03', type: 'change', state: 'approved', approval: 'required', requester: 'kim', approver: 'park', assignee: 'admin', targets: [targetOf(named('web-03'))], jobs: [{ order: 1, playbook: 'os.check.morning', playbookVersion: 1, inputs: {} }], createdAtMs: nowMs - 95 * minute, changedAtMs: nowMs - 40 * minute });

  const link = (order: WorkOrder, run: Run): WorkOrder => ({ ...order, run: run.id, runs: [run.id], runNumber: 1, targetStates: run.results.map((one) => ({ target: one.target, state: one.state, run: run.id })) });
  const runs = [rolloutRun, checkRun, healed.run];
  return {
    fleet,
    story: { busySinceMs, outages: [healed.outage] },
    definitions,
    alarms: [silent, busy, slow, ahead, full, healed.alarm, ...buildPast(fleet, nowMs)],
    workOrders: [approval, link(rollout, rolloutRun), wish, healed.order, link(check, checkRun)],
    runs,
    logs: runs.flatMap(buildLogs),
    notices: [
      buildNotice({ kind: 'alarm', level: 'critical', subject: '[critical] db-01: Database CPU', text: 'Database CPU is critical on db-01.\n\ncpu.utilisation (mean) is 98.6 %, the threshold is "> 95".\nIt has held since 2 min.\n\nA work order waits for approval: Restart PostgreSQL on db-01\nhttp://127.0.0.1:8080/work-orders', createdAtMs: nowMs - 6.5 * minute, alarmIds: [busy.id] }),
      buildNotice({ kind: 'alarm', level: 'down', subject: '[down] cache-01: A host stopped sending', text: 'No data from cache-01 for 5 min.', createdAtMs: nowMs - 6 * minute, alarmIds: [silent.id], state: 'failed', attempts: [{ atMs: nowMs - 5.9 * minute, outcome: 'failed', detail: 'connect ECONNREFUSED 10.0.0.25:25' }, { atMs: nowMs - 5.4 * minute, outcome: 'failed', detail: '451 4.7.1 greylisted' }] }),
      ...healed.notices,
      buildNotice({ kind: 'alarm', level: 'warn', subject: '[warn] web-03: File systems fill up', text: 'disk.used_percent (highest) is 87.2 % on web-03, path /var/lib. The threshold is "> 85".', createdAtMs: nowMs - 182 * minute, alarmIds: [full.id], state: 'sent', sentAtMs: nowMs - 182 * minute + 800, attempts: [{ atMs: nowMs - 182 * minute + 800, outcome: 'sent', detail: '250 2.0.0 Ok: queued as 4F1B2' }] }),
    ],
    schedules: createScheduleStates(check, nowMs),
    deadLetters: [
      { id: `${tenant}/${fakeId('letter1')}`, tenant, topic: 'metrics.raw.v1', group: 'aggregator', partition: 3, position: 88_123, key: `${tenant}/${fakeId('web-01')}`, reason: 'the batch cannot be read: unknown block type 17 at byte 12', atMs: nowMs - 3.4 * 3_600_000, state: 'waiting', sizeBytes: 412, preview: '4f50534c01110000002a0000... (binary)' },
      { id: `${tenant}/${fakeId('letter2')}`, tenant, topic: 'alarms.v1', group: 'action', partition: 1, position: 904, key: `${tenant}/${fakeId('occurrence')}`, reason: 'data.level: Invalid option: expected one of "info"|"warn"|"critical"|"down"', atMs: nowMs - 26 * 3_600_000, state: 'retried', retriedBy: 'kim', sizeBytes: 1_204, preview: '{"specversion":"1.0","id":"default/abc#1","type":"alarm.opened","data":{"level":"fatal"}}' },
    ],
    tokens: ['admin', 'telegraf', 'grafana'].map((name, index) => ({ id: `${tenant}/${name}`, tenant, name, hash: '', scopes: index === 0 ? (['read', 'operate', 'approve', 'admin'] as const).slice() : index === 1 ? ['ingest' as const] : ['read' as const], createdAtMs: nowMs - (40 - index * 9) * 86_400_000, createdBy: index === 0 ? 'opsloop' : 'admin' })),
  };
}

function utcClock(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 16);
}

function orderTimeline(nowMs: number, runningAt: number): WorkOrder['timeline'] {
  return [
    { atMs: nowMs - 31 * minute, what: 'work-order.requested', text: 'requested by lee', by: 'lee' },
    { atMs: nowMs - 12 * minute, what: 'work-order.approved', text: 'approved by admin: after the sale has ended', by: 'admin' },
    { atMs: nowMs - 11 * minute, what: 'work-order.assigned', text: 'assigned to lee by admin', by: 'admin' },
    { atMs: runningAt - 900, what: 'work-order.ready', text: 'started by lee', by: 'lee' },
    { atMs: runningAt, what: 'work-order.running', text: 'run 1 started on ops-01', by: 'executor' },
  ];
}

/** Two hours ahead in bins of five minutes; the interval widens. */
function forecastOf(madeAtMs: number, pathAt: (atMs: number) => number): ForecastFacts {
  const points = Array.from({ length: 24 }, (_, bin): [number, number, number, number] => {
    const atMs = madeAtMs + (bin + 0.5) * 5 * minute;
    return [atMs, Math.min(100, pathAt(atMs)), pathAt(atMs) - 0.5 - bin / 8, Math.min(100, pathAt(atMs) + 0.5 + bin / 8)];
  });
  const crossing = { level: 'warn' as const, threshold: '> 90', odds: 0.93, crossesAtMs: madeAtMs + 52 * minute, earliestMs: madeAtMs + 43 * minute, latestMs: madeAtMs + 66 * minute };
  return { madeAtMs, within: '60m', crossings: [crossing], model: 'trend 71 %, smoothing 29 %', why: '93 % of the likely paths cross within the horizon', points, scored: 31, hits: 24, gate: { minHitRate: 0.7, minScored: 40 } };
}
