import { definitionSchema, type DefinitionRecord, type DefinitionVersion } from '@opsloop/contracts';
import { parse } from 'yaml';
import { tenant } from './fleet.js';
import { schedules } from './schedules.js';

const policies = [
  `apiVersion: opsloop/v1
kind: Policy
metadata:
  name: db-cpu
  labels: { team: data }
  title: { en: Database CPU, ko: 데이터베이스 CPU }
spec:
  metric: cpu.utilisation
  aggregate: AVG
  window: 1m
  target: { match: { team: data } }
  threshold: { warn: "> 80", critical: "> 95", recover: "< 75" }
  hold: 2m
  keepOpen: 1m
  repeat: 1h
  noData: no-data
  scenarios: [restart-postgres]
  receivers: [on-call]
tests:
  - name: opens after the hold
    input: { series: "cpu.utilisation{team=data}", every: 10s, values: "50x6 97x30 40x12" }
    expect: [{ at: 5m, level: critical }, { at: 8m, state: resolved }]
`,
  `apiVersion: opsloop/v1
kind: Policy
metadata:
  name: disk-space
  title: { en: File systems fill up, ko: 파일시스템 포화 }
spec:
  metric: disk.used_percent
  aggregate: MAX
  window: 5m
  threshold: { info: "> 75", warn: "> 85", critical: "> 95" }
  hold: 10m
  receivers: [on-call]
`,
  `apiVersion: opsloop/v1
kind: Policy
metadata:
  name: disk-ahead
  title: { en: File systems about to fill up, ko: 파일시스템 포화 예측 }
spec:
  kind: forecast
  metric: disk.used_percent
  aggregate: AVG
  window: 1m
  threshold: { warn: "> 90", critical: "> 97" }
  forecast: { within: 60m, minHitRate: 0.7, minScored: 40 }
  receivers: [on-call]
`,
  `apiVersion: opsloop/v1
kind: Policy
metadata:
  name: demo-service-up
  title: { en: The demo service answers, ko: 데모 서비스 응답 }
spec:
  metric: health.up
  aggregate: MIN
  window: 10s
  target: { match: { host: opsloop-demo } }
  threshold: { critical: "< 1" }
  scenarios: [restart-demo]
  receivers: [on-call]
`,
  `apiVersion: opsloop/v1
kind: Policy
metadata:
  name: host-silent
  title: { en: A host stopped sending, ko: 호스트 수집 중단 }
spec:
  metric: system.uptime
  aggregate: LAST
  window: 1m
  noData: no-data
  noDataAfter: 5m
  threshold: { info: "< 300" }
  receivers: [on-call]
`,
];

const scenarios = [
  `apiVersion: opsloop/v1
kind: Scenario
metadata: { name: restart-demo, title: { en: Restart the demo service, ko: 데모 서비스 재기동 } }
spec:
  cooldown: 30s
  levels: { critical: [{ do: work-order, playbook: demo.service.restart, approval: none }] }
`,
];

