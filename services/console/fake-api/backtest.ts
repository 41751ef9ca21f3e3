import { parseComparison, thresholdLevels, type BacktestAnswer, type BacktestItem, type BacktestItemAlarm, type Level, type Policy } from '@opsloop/contracts';
import { parse } from 'yaml';
import type { FakeAnswer, FakeRequest } from './fake-answer.js';
import { queryHistory } from './history.js';
import type { World } from './world.js';

const weekMs = 7 * 86_400_000;
const points = 200;

/** A plausible answer, from the made-up history: an alarm while a level is crossed, one page and one work order for each. */
export function backtestText(world: World, { body, query }: FakeRequest): FakeAnswer {
  const policy = parse(body) as Policy;
  const range = rangeOf(query);
  const item = judge(world, policy, range);
  const stored = world.definitions.find((one) => one.kind === 'Policy' && one.name === policy.metadata.name)?.versions.at(-1)?.definition as Policy | undefined;
  const before = stored && query.get('compare') !== 'none' && JSON.stringify(stored.spec.threshold) !== JSON.stringify(policy.spec.threshold) ? judge(world, stored, range) : undefined;
  const meets = (one: BacktestItemAlarm, others: readonly BacktestItemAlarm[]): boolean => others.some((other) => other.resource === one.resource && other.openedAt < (one.resolvedAt ?? '9') && one.openedAt < (other.resolvedAt ?? '9'));
  const answer: BacktestAnswer = {
    items: [{
      ...item,
      ...(before && { comparison: { before, kept: item.alarms.filter((one) => meets(one, before.alarms)).length, gained: item.alarms.filter((one) => !meets(one, before.alarms)), lost: before.alarms.filter((one) => !meets(one, item.alarms)) } }),
      ...(query.get('labels') && { score: scoreOf(item) }),
      ...(query.get('suggest') && { suggestion: suggest(world, policy, range, query) }),
    }],
  };
  return { status: 200, body: answer };
}

interface FakeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

function rangeOf(query: URLSearchParams): FakeRange {
  const last = /^-(\d+)([mhd])$/.exec(query.get('from') ?? '-7d');
  if (!last) return { fromMs: Number(query.get('from')), toMs: Number(query.get('to')) };
  const toMs = Date.now();
  return { fromMs: toMs - Number(last[1]) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[last[2] as 'm' | 'h' | 'd'], toMs };
}

function judge(world: World, { metadata, spec }: Policy, { fromMs, toMs }: FakeRange): BacktestItem {
  const levels = thresholdLevels.flatMap((level) => (spec.threshold?.[level] ? [{ level, limit: parseComparison(spec.threshold[level])! }] : []));
  const labels = Object.fromEntries(Object.entries(spec.target?.match ?? {}).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])));
  const { series, unit } = queryHistory(world.fleet, { metric: spec.metric, fromMs, toMs, stepMs: Math.ceil((toMs - fromMs) / points), aggregates: ['avg'], resources: [], labels }, world.story);
  const drawn = series.map((one) => {
    const alarms: BacktestItemAlarm[] = [];
    let open: { readonly atMs: number; readonly value: number; level: Level } | undefined;
    const close = (endMs?: number): void => {
      if (open) alarms.push({ occurrence: `${one.resource}${open.atMs}`, resource: one.resource, resourceName: one.resourceName, labels: one.labels, openedAt: iso(open.atMs), ...(endMs !== undefined && { resolvedAt: iso(endMs) }), level: open.level, transitions: [{ at: iso(open.atMs), type: 'alarm.opened', level: open.level, value: open.value, reason: '' }] });
      open = undefined;
    };
    for (const [atMs, value] of one.points) {
      const level = value === null ? undefined : levels.findLast(({ limit }) => (limit.operator.startsWith('>') ? value > limit.value : value < limit.value))?.level;
      if (level) open ??= { atMs, value: value!, level };
      else close(atMs);
    }
    close();
    return { ...one, alarms };
  });
  const alarms = drawn.flatMap((one) => one.alarms).toSorted((a, b) => (a.openedAt < b.openedAt ? -1 : 1));
  const weeks = (toMs - fromMs) / weekMs;
  return {
    policy: metadata.name, from: iso(fromMs), to: iso(toMs), measuredFrom: iso(fromMs), judged: series.length * points, unit, alarms, resolvedNotices: 0, missing: [], alarmsPerWeek: alarms.length / weeks, pagesPerWeek: alarms.length / weeks,
    pages: alarms.map((one) => ({ at: one.openedAt, receiver: 'on-call', kind: 'alarm', level: one.level, alarms: [one.occurrence] })),
    orders: alarms.map((one, index) => ({ at: one.openedAt, occurrence: one.occurrence, scenario: 'restart', playbook: 'db.postgres.restart', resource: one.resource, approval: 'required' as const, ...(index % 3 === 2 && { heldBack: 'its cooldown is 1h' }) })),
    drawn: drawn.toSorted((a, b) => b.alarms.length - a.alarms.length).slice(0, 8).map(({ resource, resourceName, labels: own, points: drawnPoints, alarms: { length } }) => ({ resource, resourceName, labels: own, alarms: length, points: drawnPoints })),
    drawnOf: drawn.length,
  };
}

function suggest(world: World, policy: Policy, range: FakeRange, query: URLSearchParams): NonNullable<BacktestItem['suggestion']> {
  const level = thresholdLevels.find((one) => policy.spec.threshold?.[one])!;
  const { operator, value } = parseComparison(policy.spec.threshold![level]!)!;
  const asked = query.get('suggest') === 'auto' ? [value - 20, value - 10, value, value + 10] : [...query.get('suggest')!.split(',').map(Number), value];
  return {
    level,
    limits: [...new Set(asked)].toSorted((a, b) => a - b).map((limit) => {
      const item = judge(world, { ...policy, spec: { ...policy.spec, threshold: { [level]: `${operator} ${limit}` } } }, range);
      return { limit, isPresent: limit === value, alarmsPerWeek: item.alarmsPerWeek, pagesPerWeek: item.pagesPerWeek, ...(query.get('labels') && { score: scoreOf(item) }) };
    }),
  };
}

/** As if somebody had labelled two times, and the first alarm had found one of them. */
function scoreOf({ alarms }: BacktestItem): NonNullable<BacktestItem['score']> {
  const right = Math.min(1, alarms.length);
  return { labelled: 2, found: right, right, alarms: alarms.length, precision: alarms.length === 0 ? null : right / alarms.length, recall: right / 2, medianDelaySeconds: right === 0 ? null : 90 };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
