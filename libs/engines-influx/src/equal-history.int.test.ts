/** The same calls to DuckDB, to one InfluxDB, and to InfluxDB databases by region: every answer is the same. */
import type { Tier, WindowBatch } from '@opsloop/contracts';
import { createEmbeddedMetricStore } from '@opsloop/engines-embedded';
import { createInfluxMetricStore } from '@opsloop/engines-influx';
import { influxdForTests, type Influxd } from '@opsloop/native';
import type { MetricStore, TopQuery } from '@opsloop/ports';
import { buildResource, buildWindowBatch, createTempDir, expectSameHistory, toHistory, type TempDir } from '@opsloop/testing';

const engine = await influxdForTests(process.env);
const sometimes = 'start' in engine ? describe : describe.skip;

const hourMs = 3_600_000;
const fromMs = Date.UTC(2024, 1, 28, 22);
const spanMs = 30 * hourMs;
const untilMs = fromMs + 3 * 24 * hourMs;
const regions = ['eu-west', 'eu-north', 'us-east', '서울'];
const hosts = Array.from({ length: 8 }, (_, n) => buildResource({ uid: `host-${n}`, region: regions[n % 4]! }));
const series = [
  { metric: 'cpu.utilisation' }, { metric: 'cpu.utilisation', labels: { cpu: 'cpu0' } }, { metric: 'cpu.utilisation', labels: { cpu: 'cpu1' } },
  { metric: 'disk.used', labels: { device: 'sda', path: '/' } }, { metric: 'disk.used', labels: { device: 'sda', path: '/var lib;a:b' } }, { metric: 'disk.used', labels: { device: 'sdb' } },
];
const uppers = ['1m', '1h', '1d'] as const;
const widths: Readonly<Record<Tier, number>> = { base: 10_000, '1m': 60_000, '1h': hourMs, '1d': 24 * hourMs };

function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

/** Windows of all hosts, some with holes; one to three samples, of either sign, some with long fractions. */
function createWindows(random: (below: number) => number, count: number): WindowBatch[] {
  return Array.from({ length: count }, (_, n) => {
    const startMs = fromMs + Math.floor(random(spanMs) / 10_000) * 10_000;
    const value = (): number => (random(4) === 0 ? (random(2_000_000) - 1_000_000) / 7 : (random(200_000) - 20_000) / 100);
    const windows = series.filter(() => random(5) > 0).map((one) => ({ ...one, values: Array.from({ length: random(3) === 0 ? 1 + random(3) : 1 }, value) }));
    return buildWindowBatch({ resource: hosts[random(hosts.length)]!, startMs, revision: n + 1, windows });
  });
}

function expectSameTop(found: Awaited<ReturnType<MetricStore['topN']>>, expected: typeof found): void {
  expect(found).toHaveLength(expected.length);
  // Equal values may come in either order, and of those that equal the last one any may be in.
  const settled = (at: number): boolean => expected.filter(({ value }) => value === expected[at]!.value).length === 1 && expected[at]!.value !== expected.at(-1)!.value;
  const names = (rows: typeof found): string[] => rows.filter((_, at) => settled(at)).map(({ resource, labels }) => `${resource} ${JSON.stringify(labels)}`);
  expect(names(found)).toEqual(names(expected));
  found.forEach(({ value }, at) => expect(Math.abs(value - expected[at]!.value)).toBeLessThanOrEqual(Math.abs(expected[at]!.value) * 1e-9 + 1e-9));
}

