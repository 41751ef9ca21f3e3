/** History over HTTP on a real metric store: what is answered, and that no question is too large for the process. */
import { collections, maxMetricLength, type Attributes, type Labels, type QueryAnswer, type ResourceRecord, type TopAnswer } from '@opsloop/contracts';
import { createSystemClock } from '@opsloop/runtime';
import { buildResource, buildWindowBatch } from '@opsloop/testing';
import { startApi, type ApiUnderTest } from '../api-under-test.js';

const windowMs = 10_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Past noon, so that no bucket of a day ends near it. */
const nowMs = Math.floor(Date.now() / dayMs) * dayMs - dayMs + 12 * hourMs + 30 * minuteMs;
const sixOClockMs = nowMs - 6.5 * hourMs;
let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi({ clock: { ...createSystemClock(), now: () => nowMs } });
  await keep('app.load', nowMs - hourMs, [5]);
  for (let n = 0; n < 40; n++) await keep('short.lived', nowMs - hourMs, [n], `h${n}`);
  for (let day = 0; day <= 60; day++) await keep('kept.long', sixOClockMs - day * dayMs, [day]);
  await keep('kept.long', sixOClockMs - 20 * dayMs, [1_000], 'b');
  await keep('kept.long', nowMs - minuteMs, [2_000], 'a');
  for (const [n, [uid, shard, labels]] of sharded.entries()) {
    if (n === sharded.findIndex(([one]) => one === uid)) await see(uid, shard === '' ? {} : { shard, rack: 'r1' });
    for (const agoMs of [20 * dayMs, minuteMs]) await keep('app.shards', nowMs - agoMs, [n], uid, labels);
  }
  await see('much-said', Object.fromEntries(manyKeys.map((key) => [key, 'x'])));
  for (const tier of ['1m', '1h', '1d'] as const) await api.context.metricStore.rollup(tier, nowMs);
  await api.context.metricStore.drop('base', nowMs - 2 * dayMs);
  await api.context.metricStore.drop('1m', nowMs - 14 * dayMs);
}, 30_000);
afterAll(() => api.stop());

async function keep(metric: string, startMs: number, values: readonly number[], uid = 'a', labels: Labels = {}): Promise<void> {
  await api.context.metricStore.write([buildWindowBatch({ resource: buildResource({ uid }), startMs, windows: [{ metric, labels, values }] })]);
}

async function see(name: string, attributes: Attributes): Promise<void> {
  const resource = buildResource({ uid: name });
  const record: ResourceRecord = { ...resource, id: `default/${resource.id}`, resourceId: resource.id, name, attributes, metrics: ['app.shards'], sources: [], firstSeenMs: 1, lastSeenMs: 1, updatedMs: Date.now() };
  await api.context.documents.collection<ResourceRecord>(collections.resources).insert(record);
}

/** Of each series: its host, the host's attribute `shard`, and the labels; the value is its place here. */
const sharded: readonly (readonly [uid: string, shard: string, labels: Labels])[] = [
  ['bare', '', { shard: 's1' }],
  ['of-s1', 's1', {}],
  ['of-s1', 's1', { shard: 's2' }],
  ['of-s2', 's2', { shard: 's1', zone: 'z1' }],
  ['of-s2', 's2', { zone: 'z1' }],
];
const manyKeys = Array.from({ length: 6 }, (_, n) => `many${n}`);

const query = (text: string) => api.ask<QueryAnswer>(`/api/v1/query?${text}`);

describe('a question is answered within bounds', () => {
  it('gives each aggregate once, however often it is named', async () => {
    const { json } = await query(`metric=app.load&from=-2h&step=1h&fill=none&aggregate=${Array(300).fill('avg,max').join()}`);
    expect(json.series.map(({ aggregate, points }) => [aggregate, points.length])).toEqual([['avg', 1], ['max', 1]]);
  });

  it('takes the longest name that is taken in, and none that is longer', async () => {
    const longest = `app.${'x'.repeat(maxMetricLength - 4)}`;
    await keep(longest, nowMs - hourMs, [7]);
    expect((await query(`metric=${longest}&from=-2h&step=10s&fill=none`)).json.series).toHaveLength(1);
    expect((await query(`metric=${longest}x`)).status).toBe(400);
  });

  it('refuses many short series on a long grid, and says what to do', async () => {
    const asked = 'metric=short.lived&from=-11d';
    const { status, json } = await query(`${asked}&step=1m`);
    expect([status, json.detail]).toEqual([400, expect.stringMatching(/would hold 6336\d\d points of 40 series, at most 500000.*widen "step".*fill=none/)]);
    expect((await query(`${asked}&step=1m&fill=none`)).json.series).toHaveLength(40);
    expect((await query(`${asked}&aggregate=min,max&step=5m`)).json.series).toHaveLength(80);
  });

  it('ends where samples can be at most, however late "to" is', async () => {
    const { json } = await query(`metric=app.load&from=-1h&to=${nowMs + 900_000 * windowMs}&step=10s`);
    const points = json.series[0]!.points;
    expect(points).toHaveLength((2 * hourMs) / windowMs);
    expect(points.at(-1)![0]).toBeLessThan(nowMs + hourMs);
    const ahead = await query(`metric=app.load&from=${nowMs + 2 * hourMs}&to=${nowMs + 3 * hourMs}`);
    expect([ahead.status, ahead.json.detail]).toEqual([400, expect.stringContaining('more than 1 h ahead')]);
  });
});

