import { findMetric, listMetrics, toApi, type Aggregate, type Alarm, type DefinitionRecord, type ForecastScoreAnswer, type Level, type ResourceRecord, type WorkOrder } from '@opsloop/contracts';
import type { FakeAnswer, FakeRequest } from './fake-answer.js';
import { tenant } from './fleet.js';
import { queryHistory, topOf } from './history.js';
import { alarmSeenAt, orderSeenAt, runSeenAt } from './seen-at.js';
import { scheduleAnswer } from './schedules.js';
import type { World } from './world.js';

const severity: readonly Level[] = ['info', 'warn', 'critical', 'down'];

export function answerRead(world: World, { path, query }: FakeRequest): FakeAnswer | undefined {
  const [noun, id, part] = path;
  switch (noun) {
    case 'me':
      return ok({ tenant, name: 'admin', scopes: ['read', 'operate', 'approve', 'admin'], mail: 'outbox', windowMs: 10_000, demo: true });
    case 'resources':
      return id === undefined ? page(world.fleet.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((resource) => resourceAnswer(world, resource)), query) : one(world.fleet.find((other) => other.resourceId === id || other.id === id), (found) => resourceAnswer(world, found));
    case 'metrics':
      return ok({ items: metricList(world) });
    case 'query':
    case 'top':
      return measure(world, noun, query);
    case 'alarms':
      return id === undefined ? page(alarmsBy(world, query).map((alarm) => toApi(alarm)), query) : one(seenAlarms(world).find((alarm) => matches(alarm.id, id)), (alarm) => alarmAnswer(world, alarm));
    case 'notices':
      if (id !== undefined) return one(world.notices.find((notice) => matches(notice.id, id)), (notice) => toApi(notice));
      return page(world.notices.filter((notice) => notice.createdAtMs <= Date.now()).toSorted((a, b) => b.createdAtMs - a.createdAtMs).map((notice) => toApi(notice)), query);
    case 'work-orders':
      return workOrders(world, id, part, query);
    case 'policies':
    case 'playbooks':
    case 'scenarios':
    case 'receivers':
    case 'schedules':
      return noun === 'policies' && part === 'forecast-score' ? forecastScore(id!) : definitions(world, noun, id, query);
    case 'dead-letters':
      return page(world.deadLetters.map((letter) => toApi(letter)), query);
    case 'tokens':
      return page(world.tokens.map(({ hash: _hash, ...token }) => toApi(token)), query);
    default:
      return undefined;
  }
}

function ok(body: object): FakeAnswer {
  return { status: 200, body };
}

function page(items: readonly object[], query: URLSearchParams): FakeAnswer {
  const from = Number(query.get('cursor') ?? 0);
  const until = from + Number(query.get('limit') ?? 100);
  return ok({ items: items.slice(from, until), ...(until < items.length && { nextCursor: String(until) }) });
}

function one<T>(found: T | undefined, show: (found: T) => object): FakeAnswer | undefined {
  return found === undefined ? undefined : ok(show(found));
}

export function matches(whole: string, asked: string): boolean {
  return whole === asked || whole === `${tenant}/${asked}`;
}

export function seenAlarms(world: World): Alarm[] {
  return world.alarms.flatMap((alarm) => alarmSeenAt(alarm, Date.now()) ?? []).toSorted((a, b) => b.openedAtMs - a.openedAtMs);
}

function alarmsBy(world: World, query: URLSearchParams): Alarm[] {
  const from = /^-(\d+)([hd])$/.exec(query.get('from') ?? '');
  const since = from ? Date.now() - Number(from[1]) * (from[2] === 'h' ? 3_600_000 : 86_400_000) : 0;
  const is = (key: string, value: string): boolean => !query.has(key) || query.get(key) === value;
  const found = seenAlarms(world).filter((alarm) => is('state', alarm.state) && is('level', alarm.level) && is('policy', alarm.policy) && (is('resource', alarm.resourceId) || is('resource', alarm.resourceName)) && alarm.openedAtMs >= since);
  return query.get('order') === 'worst' ? found.toSorted((a, b) => severity.indexOf(b.level) - severity.indexOf(a.level)) : found;
}

function resourceAnswer(world: World, resource: ResourceRecord): object {
  const open = seenAlarms(world).filter((alarm) => alarm.state === 'open' && alarm.resourceId === resource.resourceId);
  return { ...toApi(resource), level: open.map((alarm) => alarm.level).toSorted((a, b) => severity.indexOf(b) - severity.indexOf(a))[0] ?? null, openAlarms: open.length };
}

function metricList(world: World): object[] {
  const seen = new Set(world.fleet.flatMap((resource) => resource.metrics));
  const unknown = [...seen].filter((name) => !findMetric(name)).map((name) => ({ name, unit: '', kind: 'gauge', title: { en: name }, dimensions: [], sources: [], targetKinds: [] }));
  return [...listMetrics(), ...unknown].map((metric) => ({ ...metric, seen: seen.has(metric.name) }));
}

