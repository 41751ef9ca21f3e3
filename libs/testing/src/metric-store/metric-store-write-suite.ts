import type { WindowBatch } from '@opsloop/contracts';
import { buildDictionary } from '../build-dictionary.js';
import { buildResource } from '../build-resource.js';
import { buildWindowBatch } from '../build-window-batch.js';
import type { CreateMetricStore, MetricStoreUnderTest } from './metric-store-under-test.js';
import { expectSameHistory, recomputeHistory, toHistory } from './recompute-history.js';

const fromMs = 1_700_006_400_000;
const metric = 'cpu.utilisation';
const whole = { selector: { tenant: 'default', metric }, fromMs, toMs: fromMs + 86_400_000, stepMs: 10_000, tier: 'base' } as const;

function cpu(values: readonly number[], parts: Partial<WindowBatch> = {}): WindowBatch {
  return buildWindowBatch({ startMs: fromMs, windows: [{ metric, values }], ...parts });
}

/** The windows of two series that start after those of `cpu`. */
function cpuPair(parts: Partial<WindowBatch>): WindowBatch {
  const windows = ['cpu0', 'cpu1'].map((name, at) => ({ metric, labels: { cpu: name }, values: [2 + at] }));
  return buildWindowBatch({ startMs: fromMs + 10_000, windows, ...parts });
}

const columns = ['sum', 'min', 'max', 'last', 'lastTimeMs'] as const;

/** What makes a pair of windows one that no store takes. */
const unstorable: Readonly<Record<string, Partial<WindowBatch>>> = {
  ...Object.fromEntries(columns.flatMap((column) => [Number.NaN, Infinity, -Infinity].map((poison) => [`${column} ${poison}`, { [column]: new Float64Array([1, poison]) }]))),
  ...Object.fromEntries([...columns, 'count'].map((column) => [`${column} is short`, { [column]: new Float64Array([1]) }])),
  'no samples': { count: new Float64Array([0, 1]) },
  'a count that is no number': { count: new Float64Array([1, Number.NaN]) },
  'a slot that the dictionary lacks': { slots: new Uint32Array([0, 2]) },
  'slots that fall': { slots: new Uint32Array([1, 0]) },
  'the same slot twice': { slots: new Uint32Array([1, 1]) },
  'no whole revision': { revision: 1.5 },
  'no whole start': { startMs: fromMs + 0.5 },
  'no width': { widthMs: 0 },
  'a width that is no number': { widthMs: Number.NaN },
};

