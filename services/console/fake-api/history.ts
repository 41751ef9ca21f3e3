import { findMetric, type Aggregate, type QueryAnswer, type ResourceRecord, type Tier, type TopAnswer } from '@opsloop/contracts';

/** What makes some series remarkable. */
export interface Story {
  /** From when the database is busy. */
  readonly busySinceMs: number;
  /** Stretches in which the demo service does not answer. */
  readonly outages: { fromMs: number; toMs: number }[];
}

const dimensionsOf: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  disk: [{ device: 'sda2', path: '/' }, { device: 'sdb1', path: '/var/lib' }],
  diskio: [{ name: 'sda' }],
  net: [{ interface: 'eth0' }],
  batch_job: [{ job: 'settlement' }],
};

function seedOf(text: string): number {
  let hash = 2_166_136_261;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507);
  hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_909);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** A wave that looks measured: slow, daily and jittery parts, the same each time it is asked. Between 0 and 1. */
function wave(seed: number, atMs: number): number {
  const minutes = atMs / 60_000;
  const jitter = seedOf(`${seed}${Math.floor(atMs / 10_000)}`) - 0.5;
  const day = Math.sin(((minutes / 1_440) * 2 + seed) * Math.PI);
  const slow = Math.sin(minutes / (37 + seed * 20) + seed * 9);
  const quick = Math.sin(minutes / (3 + seed * 2) + seed * 17);
  return Math.min(1, Math.max(0, 0.45 + day * 0.14 + slow * 0.12 + quick * 0.06 + jitter * 0.14));
}

const gib = 2 ** 30;

/** A file system that reaches 90 percent some 50 minutes after the story begins. */
export function fillingAt(atMs: number, { busySinceMs }: Pick<Story, 'busySinceMs'>): number {
  return Math.min(99, Math.max(31, 79.6 + ((atMs - busySinceMs) / 60_000) * 0.18));
}

export function valueAt(metric: string, resource: ResourceRecord, labels: Readonly<Record<string, string>>, atMs: number, story: Story): number | null {
  if (atMs > resource.lastSeenMs + 10_000 && resource.name === 'cache-01') return null;
  const seed = seedOf(`${metric}${resource.name}${Object.values(labels).join()}`);
  const part = wave(seed, atMs);
  if (metric === 'health.up') return story.outages.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs) ? 0 : 1;
  if (metric === 'cpu.utilisation' && resource.name === 'db-01') return Math.min(99.4, 34 + part * 20 + Math.min(1, Math.max(0, (atMs - story.busySinceMs + 90_000) / 120_000)) * 58);
  if (metric === 'disk.used_percent' && resource.name === 'report-01' && labels['path'] === '/') return fillingAt(atMs, story) + part * 0.6;
  if (metric === 'disk.used_percent') return resource.name === 'web-03' && labels['path'] === '/var/lib' ? 86.2 + part * 1.4 : 20 + seed * 45 + part * 1.5;
  switch (findMetric(metric)?.unit) {
    case 'percent':
      return 5 + part * (25 + seed * 45);
    case 'bytes':
      return (4 + part * 12) * gib;
    case 'bytes_per_second':
      return part ** 2 * (2 + seed * 30) * 1_000_000;
    case 'seconds':
      return metric === 'system.uptime' ? (atMs % 4e9) / 1_000 : 0.012 + part * 0.03;
    default:
      return metric.startsWith('system.load') ? part * 4 : Math.round(80 + part * 240);
  }
}

function labelSetsOf(metric: string): readonly Readonly<Record<string, string>>[] {
  return dimensionsOf[metric.split('.')[0]!] ?? [{}];
}

export interface FakeQuery {
  readonly metric: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs?: number;
  readonly aggregates: readonly Aggregate[];
  readonly resources: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly groupBy?: string;
}

