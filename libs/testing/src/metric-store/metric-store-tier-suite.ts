import type { Tier, WindowBatch } from '@opsloop/contracts';
import { buildResource } from '../build-resource.js';
import { buildWindowBatch } from '../build-window-batch.js';
import type { CreateMetricStore, MetricStoreUnderTest } from './metric-store-under-test.js';
import { expectSameHistory, recomputeHistory, toHistory, type History } from './recompute-history.js';

const dayMs = 86_400_000;
const fromMs = Date.UTC(2023, 10, 14);
const metric = 'net.bytes_recv';
const widths = { '1m': 60_000, '1h': 3_600_000, '1d': dayMs } as const;
const uppers = ['1m', '1h', '1d'] as const;

/** Two hosts with two interfaces over three days; one of them with holes of some minutes, hours, and a day. */
function threeDays(windowMs = 10_000, everyMs = 120_000): WindowBatch[] {
  const batches: WindowBatch[] = [];
  for (let startMs = fromMs; startMs < fromMs + 3 * dayMs; startMs += everyMs) {
    const n = (startMs - fromMs) / everyMs;
    for (const uid of ['a', 'b']) {
      if (uid === 'b' && (n % 7 === 3 || n % 100 > 60 || (startMs >= fromMs + dayMs && startMs < fromMs + 2 * dayMs))) continue;
      // A tenth is no binary fraction: sums depend on their order in the last digits.
      const values = (shift: number) => Array.from({ length: 1 + (n % 3) }, (_, i) => ((n * 31 + shift * 17 + i * 7) % 1_000) / 10);
      batches.push(buildWindowBatch({ resource: buildResource({ uid }), startMs: startMs + (n % 12) * 10_000 % everyMs, widthMs: windowMs, revision: n + 1, windows: [{ metric, labels: { interface: 'eth0' }, values: values(1) }, { metric, labels: { interface: 'eth1' }, values: values(2) }] }));
    }
  }
  return batches;
}