sometimes('reason' in engine ? `history in InfluxDB and DuckDB (skipped: ${engine.reason})` : `history in DuckDB and ${engine.on}`, () => {
  let dir: TempDir;
  let server: Influxd;
  let other: Influxd;
  let embedded: MetricStore;
  let influx: readonly MetricStore[];
  let stopAll: () => Promise<void>;

  beforeAll(async () => {
    dir = createTempDir();
    if (!('start' in engine)) return;
    [server, other] = await Promise.all(['a', 'b'].map((name) => engine.start({ dataDir: `${dir.path}/${name}` }))) as [Influxd, Influxd];
  }, 120_000);
  afterAll(async () => {
    await Promise.all([server.stop(), other.stop()]);
    dir.remove();
  });

  async function openAll(name: string): Promise<void> {
    const folder = createTempDir();
    const duck = createEmbeddedMetricStore({ dataDir: folder.path, windowMs: 10_000, compactRows: 500 });
    const main = { url: server.url, org: server.org, token: server.token, windowMs: 10_000 };
    const one = createInfluxMetricStore({ ...main, bucket: name });
    const routed = createInfluxMetricStore({
      ...main,
      bucket: `${name}-main`,
      routes: {
        databases: { 'eu-1': { url: server.url, bucket: `${name}-eu1` }, 'eu-2': { url: other.url, token: other.token, bucket: `${name}-eu2` }, asia: { url: other.url, token: other.token, bucket: `${name}-asia` } },
        routes: [{ regions: ['eu-*'], databases: ['eu-1', 'eu-2'] }, { regions: ['서울'], databases: ['asia'] }],
      },
    });
    const all = [duck, one, routed];
    for (const store of all) await store.start();
    embedded = duck;
    influx = [one, routed];
    stopAll = async () => {
      for (const store of all) await store.stop(10_000);
      folder.remove();
    };
  }
  afterEach(() => stopAll());

  const all = <T>(call: (store: MetricStore) => Promise<T>): Promise<T[]> => Promise.all([embedded, ...influx].map(call));

  async function expectSameQueries(random: (below: number) => number, tiers: readonly Tier[]): Promise<void> {
    const selectors = [
      { metric: 'cpu.utilisation' }, { metric: 'cpu.utilisation', labels: { cpu: '' } }, { metric: 'cpu.utilisation', labels: { cpu: 'cpu1' } }, { metric: 'disk.used', labels: { device: 'sda' } },
      { metric: 'disk.used', labels: { device: 'sda', path: '/var lib;a:b' } }, { metric: 'disk.used', labels: { path: '' }, resources: hosts.slice(1, 6).map(({ id }) => id) }, { metric: 'nothing' },
    ];
    for (const tier of tiers) {
      for (const part of selectors) {
        const selector = { tenant: 'default', ...part };
        const [from, to] = random(2) === 0 ? [fromMs, untilMs] : [fromMs + random(spanMs), fromMs + random(spanMs) + spanMs / 2];
        for (const factor of [1, 6, 90]) {
          const [expected, ...found] = await all((store) => store.query({ selector, fromMs: from, toMs: to, stepMs: widths[tier] * factor, tier }));
          for (const one of found) expectSameHistory(toHistory(one), toHistory(expected!));
        }
      }
    }
  }

  async function expectSameTops(random: (below: number) => number, tiers: readonly Tier[]): Promise<void> {
    for (const tier of tiers) {
      for (const aggregate of ['min', 'max', 'avg', 'last', 'sum', 'count'] satisfies TopQuery['aggregate'][]) {
        for (const direction of ['highest', 'lowest'] as const) {
          const n = 1 + random(30);
          const [from, to] = [fromMs + random(spanMs / 2), fromMs + spanMs / 2 + random(spanMs)];
          const selector = { tenant: 'default', metric: random(2) === 0 ? 'disk.used' : 'cpu.utilisation' };
          const [expected, ...found] = await all((store) => store.topN({ selector, fromMs: from, toMs: to, tier, aggregate, n, direction }));
          for (const one of found) expectSameTop(one, expected!);
        }
      }
    }
  }

  async function expectSameSeries(): Promise<void> {
    const sorted = (list: Awaited<ReturnType<MetricStore['series']>>): unknown[] => list.map((one) => ({ ...one, key: `${one.resource.id} ${one.metric} ${JSON.stringify(one.labels)}` })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
    for (const selector of [{ tenant: 'default' }, { tenant: 'default', metric: 'disk.used' }, { tenant: 'default', resources: hosts.slice(2, 4).map(({ id }) => id) }, { tenant: 'nobody' }]) {
      const [expected, ...found] = await all((store) => store.series(selector));
      for (const one of found) expect(sorted(one)).toEqual(sorted(expected!));
    }
  }

  test.each([11, 4_242])('any mix of writes, redeliveries, corrections, roll-ups and drops (seed %i)', async (seed) => {
    const random = createRandom(seed);
    await openAll(`equal-${seed}`);
    const batches = createWindows(random, 2_400);
    for (let from = 0; from < batches.length; from += 400) {
      const call = batches.slice(from, from + 400);
      // Some of what came before comes again, and some of it in a revision that must lose or win.
      const again = Array.from({ length: from === 0 ? 0 : 60 }, () => batches[random(from)]!).map((batch) => (random(3) === 0 ? { ...batch, revision: batch.revision + random(2_000) - 1_000, sum: batch.sum.map((sum) => sum + 1), max: batch.max.map((max) => max + 1) } : batch));
      await all((store) => store.write([...call, ...again]));
      if (from === 1_200) for (const tier of uppers) await all((store) => store.rollup(tier, fromMs + spanMs / 2));
    }
    await expectSameQueries(random, ['base']);
    for (const tier of uppers) {
      const [most, ...found] = await all((store) => store.rollup(tier, untilMs));
      // DuckDB computes whole buckets where most resources are dirty. A resource that is split over databases counts in each of them; nothing is split here.
      for (const rows of found) expect([rows, rows <= most!]).toEqual([found[0], true]);
    }
    await expectSameQueries(random, uppers);
    await expectSameTops(random, ['base', ...uppers]);
    await expectSameSeries();
    await all((store) => store.drop('base', fromMs + spanMs / 3));
    await all((store) => store.drop('1m', fromMs + spanMs / 4));
    await all((store) => store.write(createWindows(createRandom(seed + 1), 300).map((batch) => ({ ...batch, revision: batch.revision + 10_000 }))));
    for (const tier of uppers) await all((store) => store.rollup(tier, untilMs));
    await expectSameQueries(random, ['base', '1h']);
    await expectSameSeries();
  }, 240_000);
});