function measure(world: World, noun: 'query' | 'top', query: URLSearchParams): FakeAnswer {
  const metric = query.get('metric') ?? '';
  if (noun === 'top') return ok(topOf(world.fleet, metric, Number(query.get('n') ?? 10), world.story));
  const step = query.get('step');
  const groupBy = query.get('groupBy');
  const answer = queryHistory(
    world.fleet,
    {
      metric,
      fromMs: Number(query.get('from')),
      toMs: Number(query.get('to')),
      ...(step !== null && step !== 'auto' && { stepMs: Number(step) }),
      aggregates: (query.get('aggregate') ?? 'avg').split(',') as Aggregate[],
      resources: (query.get('resource') ?? '').split(',').filter((id) => id !== ''),
      labels: Object.fromEntries([...query].flatMap(([key, value]) => (key.startsWith('label.') ? [[key.slice(6), value]] : []))),
      ...(groupBy !== null && { groupBy }),
    },
    world.story,
  );
  return ok(answer);
}

function alarmAnswer(world: World, alarm: Alarm): object {
  const orders = world.workOrders.flatMap((order) => (order.alarm === alarm.id ? (orderSeenAt(order, Date.now()) ?? []) : []));
  return { ...toApi(alarm), notices: world.notices.filter((notice) => notice.alarmIds.includes(alarm.id) && notice.createdAtMs <= Date.now()).map((notice) => toApi(notice)), workOrderDetails: orders.map((order) => toApi(order)) };
}

function workOrders(world: World, id: string | undefined, part: string | undefined, query: URLSearchParams): FakeAnswer | undefined {
  const seen = world.workOrders.flatMap((order) => orderSeenAt(order, Date.now()) ?? []);
  const states = query.get('state')?.split(',');
  if (id === undefined) return page(seen.filter((order) => (!states || states.includes(order.state)) && isAskedFor(world, order, query)).toSorted((a, b) => b.createdAtMs - a.createdAtMs).map((order) => toApi(order)), query);
  const order = seen.find((other) => matches(other.id, id));
  if (!order) return undefined;
  if (part !== 'log') return ok({ ...toApi(order), runDetails: world.runs.filter((run) => run.workOrder === order.id).flatMap((run) => runSeenAt(run, Date.now()) ?? []).toReversed().map((run) => toApi(run)) });
  const is = (key: string, value: string): boolean => !query.has(key) || query.get(key) === value;
  const logs = world.logs.filter((log) => order.runs.includes(log.run) && is('run', log.run) && is('target', log.target) && is('job', String(log.job)) && is('step', log.step) && is('attempt', String(log.attempt)) && log.atMs <= Date.now());
  return page((query.get('direction') === 'desc' ? logs.toReversed() : logs).map((log) => toApi(log)), query);
}

function isAskedFor(world: World, order: WorkOrder, query: URLSearchParams): boolean {
  const playbook = query.get('playbook');
  const resource = query.get('resource');
  const ids = world.fleet.filter((seen) => seen.resourceId === resource || seen.name === resource).map((seen) => seen.resourceId);
  return (playbook === null || order.jobs.some((job) => job.playbook === playbook)) && (resource === null || order.targets.some((target) => ids.includes(target.resource ?? '')));
}

const kindOf = { policies: 'Policy', playbooks: 'Playbook', scenarios: 'Scenario', receivers: 'Receiver', schedules: 'Schedule' } as const;

function definitions(world: World, noun: keyof typeof kindOf, name: string | undefined, query: URLSearchParams): FakeAnswer | undefined {
  const those = world.definitions.filter((record) => record.kind === kindOf[noun] && !record.deleted);
  if (name === undefined) return page(those.map((record) => definitionAnswer(world, record)), query);
  return one(those.find((record) => record.name === name), (record) => ({ ...definitionAnswer(world, record), versions: record.versions.map((version) => toApi(version)) }));
}

function forecastScore(policy: string): FakeAnswer {
  const answer: ForecastScoreAnswer = {
    policy, scored: 31, hits: 24, early: 2, late: 3, false: 2, missed: 1, hitRate: 24 / 31, falseRate: 2 / 31, missedRate: 1 / 30, meanLeadSeconds: 3_120, shortestLeadSeconds: 1_500, meanErrorSeconds: 410, coverage: 0.81,
    levels: [{ level: 'warn', scored: 22, hitRate: 18 / 22, falseRate: 1 / 22, missedRate: 0 }, { level: 'critical', scored: 9, hitRate: 6 / 9, falseRate: 1 / 9, missedRate: 1 / 9 }],
    updatedAt: new Date().toISOString(), heldBack: '31 of its forecasts have been scored, and minScored is 40',
  };
  return ok(answer);
}

export function definitionAnswer(world: World, record: DefinitionRecord): object {
  const { versions, ...rest } = record;
  const schedule = scheduleAnswer(record, world.schedules);
  return { ...toApi(rest), ...toApi(versions.at(-1)!), ...(schedule && { schedule }) };
}