function stepFor(lengthMs: number): { readonly stepMs: number; readonly tier: Tier } {
  if (lengthMs <= 2 * 3_600_000) return { stepMs: 10_000, tier: 'base' };
  if (lengthMs <= 26 * 3_600_000) return { stepMs: lengthMs > 8 * 3_600_000 ? 300_000 : 60_000, tier: '1m' };
  return { stepMs: lengthMs > 14 * 86_400_000 ? 6 * 3_600_000 : 3_600_000, tier: '1h' };
}

export function queryHistory(fleet: readonly ResourceRecord[], query: FakeQuery, story: Story): QueryAnswer {
  const { stepMs, tier } = stepFor(query.toMs - query.fromMs);
  const step = query.stepMs ?? stepMs;
  const matching = fleet.filter((one) => one.metrics.includes(query.metric) && (query.resources.length === 0 || query.resources.includes(one.resourceId) || query.resources.includes(one.name)));
  const series = matching.flatMap((resource) =>
    labelSetsOf(query.metric)
      .filter((labels) => Object.entries(query.labels).every(([key, value]) => ({ ...resource.attributes, region: resource.region, ...labels })[key] === value))
      .flatMap((labels) => query.aggregates.map((aggregate) => ({ resource: resource.resourceId, resourceName: resource.name, labels, aggregate, points: pointsOf(query.metric, resource, labels, aggregate, query, step, story) }))),
  );
  return { metric: query.metric, unit: findMetric(query.metric)?.unit ?? '', tier, stepMs: step, series: query.groupBy === undefined ? series : groupSeries(series, query.groupBy, fleet) };
}

function pointsOf(metric: string, resource: ResourceRecord, labels: Readonly<Record<string, string>>, aggregate: Aggregate, query: FakeQuery, step: number, story: Story): [number, number | null][] {
  const points: [number, number | null][] = [];
  const last = Date.now() - 11_000;
  const spread = aggregate === 'max' ? 1.12 : aggregate === 'min' ? 0.85 : 1;
  for (let at = Math.ceil(query.fromMs / step) * step; at < query.toMs; at += step) {
    const value = at > last ? null : valueAt(metric, resource, labels, at, story);
    points.push([at, value === null || metric === 'health.up' ? value : metric.endsWith('percent') || metric === 'cpu.utilisation' ? Math.min(100, value * spread) : value * spread]);
  }
  return points;
}

type Series = QueryAnswer['series'];

function groupSeries(series: Series, groupBy: string, fleet: readonly ResourceRecord[]): Series {
  const groups = new Map<string, Series[number][]>();
  for (const one of series) {
    const resource = fleet.find((other) => other.resourceId === one.resource)!;
    const fields: Readonly<Record<string, string>> = { ...resource.attributes, region: resource.region, provider: resource.provider, resource: resource.name, ...one.labels };
    const key = groupBy.split(',').map((name) => fields[name] ?? '').join(' ');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups].map(([key, members]) => ({
    resource: groupBy === 'resource' ? members[0]!.resource : '',
    resourceName: groupBy === 'resource' ? members[0]!.resourceName : '',
    labels: groupBy === 'resource' ? {} : { [groupBy]: key },
    aggregate: members[0]!.aggregate,
    points: members[0]!.points.map(([at], index) => {
      const values = members.flatMap((member) => member.points[index]?.[1] ?? []);
      return [at, values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length] as const;
    }),
  }));
}

export function topOf(fleet: readonly ResourceRecord[], metric: string, n: number, story: Story): TopAnswer {
  const nowMs = Date.now() - 15_000;
  const items = fleet
    .filter((one) => one.metrics.includes(metric))
    .map((one) => ({ resource: one.resourceId, resourceName: one.name, labels: {}, attributes: one.attributes, value: valueAt(metric, one, {}, nowMs, story) ?? 0 }))
    .toSorted((a, b) => b.value - a.value)
    .slice(0, n);
  return { metric, unit: findMetric(metric)?.unit ?? '', tier: 'base', items };
}

