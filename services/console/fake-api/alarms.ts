import type { Alarm, ResourceRecord, TimelineEntry } from '@opsloop/contracts';
import { fakeId, tenant } from './fleet.js';

interface AlarmSeed {
  readonly policy: string;
  readonly resource: ResourceRecord;
  readonly labels?: Readonly<Record<string, string>>;
  readonly metric: string;
  readonly unit: string;
  readonly aggregate?: string;
  readonly level: Alarm['level'];
  readonly value: number | null;
  readonly threshold?: string;
  readonly reason: string;
  readonly pendingSinceMs: number;
  readonly openedAtMs: number;
  readonly resolvedAtMs?: number;
  readonly noData?: boolean;
  readonly acknowledged?: Alarm['acknowledged'];
}

export function alarmId(policy: string, resource: string, pendingSinceMs: number): string {
  return `${tenant}/${fakeId(`${policy}${resource}${pendingSinceMs}`)}`;
}

export function buildAlarm(seed: AlarmSeed, timeline: readonly TimelineEntry[] = [], more: Partial<Alarm> = {}): Alarm {
  const { resource, openedAtMs, resolvedAtMs, level } = seed;
  const entries: TimelineEntry[] = [
    { atMs: openedAtMs, what: 'alarm.opened', text: seed.reason },
    ...timeline,
    ...(seed.acknowledged ? [{ atMs: seed.acknowledged.atMs, what: 'alarm.acknowledged', text: seed.acknowledged.reason, by: seed.acknowledged.by }] : []),
    ...(resolvedAtMs ? [{ atMs: resolvedAtMs, what: 'alarm.resolved', text: 'no level matches any more' }] : []),
  ];
  return {
    id: alarmId(seed.policy, resource.name, seed.pendingSinceMs),
    tenant,
    policy: seed.policy,
    policyVersion: 1,
    resourceId: resource.resourceId,
    resource: { id: resource.resourceId, tenant, provider: resource.provider, region: resource.region, kind: resource.kind, uid: resource.uid },
    resourceName: resource.name,
    attributes: resource.attributes,
    labels: { ...seed.labels },
    metric: seed.metric,
    unit: seed.unit,
    aggregate: seed.aggregate ?? 'AVG',
    state: resolvedAtMs ? 'resolved' : 'open',
    level,
    noData: seed.noData ?? false,
    flapping: false,
    value: seed.value,
    ...(seed.threshold !== undefined && { threshold: seed.threshold }),
    reason: seed.reason,
    pendingSinceMs: seed.pendingSinceMs,
    openedAtMs,
    changedAtMs: resolvedAtMs ?? openedAtMs,
    ...(resolvedAtMs && { resolvedAtMs }),
    ...(seed.acknowledged && { acknowledged: seed.acknowledged }),
    transitions: [
      { transition: 1, type: seed.noData ? 'alarm.no-data' : 'alarm.opened', atMs: openedAtMs, level, value: seed.value, reason: seed.reason },
      ...(resolvedAtMs ? [{ transition: 2, type: 'alarm.resolved' as const, atMs: resolvedAtMs, level, value: 1, reason: 'no level matches any more' }] : []),
    ],
    timeline: entries.toSorted((a, b) => a.atMs - b.atMs),
    scenarios: [],
    receivers: ['on-call'],
    workOrders: [],
    trace: { sampleMs: openedAtMs - 600, arrivalMs: openedAtMs + 1_900, judgedMs: openedAtMs + 2_040, recordedMs: openedAtMs + 2_130, notifiedMs: openedAtMs + 2_420 },
    pendingEvents: [],
    hasPendingEvents: false,
    ...more,
  };
}

/** Alarms of other days: resolved, so that lists have a past. */
export function buildPast(fleet: readonly ResourceRecord[], nowMs: number): Alarm[] {
  const hosts = fleet.filter((one) => one.kind === 'host');
  return Array.from({ length: 46 }, (_, index) => {
    const resource = hosts[(index * 7) % hosts.length]!;
    const openedAtMs = nowMs - (index + 1) * 3.1 * 3_600_000 - ((index * 977) % 1_000) * 1_000;
    const level = (['warn', 'info', 'critical', 'info'] as const)[index % 4]!;
    const disk = index % 3 === 0;
    const threshold = { info: '> 75', warn: '> 85', critical: '> 95', down: '' }[level];
    const value = Number(threshold.slice(2)) + 1.3;
    return buildAlarm({
      policy: disk ? 'disk-space' : 'db-cpu', resource, ...(disk && { labels: { path: '/var/lib' } }), metric: disk ? 'disk.used_percent' : 'cpu.utilisation', unit: 'percent',
      level, value, threshold, reason: `${disk ? 'disk.used_percent' : 'cpu.utilisation'} is ${value}, ${threshold} holds for 2m`,
      pendingSinceMs: openedAtMs - 120_000, openedAtMs, resolvedAtMs: openedAtMs + (4 + (index % 9) * 7) * 60_000,
    });
  });
}