export function describeMetricStoreWrites(create: CreateMetricStore): void {
  describe('writes', () => {
    let under: MetricStoreUnderTest;
    beforeEach(async () => void (under = await create(10_000)));
    afterEach(() => under.destroy());

    const sums = async () => (await under.store.query(whole)).map(({ sum }) => [...sum]);

    test('a window is found with all its aggregates, also after reopening', async () => {
      await under.store.write([cpu([3, 9, 1, 7])]);
      const found = [{ resource: buildResource().id, labels: {}, startsMs: new Float64Array([fromMs]), count: new Float64Array([4]), sum: new Float64Array([20]), min: new Float64Array([1]), max: new Float64Array([9]), last: new Float64Array([7]) }];
      expect(await under.store.query(whole)).toEqual(found);
      await under.reopen();
      expect(await under.store.query(whole)).toEqual(found);
    });

    test('the higher revision wins in whatever order the two come', async () => {
      await under.store.write([cpu([1], { revision: 5 })]);
      await under.store.write([cpu([2], { revision: 9 })]);
      expect(await sums()).toEqual([[2]]);
      await under.store.write([cpu([3], { revision: 7 })]);
      expect(await sums()).toEqual([[2]]);
      await under.reopen();
      await under.store.write([cpu([4], { revision: 8 })]);
      expect(await sums()).toEqual([[2]]);
      await under.store.write([cpu([5], { revision: 10 })]);
      expect(await sums()).toEqual([[5]]);
      await under.reopen();
      expect(await sums()).toEqual([[5]]);
    });

    test.each([[[4, 8, 6]], [[8, 6, 4]], [[6, 4, 8]]])('revisions %j of a window within one write leave the highest', async (revisions) => {
      await under.store.write(revisions.map((revision) => cpu([revision * 10], { revision })));
      expect(await sums()).toEqual([[80]]);
    });

    test('writing the same again changes nothing, also after reopening', async () => {
      const batches = [cpu([1, 2]), cpu([3], { startMs: fromMs + 10_000, revision: 2 }), cpu([4], { startMs: fromMs + 20_000, revision: 3 })];
      await under.store.write(batches);
      await under.store.write(batches);
      await under.store.write([batches[1]!, batches[1]!]);
      expect(await sums()).toEqual([[3, 3, 4]]);
      await under.reopen();
      await under.store.write(batches);
      expect(await sums()).toEqual([[3, 3, 4]]);
    });

    test('two slots of a dictionary may name the same series, as of two senders that are far apart in time', async () => {
      const dictionary = buildDictionary([{ metric }, { metric }]);
      const batches = [
        cpu([1], { dictionary, slots: new Uint32Array([0]) }),
        cpu([2], { dictionary, slots: new Uint32Array([1]), startMs: fromMs + 10_000, revision: 2 }),
        buildWindowBatch({ dictionary, startMs: fromMs + 20_000, revision: 3, windows: [{ metric, values: [3] }, { metric, values: [3] }] }),
      ];
      for (const batch of batches) await under.store.write([batch]);
      expect(await sums()).toEqual([[1, 2, 3]]);
      await under.reopen();
      await under.store.write(batches);
      expect(await sums()).toEqual([[1, 2, 3]]);
    });

    test('windows of the same start and another width stand side by side', async () => {
      await under.store.write([cpu([1])]);
      await under.store.write([cpu([2, 2], { widthMs: 60_000 })]);
      await under.store.write([cpu([1])]);
      expect((await under.store.query(whole)).map(({ count, sum }) => [...count, ...sum])).toEqual([[3, 5]]);
    });

    test('slots pick the series of the dictionary that have a window', async () => {
      const names = [0, 1, 2, 3].map((cpuNumber) => ({ metric, labels: { cpu: `cpu${cpuNumber}` } }));
      const dictionary = buildDictionary(names);
      const some = (values: readonly number[], slots: readonly number[], startMs: number) =>
        buildWindowBatch({ startMs, windows: values.map((value) => ({ metric, values: [value] })), dictionary, slots: Uint32Array.from(slots) });
      const batches = [some([1, 2], [0, 3], fromMs), some([3], [2], fromMs + 10_000), some([4, 5, 6, 7], [0, 1, 2, 3], fromMs + 20_000)];
      await under.store.write(batches);
      expectSameHistory(toHistory(await under.store.query(whole)), recomputeHistory(batches, metric, 10_000));
      expect(Object.keys(toHistory(await under.store.query(whole)))).toHaveLength(4);
    });

    test('nothing to write is fine', async () => {
      await under.store.write([]);
      await under.store.write([buildWindowBatch({ windows: [] })]);
      expect(await under.store.query(whole)).toEqual([]);
    });

    test('windows that cannot be stored are refused for good, and nothing of the call is stored', async () => {
      for (const [what, parts] of Object.entries(unstorable)) {
        const told = await under.store.write([cpu([1]), cpuPair(parts)]).then(() => 'stored', ({ name, retryable }: { name: unknown; retryable: unknown }) => ({ name, retryable }));
        expect({ what, told }).toEqual({ what, told: { name: 'EngineError', retryable: false } });
      }
      expect(await sums()).toEqual([]);
      await under.store.write([cpu([1]), cpuPair({})]);
      expect((await sums()).flat().toSorted()).toEqual([1, 2, 3]);
    });

    test('writes at the same time all count, with series that each of them brings', async () => {
      const calls = Array.from({ length: 40 }, (_, call) => [
        cpu([call], { startMs: fromMs + call * 10_000, revision: call + 1 }),
        cpu([call], { resource: buildResource({ uid: `new-${call % 13}` }), startMs: fromMs + call * 10_000, revision: call + 1 }),
      ]);
      await Promise.all(calls.map((batches) => under.store.write(batches)));
      expectSameHistory(toHistory(await under.store.query(whole)), recomputeHistory(calls.flat(), metric, 10_000));
      await under.reopen();
      expectSameHistory(toHistory(await under.store.query(whole)), recomputeHistory(calls.flat(), metric, 10_000));
    });

    test('any order, repetition and revision of windows ends in the same history', async () => {
      let seed = 7;
      const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
      const batches = Array.from({ length: 300 }, (_, n) => cpu(Array.from({ length: 1 + random(3) }, () => random(1_000) / 8), {
        resource: buildResource({ uid: `web-${random(3)}` }), startMs: fromMs + random(20) * 10_000, revision: n + 1,
      }));
      const shuffled = [...batches, ...batches.slice(0, 100)].map((batch) => ({ batch, place: random(1_000_000) })).toSorted((a, b) => a.place - b.place).map(({ batch }) => batch);
      for (let from = 0; from < shuffled.length; from += 50) await under.store.write(shuffled.slice(from, from + 50));
      expectSameHistory(toHistory(await under.store.query(whole)), recomputeHistory(batches, metric, 10_000));
    });

    test('a big write is whole', async () => {
      const batches = Array.from({ length: 300 }, (_, host) => Array.from({ length: 2 }, (__, n) => buildWindowBatch({
        resource: buildResource({ uid: `host-${host}` }), startMs: fromMs + n * 10_000, revision: 1 + n,
        windows: Array.from({ length: 100 }, (___, at) => ({ metric: `m.${at}`, values: n === 0 ? [host + at / 128] : [host, at] })),
      }))).flat();
      await under.store.write(batches);
      for (const one of ['m.0', 'm.57', 'm.99']) {
        const found = toHistory(await under.store.query({ ...whole, selector: { tenant: 'default', metric: one } }));
        expect(Object.keys(found)).toHaveLength(300);
        expectSameHistory(found, recomputeHistory(batches, one, 10_000));
      }
    });
  });
}