describe('what is measured is found, in whichever tier it is kept', () => {
  it.each(['1d', '7d', '30d'])('a step of %s over 60 days holds every window, the newest ones too', async (step) => {
    const { json } = await query(`metric=kept.long&from=-60d&step=${step}&fill=none&aggregate=count,last`);
    const [count, last] = json.series.filter(({ resource }) => resource === buildResource({ uid: 'a' }).id).map(({ points }) => points);
    expect(count!.reduce((sum, [, value]) => sum + value!, 0)).toBe(62);
    expect(last!.at(-1)![1]).toBe(2_000);
  });

  it('a range within one old hour is answered by its hour', async () => {
    const fromMs = sixOClockMs - 5 * dayMs + 10 * minuteMs;
    const { json } = await query(`metric=kept.long&from=${fromMs}&to=${fromMs + 30 * minuteMs}&step=1h`);
    expect(json.series[0]!.points).toEqual([[fromMs - 10 * minuteMs, 5]]);
  });

  it('the top over weeks counts the running hour', async () => {
    const top = async (text: string) => (await api.ask<TopAnswer>(`/api/v1/top?metric=kept.long&from=-30d&${text}`)).json.items.map(({ value }) => value);
    expect(await top('aggregate=max')).toEqual([2_000, 1_000]);
    expect(await top('aggregate=max&direction=lowest&n=1')).toEqual([1_000]);
    expect(await top('aggregate=last')).toEqual([2_000, 1_000]);
    expect(await top('aggregate=min&direction=lowest')).toEqual([0, 1_000]);
    expect(await top('aggregate=count')).toEqual([31, 1]);
    expect(await top('aggregate=avg&direction=lowest&n=1')).toEqual([(435 + 2_000) / 31]);
  });
});

describe('a label of the series decides, else the attribute of its resource', () => {
  const places = async (text: string): Promise<number[]> => (await query(`metric=app.shards&from=-1h&step=1h&fill=none&aggregate=sum&${text}`)).json.series.map(({ points }) => points[0]![1]!).toSorted();

  it.each([
    ['label.shard=s1', [0, 1, 3]],
    ['label.shard=s2', [2, 4]],
    ['label.shard=s3', []],
    ['label.shard=', [1, 4]],
    ['label.shard=s1&resource=of-s1', [1]],
    ['label.shard=s1&resource=bare,of-s2', [0, 3]],
    ['label.shard=s1&label.zone=z1', [3]],
    ['label.shard=s1&label.rack=r1', [1, 3]],
    ['label.uid=bare', [0]],
  ])('%s', async (text, expected) => {
    expect(await places(text)).toEqual(expected);
  });

  it('the top is that of all of them, over a short and a long time', async () => {
    for (const from of ['-1h', '-30d']) {
      const { json } = await api.ask<TopAnswer>(`/api/v1/top?metric=app.shards&from=${from}&label.shard=s1&n=2&aggregate=max`);
      expect(json.items.map(({ value }) => value)).toEqual([3, 1]);
    }
  });

  it('more of them than can be looked up are refused', async () => {
    const asked = (count: number) => query(`metric=app.shards&${manyKeys.slice(0, count).map((key) => `label.${key}=x`).join('&')}`);
    expect((await asked(5)).json.series).toEqual([]);
    expect(await asked(6)).toMatchObject({ status: 400, json: { detail: expect.stringContaining('ask for fewer of them') as unknown } });
  });
});

it('its description lists the aggregates, and takes what the route takes', async () => {
  const { json } = await api.ask<{ paths: Record<string, { get: { parameters: { name: string; description?: string; schema: { pattern?: string } }[] } }> }>('/openapi.json', { headers: {} });
  const aggregate = json.paths['/api/v1/query']!.get.parameters.find(({ name }) => name === 'aggregate')!;
  expect(aggregate.description).toBe('one or more of min, max, avg, last, sum, count, separated by commas');
  const pattern = new RegExp(aggregate.schema.pattern!);
  expect(['avg', 'min,max', 'median', 'min,', ''].map((text) => pattern.test(text))).toEqual([true, true, false, false, false]);
});
