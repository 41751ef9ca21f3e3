import type { WindowBatch } from '@opsloop/contracts';
import { buildResource } from '../build-resource.js';
import { buildWindowBatch, type BuiltWindow } from '../build-window-batch.js';
import type { CreateMetricStore, MetricStoreUnderTest } from './metric-store-under-test.js';
import { expectSameHistory, recomputeHistory, toHistory } from './recompute-history.js';

const fromMs = 1_700_006_400_000;
const metric = 'disk.used';
const toMs = fromMs + 86_400_000;
const whole = { selector: { tenant: 'default', metric }, fromMs, toMs, stepMs: 10_000, tier: 'base' } as const;

function host(uid: string, startMs: number, windows: readonly BuiltWindow[], parts: Partial<WindowBatch> = {}): WindowBatch {
  return buildWindowBatch({ resource: buildResource({ uid }), startMs, windows, ...parts });
}

export function describeMetricStoreReads(create: CreateMetricStore): void {
  describe('reads', () => {
    let under: MetricStoreUnderTest;
    beforeEach(async () => void (under = await create(10_000)));
    afterEach(() => under.destroy());

    test('buckets are aligned to the epoch, hold the windows of the range alone, and gaps stay gaps', async () => {
      const starts = [0, 10_000, 50_000, 60_000, 200_000, 210_000, 3_600_000];
      const batches = starts.map((start, n) => host('a', fromMs + start, [{ metric, values: [n + 1, 20 - n] }], { revision: n + 1 }));
      await under.store.write(batches);
      for (const [stepMs, from, to] of [[10_000, 0, 86_400_000], [60_000, 0, 86_400_000], [60_000, 10_000, 210_000], [300_000, 5_000, 200_001], [3_600_000, 0, 3_600_000]] as const) {
        const found = toHistory(await under.store.query({ ...whole, stepMs, fromMs: fromMs + from, toMs: fromMs + to }));
        expectSameHistory(found, recomputeHistory(batches, metric, stepMs, fromMs + from, fromMs + to));
      }
      const [series] = await under.store.query({ ...whole, stepMs: 60_000 });
      expect([...series!.startsMs]).toEqual([0, 60_000, 180_000, 3_600_000].map((start) => fromMs + start));
    });

    test('LAST is that of the latest window, in whatever order the windows came', async () => {
      const at = (start: number, value: number, revision: number) => host('a', fromMs + start, [{ metric, values: [value] }], { revision });
      await under.store.write([at(20_000, 3, 1)]);
      await under.store.write([at(0, 1, 2)]);
      await under.store.write([at(10_000, 2, 3)]);
      expect((await under.store.query({ ...whole, stepMs: 60_000 })).map(({ last }) => [...last])).toEqual([[3]]);
      expect(await under.store.topN({ ...whole, aggregate: 'last', n: 1 })).toEqual([{ resource: buildResource({ uid: 'a' }).id, labels: {}, value: 3 }]);
    });

    test('selectors match resources and labels; an empty value matches the series without that label', async () => {
      const windows = [{}, { device: 'sda' }, { device: 'sda', path: '/' }, { device: 'sdb', path: '/' }].map((labels, n) => ({ metric, labels, values: [n] }));
      await under.store.write([host('a', fromMs, [...windows, { metric: 'disk.free', values: [9] }]), host('b', fromMs, windows)]);
      const a = buildResource({ uid: 'a' }).id;
      const b = buildResource({ uid: 'b' }).id;
      const found = async (selector: object) => (await under.store.query({ ...whole, selector: { ...whole.selector, ...selector } })).map(({ resource, labels, sum }) => [resource === a ? 'a' : 'b', labels, sum[0]]).toSorted((x, y) => Number(x[2]) - Number(y[2]));
      expect(await found({})).toHaveLength(8);
      expect(await found({ resources: [a] })).toHaveLength(4);
      expect(await found({ resources: [] })).toEqual([]);
      expect(await found({ resources: [a, b], labels: { device: 'sda', path: '/' } })).toHaveLength(2);
      expect(await found({ resources: [b], labels: { device: 'sda' } })).toEqual([['b', { device: 'sda' }, 1], ['b', { device: 'sda', path: '/' }, 2]]);
      expect(await found({ resources: [b], labels: { path: '' } })).toEqual([['b', {}, 0], ['b', { device: 'sda' }, 1]]);
      expect(await found({ resources: [b], labels: { device: '', path: '' } })).toEqual([['b', {}, 0]]);
      expect(await found({ labels: { colour: 'red' } })).toEqual([]);
      expect(await found({ metric: 'disk.free' })).toEqual([['a', {}, 9]]);
      expect(await found({ metric: 'nothing' })).toEqual([]);
    });

    test('names survive whatever letters they hold', async () => {
      const odd = { "it's": 'a "b" \\ c', 'é': '한글 🙂', 'new\nline': '%_*' };
      await under.store.write([buildWindowBatch({ resource: buildResource({ uid: "o'b\\ri\"en", region: '서울' }), startMs: fromMs, windows: [{ metric: "odd '; DROP TABLE x", labels: odd, values: [1] }] })]);
      await under.reopen();
      const selector = { tenant: 'default', metric: "odd '; DROP TABLE x", labels: { 'é': '한글 🙂' } };
      expect((await under.store.query({ ...whole, selector })).map(({ labels }) => labels)).toEqual([odd]);
      expect((await under.store.series({ tenant: 'default' })).map(({ resource, metric: name }) => [resource, name])).toEqual([[buildResource({ uid: "o'b\\ri\"en", region: '서울' }), selector.metric]]);
    });

    test('a tenant sees its own series alone', async () => {
      const tenants = ['default', 'acme', 'acme2'];
      await under.store.write(tenants.map((tenant, n) => buildWindowBatch({ resource: buildResource({ tenant }), startMs: fromMs, windows: [{ metric, values: [n] }] })));
      for (const reopened of [false, true]) {
        if (reopened) await under.reopen();
        for (const [n, tenant] of tenants.entries()) {
          const id = buildResource({ tenant }).id;
          const selector = { tenant, metric };
          expect((await under.store.query({ ...whole, selector })).map(({ resource, sum }) => [resource, ...sum])).toEqual([[id, n]]);
          expect(await under.store.topN({ ...whole, selector, aggregate: 'max', n: 10 })).toEqual([{ resource: id, labels: {}, value: n }]);
          expect((await under.store.series({ tenant })).map(({ resource }) => resource)).toEqual([buildResource({ tenant })]);
        }
        expect(await under.store.query({ ...whole, selector: { tenant: 'acme', metric, resources: [buildResource().id] } })).toEqual([]);
        expect(await under.store.series({ tenant: 'nobody' })).toEqual([]);
      }
    });

    test('series are listed with their newest window', async () => {
      await under.store.write([host('a', fromMs, [{ metric, values: [1] }, { metric: 'disk.free', values: [1] }]), host('a', fromMs + 10_000, [{ metric, values: [1] }]), host('b', fromMs, [{ metric, labels: { device: 'sda' }, values: [1] }])]);
      await under.store.write([host('b', fromMs - 10_000, [{ metric, labels: { device: 'sda' }, values: [1] }], { revision: 2 })]);
      const a = buildResource({ uid: 'a' });
      const b = buildResource({ uid: 'b' });
      for (const reopened of [false, true]) {
        if (reopened) await under.reopen();
        const all = await under.store.series({ tenant: 'default' });
        expect(all).toHaveLength(3);
        expect(all).toEqual(expect.arrayContaining([
          { resource: a, metric, labels: {}, lastStartMs: fromMs + 10_000 },
          { resource: a, metric: 'disk.free', labels: {}, lastStartMs: fromMs },
          { resource: b, metric, labels: { device: 'sda' }, lastStartMs: fromMs },
        ]));
        expect(await under.store.series({ tenant: 'default', metric: 'disk.free' })).toHaveLength(1);
        expect(await under.store.series({ tenant: 'default', resources: [b.id] })).toHaveLength(1);
      }
    });

    test('the n highest and lowest by every aggregate, over the range alone', async () => {
      const batches = Array.from({ length: 25 }, (_, n) => [
        host(`h${n}`, fromMs, [{ metric, values: Array.from({ length: 1 + ((n * 7) % 25) }, (__, i) => n * ((i % 3) + 1)) }, { metric: 'other', values: [1_000] }]),
        host(`h${n}`, fromMs + 10_000, [{ metric, values: [(n * 11) % 25, (n * 3) % 25] }]),
        host(`h${n}`, fromMs + 600_000, [{ metric, values: [10_000 - n] }]),
      ]).flat();
      await under.store.write(batches);
      const until = fromMs + 600_000;
      const expected = Object.entries(recomputeHistory(batches, metric, 600_000, fromMs, until)).map(([name, [bucket]]) => ({ name, values: { ...bucket!, avg: bucket!.sum / bucket!.count } }));
      for (const aggregate of ['min', 'max', 'avg', 'last', 'sum', 'count'] as const) {
        for (const direction of ['highest', 'lowest'] as const) {
          const found = await under.store.topN({ ...whole, toMs: until, aggregate, n: 7, direction });
          const ordered = expected.map(({ values }) => values[aggregate]).toSorted((x, y) => (direction === 'highest' ? y - x : x - y)).slice(0, 7);
          expect(found).toHaveLength(7);
          found.forEach(({ value }, at) => expect(value).toBeCloseTo(ordered[at]!, 9));
          for (const { resource, labels, value } of found) expect(expected.find(({ name }) => name === `${resource} ${JSON.stringify(labels)}`)!.values[aggregate]).toBeCloseTo(value, 9);
        }
      }
      expect(await under.store.topN({ ...whole, aggregate: 'max', n: 100 })).toHaveLength(25);
      expect((await under.store.topN({ ...whole, aggregate: 'max', n: 1 }))[0]!.value).toBe(10_000);
    });

    test('topN looks at the selected series alone', async () => {
      await under.store.write(Array.from({ length: 40 }, (_, n) => host(`h${n}`, fromMs, [{ metric, labels: { disk: n % 4 === 0 ? 'a' : 'b' }, values: [n] }])));
      const top = async (selector: object) => (await under.store.topN({ ...whole, selector: { ...whole.selector, ...selector }, aggregate: 'max', n: 3 })).map(({ value }) => value);
      expect(await top({ labels: { disk: 'a' } })).toEqual([36, 32, 28]);
      expect(await top({ labels: { disk: 'b' } })).toEqual([39, 38, 37]);
      expect(await top({ resources: [3, 30, 17].map((n) => buildResource({ uid: `h${n}` }).id) })).toEqual([30, 17, 3]);
      expect(await top({ resources: ['unknown'] })).toEqual([]);
    });

    test('an answer above maxPoints is an error that cannot succeed; up to it it is whole', async () => {
      await under.store.write(Array.from({ length: 10 }, (_, n) => host('a', fromMs + n * 10_000, [{ metric, values: [n] }, { metric, labels: { device: 'sda' }, values: [n] }])));
      await expect(under.store.query({ ...whole, maxPoints: 19 })).rejects.toMatchObject({ name: 'EngineError', retryable: false, message: expect.stringContaining('19') as unknown });
      expect((await under.store.query({ ...whole, maxPoints: 20 })).flatMap(({ sum }) => [...sum])).toHaveLength(20);
    });

    test('an empty or reversed range has no points', async () => {
      await under.store.write([host('a', fromMs, [{ metric, values: [1] }])]);
      expect(await under.store.query({ ...whole, toMs: fromMs })).toEqual([]);
      expect(await under.store.query({ ...whole, fromMs: toMs, toMs: fromMs })).toEqual([]);
      expect(await under.store.topN({ ...whole, fromMs: fromMs + 1, aggregate: 'max', n: 1 })).toEqual([]);
    });
  });
}
