import type { ResourceRecord } from '@opsloop/contracts';
import { createHash } from 'node:crypto';

export const tenant = 'default';

/** An id as the real one looks: 26 letters and digits. */
export function fakeId(text: string): string {
  const digits = 'abcdefghijklmnopqrstuvwxyz234567';
  return [...createHash('sha256').update(text).digest().subarray(0, 26)].map((byte) => digits[byte % 32]).join('');
}

const hostMetrics = ['cpu.usage_iowait', 'cpu.usage_system', 'cpu.usage_user', 'cpu.utilisation', 'disk.free', 'disk.used_percent', 'diskio.read_bytes', 'diskio.write_bytes', 'mem.available', 'mem.used', 'mem.used_percent', 'net.bytes_recv', 'net.bytes_sent', 'processes.total', 'system.load1', 'system.uptime'];

interface Site {
  readonly provider: string;
  readonly region: string;
  readonly names: readonly string[];
}
const sites: readonly Site[] = [
  { provider: 'onprem', region: 'kr-seoul', names: ['web-01', 'web-02', 'web-03', 'web-04', 'web-05', 'web-06', 'db-01', 'db-02', 'cache-01', 'batch-01', 'was-01', 'was-02'] },
  { provider: 'aws', region: 'ap-northeast-2', names: ['api-01', 'api-02', 'api-03', 'queue-01', 'worker-01', 'worker-02', 'worker-03'] },
  { provider: 'azure', region: 'koreacentral', names: ['report-01', 'report-02', 'ldap-01'] },
];

/** Twenty-four hosts in three places, the host that Opsloop runs on, and the demo service. */
export function createFleet(nowMs: number): ResourceRecord[] {
  const host = (name: string, provider: string, region: string): ResourceRecord => ({
    id: `${tenant}/${fakeId(name)}`,
    tenant,
    resourceId: fakeId(name),
    provider,
    region,
    kind: 'host',
    uid: name,
    name,
    attributes: { host: name, team: name.startsWith('db') || name.startsWith('cache') ? 'data' : 'web', ...(provider !== 'onprem' && { instance_type: 'm6i.large' }), os: 'Rocky Linux 9.4' },
    sources: ['telegraf'],
    metrics: name.startsWith('batch') ? [...hostMetrics, 'batch_job.rows'] : hostMetrics,
    firstSeenMs: nowMs - 41 * 86_400_000,
    lastSeenMs: name === 'cache-01' ? nowMs - 11 * 60_000 : nowMs - 4_000,
    updatedMs: nowMs - 4_000,
  });
  const demo: ResourceRecord = { ...host('opsloop-demo', 'local', 'local'), kind: 'service', attributes: { host: 'opsloop-demo', url: 'http://127.0.0.1:41873/' }, sources: ['host-agent'], metrics: ['health.response_time', 'health.status', 'health.up'] };
  const own: ResourceRecord = { ...host('ops-01', 'local', 'local'), sources: ['host-agent'], attributes: { host: 'ops-01', os: 'Debian 12' } };
  return [own, demo, ...sites.flatMap(({ provider, region, names }) => names.map((name) => host(name, provider, region)))];
}
