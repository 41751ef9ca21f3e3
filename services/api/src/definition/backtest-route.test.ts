/** Backtests over HTTP on real history: the same windows give the same alarms as the live trigger would. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collections, settingsSchema, type BacktestAnswer, type BacktestItem, type ForecastScore, type ResourceRecord } from '@opsloop/contracts';
import { createCrossingTotals, createForecastTotals } from '@opsloop/domain';
import { openEngines } from '@opsloop/engines';
import { createTokenAuthority, openContext, partGroup, type Part, type ServiceContext } from '@opsloop/runtime';
import { buildResource, buildWindowBatch, createTempDir } from '@opsloop/testing';
import { createApi } from '../service.js';

const token = 'admin-token-for-tests-0';
const windowMs = 10_000;
const minuteMs = 60_000;
/** Begins six hours ago, on a whole hour. */
const startMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 6 * 3_600_000;
let parts: Part;
let server: Server;
let url: string;
let context: ServiceContext;

beforeAll(async () => {
  const opened = await openContext('api', settingsSchema.parse({ DATA_DIR: createTempDir().path, LOG_LEVEL: 'silent' }), openEngines, false);
  context = opened.context;
  const authority = createTokenAuthority(context);
  const api = createApi({ ...context, authority, health: opened.engines.health, loginCode: 'a-code-that-works-once' });
  parts = partGroup('test', [...opened.engines.parts, api]);
  await parts.start();
  await authority.ensure({ tenant: 'default', name: 'admin', scopes: ['admin', 'read', 'operate', 'approve'], createdBy: 'test', secret: token });
  await keep('a', 'web', (minute) => (minute >= 60 && minute < 65 ? 90 : minute === 200 ? 85 : 50));
  await keep('b', 'db', (minute) => (minute >= 100 && minute < 102 ? 90 : 50));
  await context.metricStore.rollup('1m', startMs + 6 * 3_600_000);
  server = createServer((request, response) => api.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
}, 60_000);

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await parts.stop(5_000);
});

/** Five hours of base windows, as the history writer keeps them. */
async function keep(uid: string, team: string, valueAt: (minute: number) => number): Promise<void> {
  const resource = buildResource({ uid });
  const record: ResourceRecord = { id: `default/${resource.id}`, tenant: 'default', resourceId: resource.id, provider: resource.provider, region: resource.region, kind: resource.kind, uid, name: uid, attributes: { host: uid, team }, sources: ['test'], metrics: ['app.load'], firstSeenMs: startMs, lastSeenMs: startMs, updatedMs: Date.now() };
  await context.documents.collection<ResourceRecord>(collections.resources).insert(record);
  const batches = Array.from({ length: 300 * 6 }, (_, index) => buildWindowBatch({ resource, startMs: startMs + index * windowMs, windows: [{ metric: 'app.load', values: [valueAt(Math.floor(index / 6))] }] }));
  await context.metricStore.write(batches);
}

const policy = (spec: object): string => JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name: 'load' }, spec: { metric: 'app.load', threshold: { warn: '> 80' }, ...spec } });