const playbooks = [
  `apiVersion: opsloop/v1
kind: Playbook
metadata: { name: demo.service.restart, title: { en: Restart the demo service, ko: 데모 서비스 재기동 } }
spec:
  for: { class: MW, category: web, software: opsloop-demo, versions: "*" }
  strategy: { canary: 1 }
  steps:
    - { id: check, uses: local, run: [node, demo-control.js, status], timeout: 10s, idempotent: true, failedWhen: "false" }
    - { id: restart, uses: local, run: [node, demo-control.js, start], timeout: 30s, idempotent: true }
    - { id: state, uses: local, run: [node, demo-control.js, status], timeout: 10s, idempotent: true, retry: { attempts: 3, delay: 1s } }
  verify: { policy: demo-service-up, holds: 10s, within: 2m }
`,
  `apiVersion: opsloop/v1
kind: Playbook
metadata: { name: mw.nginx.certificate, title: { en: Update the Nginx certificate, ko: NginX 인증서 교체 } }
spec:
  for: { class: MW, category: web, software: nginx, versions: ">=1.18" }
  inputs:
    domain: { type: string, pattern: "[a-z0-9.-]+", description: Name that the certificate is for }
    reload: { type: boolean, default: true, description: Reload after the files are in place }
    wait-seconds: { type: number, default: 5 }
    channel: { type: string, enum: [stable, candidate], default: stable }
  strategy: { canary: 1, batch: 25%, maxFail: 10% }
  approval: required
  sop: https://wiki.example.com/sop/nginx-certificate
  steps:
    - { id: backup, title: Keep the old files, uses: local, run: [certctl, backup, "{{ domain }}"], rollback: [certctl, restore, "{{ domain }}"] }
    - { id: fetch, title: Fetch the new certificate, uses: local, run: [certctl, fetch, "{{ domain }}", "{{ channel }}"], timeout: 120s, retry: { attempts: 2, delay: 5s } }
    - { id: reload, title: Reload Nginx, uses: local, run: [systemctl, reload, nginx] }
    - { id: probe, title: Ask for the page, uses: http, request: { path: /healthz }, idempotent: true, retry: { attempts: 5, delay: 2s } }
`,
  `apiVersion: opsloop/v1
kind: Playbook
metadata: { name: db.postgresql.restart, title: { en: Restart PostgreSQL, ko: PostgreSQL 재기동 } }
spec:
  for: { class: DB, category: rdbms, software: postgresql, versions: ">=13" }
  inputs: { service: { type: string, default: postgresql } }
  approval: required
  steps:
    - { id: state, uses: local, run: [systemctl, is-active, "{{ service }}"], failedWhen: "false", idempotent: true }
    - { id: restart, uses: local, run: [systemctl, restart, "{{ service }}"], timeout: 60s }
    - { id: ready, uses: local, run: [pg_isready], retry: { attempts: 5, delay: 2s }, idempotent: true }
  verify: { policy: db-cpu, holds: 2m, within: 10m }
`,
  `apiVersion: opsloop/v1
kind: Playbook
metadata: { name: os.check.morning, title: { en: Morning check, ko: 아침 점검 } }
spec:
  for: { class: OS, category: check }
  steps:
    - { id: uptime, uses: local, run: [uptime], idempotent: true }
    - { id: disks, uses: local, run: [df, -h], idempotent: true }
    - { id: ntp, uses: local, run: [chronyc, tracking], idempotent: true, failedWhen: "false" }
`,
];

const receivers = [
  `apiVersion: opsloop/v1
kind: Receiver
metadata: { name: on-call }
spec: { channel: mail, to: [oncall@example.com] }
`,
];

function readDefinition(source: string) {
  return definitionSchema.parse(parse(source));
}

function record(source: string, nowMs: number, earlier: readonly string[] = []): DefinitionRecord {
  const sources = [...earlier, source];
  const versions = sources.map((text, index): DefinitionVersion => {
    const atMs = nowMs - (sources.length - index) * 6 * 86_400_000;
    return { version: index + 1, sinceMs: index === 0 ? 0 : atMs, definition: readDefinition(text), source: text, author: index === 0 ? 'opsloop' : 'kim', atMs };
  });
  const newest = versions.at(-1)!;
  const { kind, metadata } = newest.definition!;
  return { id: `${tenant}/${kind}/${metadata.name}`, tenant, kind, name: metadata.name, deleted: false, changedAtMs: newest.atMs, managedBy: ['host-silent', 'certificate'].includes(metadata.name) ? 'file' : 'api', versions };
}

export function createDefinitions(nowMs: number): DefinitionRecord[] {
  const [dbCpu, ...others] = policies;
  const first = dbCpu!.replace('warn: "> 80", critical: "> 95", recover: "< 75"', 'critical: "> 90"').replace('  repeat: 1h\n', '');
  const second = dbCpu!.replace('hold: 2m', 'hold: 5m');
  return [record(dbCpu!, nowMs, [first, second]), ...[...others, ...scenarios, ...playbooks, ...receivers, ...schedules].map((source) => record(source, nowMs))];
}

export function newVersion(present: DefinitionRecord | undefined, source: string, author: string, nowMs: number): DefinitionRecord {
  if (!present) return record(source, nowMs);
  const version: DefinitionVersion = { version: present.versions.length + 1, sinceMs: nowMs, definition: readDefinition(source), source, author, atMs: nowMs };
  return { ...present, changedAtMs: nowMs, versions: [...present.versions, version] };
}