export function describeMetricStoreTiers(create: CreateMetricStore): void {
  describe('tiers', () => {
    let under: MetricStoreUnderTest;
    afterEach(() => under.destroy());

    const untilMs = fromMs + 4 * dayMs;
    const rollUpAll = async (until = untilMs) => {
      let rows = 0;
      for (const tier of uppers) rows += await under.store.rollup(tier, until);
      return rows;
    };
    const history = async (tier: Tier, stepMs: number, from = fromMs): Promise<History> =>
      toHistory(await under.store.query({ selector: { tenant: 'default', metric }, fromMs: from, toMs: untilMs, stepMs, tier }));
    const writeAll = async (batches: readonly WindowBatch[], atOnce = 500) => {
      for (let from = 0; from < batches.length; from += atOnce) await under.store.write(batches.slice(from, from + atOnce));
    };

    test('every tier holds what a plain recomputation gives, in its own width and in wider steps', async () => {
      under = await create(10_000);
      const batches = threeDays();
      await writeAll(batches);
      expect(await rollUpAll()).toBeGreaterThan(0);
      for (const tier of uppers) {
        expectSameHistory(await history(tier, widths[tier]), recomputeHistory(batches, metric, widths[tier]));
        expectSameHistory(await history(tier, dayMs), recomputeHistory(batches, metric, dayMs));
      }
      await under.reopen();
      for (const tier of uppers) expectSameHistory(await history(tier, widths[tier]), recomputeHistory(batches, metric, widths[tier]));
    }, 60_000);

    test('what was rolled up is not rolled up again', async () => {
      under = await create(10_000);
      await writeAll(threeDays().slice(0, 200));
      expect(await rollUpAll()).toBeGreaterThan(0);
      expect(await rollUpAll()).toBe(0);
      await under.reopen();
      expect(await rollUpAll()).toBe(0);
    });

    test('windows that add up to more than a double holds: that bucket is left out, the others are there', async () => {
      under = await create(10_000);
      const batches = ['a', 'b'].flatMap((uid) => Array.from({ length: 12 }, (_, n) => buildWindowBatch({ resource: buildResource({ uid }), startMs: fromMs + n * 10_000, revision: n + 1, windows: [{ metric, values: [uid === 'b' && n < 6 ? 1.7e308 : n] }] })));
      await writeAll(batches);
      await rollUpAll();
      const kept = Object.entries(recomputeHistory(batches, metric, 60_000)).map(([name, buckets]) => [name, buckets.filter(({ sum }) => Number.isFinite(sum))] as const);
      expect(kept.map(([, buckets]) => buckets.length)).toEqual([2, 1]);
      expectSameHistory(await history('1m', 60_000), Object.fromEntries(kept));
    });

    test('buckets that end after the given time wait for a later roll-up', async () => {
      under = await create(10_000);
      const batches = Array.from({ length: 30 }, (_, n) => buildWindowBatch({ startMs: fromMs + n * 10_000, revision: n + 1, windows: [{ metric, values: [n] }] }));
      await writeAll(batches);
      await under.store.rollup('1m', fromMs + 150_000);
      expectSameHistory(await history('1m', 60_000), recomputeHistory(batches, metric, 60_000, fromMs, fromMs + 120_000));
      await under.reopen();
      await under.store.rollup('1m', fromMs + 300_000);
      expectSameHistory(await history('1m', 60_000), recomputeHistory(batches, metric, 60_000));
      await under.store.rollup('1h', fromMs + 3_599_999);
      expect(await history('1h', 3_600_000)).toEqual({});
    });

    test('what comes late or is corrected after a roll-up reaches every tier, and nothing else changes', async () => {
      under = await create(10_000);
      const batches = threeDays();
      await writeAll(batches);
      await rollUpAll();
      const corrections = [
        ...[5, 700, 1_400, 2_100].map((at) => batches[at]!).map((batch) => ({ ...batch, revision: batch.revision + 10_000, sum: batch.sum.map((sum) => sum + 1), max: batch.max.map((max) => max + 1), last: batch.last.map((last) => last + 1) })),
        buildWindowBatch({ resource: buildResource({ uid: 'b' }), startMs: fromMs + dayMs + 7_200_000, revision: 99_999, windows: [{ metric, labels: { interface: 'eth0' }, values: [12.5, 0.1] }] }),
        buildWindowBatch({ resource: buildResource({ uid: 'c' }), startMs: fromMs + 1_000_000 - (1_000_000 % 10_000), revision: 1, windows: [{ metric, labels: {}, values: [4] }] }),
      ];
      await under.store.write(corrections);
      await under.reopen();
      const rows = await rollUpAll();
      expect(rows).toBeGreaterThan(0);
      // Six corrected buckets with two series at most in each of three tiers.
      expect(rows).toBeLessThanOrEqual(36);
      for (const tier of uppers) expectSameHistory(await history(tier, widths[tier]), recomputeHistory([...batches, ...corrections], metric, widths[tier]));
    }, 60_000);

    test('a lower revision after a roll-up changes no tier', async () => {
      under = await create(10_000);
      const batches = threeDays().slice(0, 100);
      await writeAll(batches);
      await rollUpAll();
      await under.store.write(batches.slice(0, 20).map((batch) => ({ ...batch, revision: 0, sum: batch.sum.map(() => 1_000_000) })));
      await rollUpAll();
      for (const tier of uppers) expectSameHistory(await history(tier, widths[tier]), recomputeHistory(batches, metric, widths[tier]));
    });

    test.each([[60_000, 120_000], [90_000, 180_000], [3_600_000, 3_600_000]])('base windows of %i ms are what a tier that is no wider gives', async (windowMs, everyMs) => {
      under = await create(windowMs);
      const batches = threeDays(windowMs, everyMs).map((batch) => ({ ...batch, startMs: Math.floor(batch.startMs / windowMs) * windowMs }));
      await writeAll(batches);
      await rollUpAll();
      expectSameHistory(await history('1m', windowMs), recomputeHistory(batches, metric, windowMs));
      for (const tier of ['1h', '1d'] as const) expectSameHistory(await history(tier, widths[tier]), recomputeHistory(batches, metric, widths[tier]));
    });

    test('dropping takes the windows before the time from that tier alone, for good', async () => {
      under = await create(10_000);
      const batches = threeDays();
      await writeAll(batches);
      await rollUpAll();
      const minute = await history('1m', 60_000);
      const keptMs = fromMs + dayMs + 1_830_000;
      await under.store.drop('base', keptMs);
      expectSameHistory(await history('base', 10_000), recomputeHistory(batches, metric, 10_000, keptMs));
      expectSameHistory(await history('1m', 60_000), minute);
      await under.store.drop('1m', fromMs + dayMs);
      await under.reopen();
      expectSameHistory(await history('base', 10_000), recomputeHistory(batches, metric, 10_000, keptMs));
      expectSameHistory(await history('1m', 60_000), recomputeHistory(batches, metric, 60_000, fromMs + dayMs));
      expectSameHistory(await history('1h', 3_600_000), recomputeHistory(batches, metric, 3_600_000));
      await under.store.drop('base', -Infinity);
      expectSameHistory(await history('base', 10_000), recomputeHistory(batches, metric, 10_000, keptMs));
    }, 60_000);

    test('a correction of what was dropped damages no tier above', async () => {
      under = await create(10_000);
      const batches = threeDays();
      await writeAll(batches);
      await rollUpAll();
      await under.store.drop('base', fromMs + dayMs + 30_000);
      await under.store.write([{ ...batches[10]!, revision: 999_999 }, { ...batches.find(({ startMs }) => startMs >= fromMs + dayMs + 30_000)!, revision: 999_999 }]);
      await rollUpAll();
      for (const tier of uppers) expectSameHistory(await history(tier, widths[tier]), recomputeHistory(batches, metric, widths[tier]));
    }, 60_000);

    test('when everything of a series is dropped it is no longer listed, and it can come back', async () => {
      under = await create(10_000);
      const at = (uid: string, startMs: number, revision: number) => buildWindowBatch({ resource: buildResource({ uid }), startMs, revision, windows: [{ metric, values: [revision] }] });
      await under.store.write([at('old', fromMs, 1), at('new', fromMs + 2 * dayMs, 2)]);
      await rollUpAll();
      for (const tier of ['base', ...uppers] as const) await under.store.drop(tier, fromMs + dayMs);
      for (const reopened of [false, true]) {
        if (reopened) await under.reopen();
        expect((await under.store.series({ tenant: 'default' })).map(({ resource }) => resource.uid)).toEqual(['new']);
      }
      await under.store.write([at('old', fromMs + 2 * dayMs, 3)]);
      await under.reopen();
      expect((await under.store.series({ tenant: 'default' })).map(({ resource }) => resource.uid).toSorted()).toEqual(['new', 'old']);
      expectSameHistory(await history('base', 10_000), recomputeHistory([at('new', fromMs + 2 * dayMs, 2), at('old', fromMs + 2 * dayMs, 3)], metric, 10_000));
    });
  });
}
