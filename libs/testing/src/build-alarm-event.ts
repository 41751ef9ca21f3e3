import type { AlarmEvent, AlarmTransition } from '@opsloop/contracts';
import { buildResource } from './build-resource.js';

/** A transition as the trigger publishes it: `cpu-high` opens on web-1 at level warn, unless the parts say otherwise. */
export function buildAlarmEvent(type: AlarmEvent['type'] = 'alarm.opened', parts: Partial<AlarmTransition> = {}): AlarmEvent {
  const occurrence = parts.occurrence ?? 'default/occurrence-1';
  const transition = parts.transition ?? 1;
  const resource = parts.resource ?? buildResource();
  const atMs = parts.atMs ?? 1_700_000_000_000;
  const data: AlarmTransition = {
    tenant: 'default',
    occurrence,
    transition,
    policy: 'cpu-high',
    policyVersion: 1,
    resource,
    resourceName: resource.uid,
    attributes: { host: resource.uid },
    labels: {},
    metric: 'cpu.utilisation',
    unit: 'percent',
    aggregate: 'AVG',
    level: 'warn',
    value: 91.26,
    threshold: '> 80',
    reason: 'AVG 91.26 > 80 for 2m',
    windowStartMs: atMs - 60_000,
    windowEndMs: atMs,
    pendingSinceMs: atMs - 120_000,
    atMs,
    scenarios: [],
    receivers: ['ops-mail'],
    trace: { sampleMs: atMs - 1_000, arrivalMs: atMs + 2_000, judgedMs: atMs + 2_100 },
    ...parts,
  };
  return {
    specversion: '1.0',
    id: `${occurrence}#${transition}`,
    source: '/opsloop/trigger',
    type,
    subject: occurrence,
    time: new Date(atMs).toISOString(),
    datacontenttype: 'application/json',
    data,
  };
}