async function backtest(body: string, query = ''): Promise<BacktestItem> {
  const answer = await fetch(`${url}/policies/backtest?from=${startMs}&to=${startMs + 5 * 3_600_000}${query}`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/yaml' }, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return (JSON.parse(text) as BacktestAnswer).items[0]!;
}

const minutes = (iso: string): number => (Date.parse(iso) - startMs) / minuteMs;

describe('POST policies/backtest', () => {
  it('tells alarms, pages and what is missing', async () => {
    const found = await backtest(policy({ receivers: ['nobody'] }));
    expect(found.alarms.map((one) => [one.resourceName, minutes(one.openedAt), minutes(one.resolvedAt!), one.level])).toEqual([['a', 61, 66, 'warn'], ['b', 101, 103, 'warn'], ['a', 201, 202, 'warn']]);
    expect(found.missing).toEqual(['Receiver nobody']);
    expect(found.judged).toBe(600);
  });

  it('keeps to the target', async () => {
    expect((await backtest(policy({ target: { match: { team: 'db' } } }))).alarms.map((one) => one.resourceName)).toEqual(['b']);
  });

  it('judges groups and conditions with a memory', async () => {
    const group = await backtest(policy({ kind: 'group', group: { where: '> 80' }, threshold: { warn: '>= 50' } }));
    expect(group.alarms.map((one) => [one.resourceName, minutes(one.openedAt)])).toEqual([['load', 61], ['load', 101], ['load', 201]]);
    const rate = await backtest(policy({ kind: 'rate', rate: { per: '1m' }, threshold: { warn: '> 38' } }));
    expect(rate.alarms.map((one) => [one.resourceName, minutes(one.openedAt), minutes(one.resolvedAt!)])).toEqual([['a', 61, 62], ['b', 101, 102]]);
  });

  it('compares with the version in force, suggests limits, and scores', async () => {
    const stored = await fetch(`${url}/policies/load`, { method: 'PUT', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: policy({ threshold: { warn: '> 87' } }) });
    expect(stored.status).toBe(200);
    const labels = `${new Date(startMs + 62 * minuteMs).toISOString()}/${new Date(startMs + 64 * minuteMs).toISOString()}`;
    const found = await backtest(policy({}), `&suggest=70,95&labels=${encodeURIComponent(labels)}`);
    expect(found.comparison).toMatchObject({ kept: 2, lost: [] });
    expect(found.comparison!.gained).toHaveLength(1);
    expect(found.suggestion!.limits.map((one) => [one.limit, Math.round(one.alarmsPerWeek)])).toEqual([[70, 101], [80, 101], [95, 0]]);
    expect(found.score).toMatchObject({ precision: 1 / 3, recall: 1 });
  });

  it('compares with a version that read another metric, over the history of each', async () => {
    const stored = await fetch(`${url}/policies/load`, { method: 'PUT', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: policy({ kind: 'rate', rate: { per: '1m' }, threshold: { warn: '> 38' } }) });
    expect(stored.status).toBe(200);
    const { comparison } = await backtest(policy({}));
    expect(comparison).toMatchObject({ kept: 2, lost: [] });
    expect(comparison!.gained.map((one) => minutes(one.openedAt))).toEqual([201]);
  });

  it('tells the series that were judged, those with alarms first, as the policy sees them', async () => {
    const found = await backtest(policy({ target: { match: { team: ['web', 'db'] } } }), '&draw=1');
    expect(found).toMatchObject({ unit: '', drawnOf: 2 });
    expect(found.drawn!.map((one) => [one.resourceName, one.alarms])).toEqual([['a', 2]]);
    const { points } = found.drawn![0]!;
    expect(points.filter(([, value]) => value === 90).map(([atMs]) => (atMs - startMs) / minuteMs)).toEqual([61, 62, 63, 64, 65]);
    const rate = await backtest(policy({ kind: 'rate', rate: { per: '1m' }, threshold: { warn: '> 38' } }), '&draw=2');
    expect(rate.drawn![0]!.points.find(([atMs]) => atMs === startMs + 61 * minuteMs)).toEqual([startMs + 61 * minuteMs, 40]);
    expect((await backtest(policy({}))).drawn).toBeUndefined();
  });
});

describe('GET policies/{name}/forecast-score', () => {
  const get = async (name: string) => fetch(`${url}/policies/${name}/forecast-score`, { headers: { authorization: `Bearer ${token}` } });
  const put = async (name: string, spec: object) => fetch(`${url}/policies/${name}`, { method: 'PUT', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: policy(spec).replace('"load"', `"${name}"`) });

  it('adds what the partitions have seen, and says whether it may act', async () => {
    expect((await put('ahead', { kind: 'forecast', forecast: { within: '60m', minHitRate: 0.5 } })).status).toBe(200);
    expect(await (await get('ahead')).json()).toEqual({ policy: 'ahead', scored: 0, hits: 0, early: 0, late: 0, false: 0, missed: 0, heldBack: '0 of its forecasts have been scored, and minScored is 10' });
    const scores = context.documents.collection<ForecastScore>(collections.forecastScores);
    for (const partition of [0, 7]) await scores.insert({ id: `default/ahead/${partition}`, tenant: 'default', policy: 'ahead', partition, key: 'k', totals: { ...createForecastTotals(), hit: 4, late: 1, false: 1, leadSumSeconds: 9_000, errorSumSeconds: 1_500, points: 10, covered: 8, levels: { warn: { ...createCrossingTotals(), hit: 1, false: 1 } } }, updatedAtMs: startMs + partition });
    expect(await (await get('ahead')).json()).toEqual({
      policy: 'ahead', scored: 12, hits: 8, early: 0, late: 2, false: 2, missed: 0, hitRate: 2 / 3, falseRate: 1 / 6, missedRate: 0, meanLeadSeconds: 1_800, meanErrorSeconds: 300, coverage: 0.8, levels: [{ level: 'warn', scored: 4, hitRate: 0.5, falseRate: 0.5, missedRate: 0, meanLeadSeconds: 0, meanErrorSeconds: 0 }], updatedAt: new Date(startMs + 7).toISOString(),
    });
  });

  it('refuses what has no forecasts', async () => {
    expect((await get('nothing')).status).toBe(404);
    expect((await put('plain', {})).status).toBe(200);
    expect([(await get('plain')).status, await (await get('plain')).text()]).toEqual([400, expect.stringContaining('only policies of kind forecast')]);
  });
});
