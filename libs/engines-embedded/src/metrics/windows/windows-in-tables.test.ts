import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { WindowBatch } from '@opsloop/contracts';
import { buildResource, buildWindowBatch, expectSameHistory, recomputeHistory, toHistory } from '@opsloop/testing';
import { createUnderTest, runInFile, type UnderTest } from '../metric-store-under-test.js';
import { reshapeTiers } from '../tiers/reshape-tiers.js';

describe('the tables of the embedded metric store', () => {
  const fromMs = 1_700_006_400_000;
  const metric = 'm.0';
  const whole = { selector: { tenant: 'default', metric }, fromMs, toMs: fromMs + 86_400_000, stepMs: 10_000, tier: 'base' } as const;
  let under: UnderTest;
  afterEach(() => under.destroy());

  describe('windows as wide as a tier', () => {
    const day = Date.UTC(2023, 10, 14);
    const hourMs = 3_600_000;
    const minutes = (from: number, to: number, widthMs = 60_000) => Array.from({ length: (to - from) * (60_000 / widthMs) }, (_, n) => {
      const startMs = day + from * 60_000 + n * widthMs;
      return buildWindowBatch({ startMs, widthMs, revision: n + 1, windows: [{ metric, labels: { at: 'a' }, values: n % 3 === 0 ? [n] : [n, n / 8] }, { metric, labels: { at: 'b' }, values: [startMs % 7_919] }] });
    });
    const read = async (tier: '1m' | '1h' | 'base', stepMs: number) => toHistory(await under.store.query({ selector: { tenant: 'default', metric }, fromMs: day, toMs: day + 86_400_000, tier, stepMs }));
    const rollUp = async () => {
      let rows = 0;
      for (const tier of ['1m', '1h', '1d'] as const) rows += await under.store.rollup(tier, day + 2 * 86_400_000);
      return rows;
    };

    test('are stored once, and stay until neither tier is wanted', async () => {
      under = await createUnderTest({ windowMs: 60_000, compactRows: 100 });
      const batches = minutes(0, 180);
      await under.store.write(batches);
      expect(await under.store.rollup('1m', Number.MAX_SAFE_INTEGER)).toBe(0);
      expect(await rollUp()).toBe(8);
      await under.store.drop('base', day + 2 * hourMs);
      expectSameHistory(await read('1m', 60_000), recomputeHistory(batches, metric, 60_000));
      await under.reopen();
      await under.store.drop('1m', day + hourMs);
      expectSameHistory(await read('1m', 60_000), recomputeHistory(batches, metric, 60_000));
      await under.store.drop('base', day + 2 * hourMs);
      for (const tier of ['base', '1m'] as const) expectSameHistory(await read(tier, 60_000), recomputeHistory(batches, metric, 60_000, day + hourMs));
      expectSameHistory(await read('1h', hourMs), recomputeHistory(batches, metric, hourMs));
    });

    test('wider windows and narrower ones again: every minute and hour is there once, those whose base windows were dropped too', async () => {
      under = await createUnderTest({ compactRows: 100 });
      const [narrow, wide, after] = [minutes(0, 120, 10_000), minutes(120, 150), minutes(150, 200, 10_000)];
      await under.store.write(narrow);
      await rollUp();
      // In the middle of a minute: its first windows are gone, its whole is in the tier.
      await under.store.drop('base', day + 100 * 60_000 + 30_000);
      const late = { ...narrow[650]!, revision: 10_000, sum: narrow[650]!.sum.map((sum) => sum + 1) };
      await under.store.write([late]);
      await under.reopen({ windowMs: 60_000 });
      await under.store.write(wide);
      let all = [...narrow, late, ...wide];
      expectSameHistory(await read('1m', 60_000), recomputeHistory(all, metric, 60_000));
      await rollUp();
      expectSameHistory(await read('1h', hourMs), recomputeHistory(all, metric, hourMs));
      await under.reopen({ windowMs: 10_000 });
      await under.store.write(after);
      all = [...all, ...after];
      await rollUp();
      expectSameHistory(await read('1m', 60_000), recomputeHistory(all, metric, 60_000));
      expectSameHistory(await read('1h', hourMs), recomputeHistory(all, metric, hourMs));
      expectSameHistory(await read('base', 60_000), recomputeHistory(all, metric, 60_000, day + 101 * 60_000));
      await under.reopen({ windowMs: 2 * hourMs });
      expectSameHistory(await read('1h', hourMs), recomputeHistory(all, metric, hourMs));
    });

    test.each([
      { windowMs: 60_000, dropped: ['base'] as const },
      { windowMs: 2 * hourMs, dropped: ['base', '1m'] as const },
    ])('wider windows of $windowMs ms: one that comes late for what a tier holds already is not counted twice', async ({ windowMs, dropped }) => {
      under = await createUnderTest({ compactRows: 100 });
      const narrow = minutes(0, 360, 10_000);
      await under.store.write(narrow);
      await rollUp();
      for (const tier of dropped) await under.store.drop(tier, day + 4 * hourMs);
      await under.reopen({ windowMs });
      const wide = (uid: string, atMs: number, revision: number) => buildWindowBatch({ resource: buildResource({ uid }), startMs: day + atMs, widthMs: windowMs, revision, windows: [{ metric, labels: { at: 'a' }, values: [revision] }] });
      // Sent again after what it was made of was dropped, beside series that were never there.
      const known = narrow[0]!.resource.uid;
      const unseen = [wide('unseen', 2 * hourMs, 3), wide('unseen', 4 * hourMs, 2), wide('unseen', 0, 1)];
      await under.store.write([...unseen, wide(known, 2 * hourMs, 10_000)]);
      await under.store.write([wide(known, 0, 10_000), unseen[0]!]);
      const all = [...narrow, ...unseen];
      await rollUp();
      expectSameHistory(await read('1h', hourMs), recomputeHistory(all, metric, hourMs));
      expectSameHistory(toHistory(await under.store.query({ selector: { tenant: 'default', metric }, fromMs: day, toMs: day + 86_400_000, tier: '1d', stepMs: 86_400_000 })), recomputeHistory(all, metric, 86_400_000));
    });

    test('narrower windows: the minutes are there at once, and no minute waits to be rolled up', async () => {
      under = await createUnderTest({ windowMs: 60_000 });
      const [wide, narrow] = [minutes(0, 300), minutes(300, 302, 10_000)];
      await under.store.write(wide);
      await under.store.drop('base', day + hourMs);
      await under.store.drop('1m', day + hourMs);
      await under.reopen({ windowMs: 10_000 });
      expectSameHistory(await read('1m', 60_000), recomputeHistory(wide, metric, 60_000, day + hourMs));
      await under.close();
      expect(await runInFile(under, [`SELECT count(*)::INTEGER FROM dirty WHERE tier = '1m'`])).toEqual([[0]]);
      await under.reopen({ windowMs: 10_000 });
      await under.store.write(narrow);
      await rollUp();
      const kept = [...wide.slice(60), ...narrow];
      for (const [tier, stepMs] of [['1m', 60_000], ['1h', hourMs]] as const) expectSameHistory(await read(tier, stepMs), recomputeHistory(kept, metric, stepMs));
    });

    test('a long history is made narrower part by part', async () => {
      under = await createUnderTest({ windowMs: 2 * hourMs, compactRows: 100 });
      const batches = Array.from({ length: 50 }, (_, n) => buildWindowBatch({ startMs: day + n * 2 * hourMs, widthMs: 2 * hourMs, revision: n + 1, windows: [{ metric, values: [n, n / 8] }, { metric, labels: { at: 'b' }, values: [n] }] }));
      await under.store.write(batches);
      await under.close();
      const instance = await DuckDBInstance.create(join(under.folder, 'history.duckdb'));
      const connection = await instance.connect();
      await reshapeTiers(connection, 10_000, 2 * hourMs, 7);
      await connection.run('UPDATE format SET window_ms = 10000');
      connection.disconnectSync();
      instance.closeSync();
      await under.reopen({ windowMs: 10_000 });
      const query = { selector: { tenant: 'default', metric }, fromMs: day, toMs: day + 5 * 86_400_000 };
      for (const [tier, stepMs] of [['base', 60_000], ['1m', 60_000], ['1h', hourMs]] as const) expectSameHistory(toHistory(await under.store.query({ ...query, tier, stepMs })), recomputeHistory(batches, metric, stepMs));
      expect(await under.store.rollup('1d', day + 6 * 86_400_000)).toBe(10);
      expectSameHistory(toHistory(await under.store.query({ ...query, tier: '1d', stepMs: 86_400_000 })), recomputeHistory(batches, metric, 86_400_000));
    });

    test('a file of the first format, whose minutes are copies, gives each minute once', async () => {
      under = await createUnderTest({ windowMs: 60_000 });
      const batches = minutes(0, 90);
      await under.store.write(batches);
      await under.close();
      await runInFile(under, [
        'INSERT INTO windows_base_hot FROM windows_base_single_hot WHERE start > 0',
        'INSERT INTO windows_1m FROM windows_base_hot WHERE start > 0',
        `DELETE FROM windows_base_hot WHERE start > 0 AND start < ${day + 20 * 60_000}`,
        `INSERT INTO floors VALUES ('base', ${day + 20 * 60_000 - 7})`,
        `UPDATE dirty SET tier = '1m', start = ${day + 60 * 60_000} WHERE start = ${day + hourMs}`,
        'DROP TABLE windows_base_single',
        'DROP TABLE windows_base_single_hot',
        'UPDATE format SET version = 1',
      ]);
      await under.reopen();
      for (const stepMs of [60_000, hourMs]) expectSameHistory(await read('1m', stepMs), recomputeHistory(batches, metric, stepMs));
      await rollUp();
      expectSameHistory(await read('1h', hourMs), recomputeHistory(batches, metric, hourMs));
    });
  });

  test('a file of a newer format is refused with its path and what to do', async () => {
    under = await createUnderTest();
    await under.close();
    await runInFile(under, ['UPDATE format SET version = 4']);
    await expect(under.reopen()).rejects.toMatchObject({ retryable: false, message: `${join(under.folder, 'history.duckdb')} was written by a newer Opsloop (format 4, this one knows 3): start that version again, or set OPSLOOP_DATA_DIR to another folder` });
  });

  test('a roll-up computes whole buckets where most resources are dirty, and the dirty pairs alone elsewhere', async () => {
    under = await createUnderTest();
    const minuteMs = 60_000;
    const hosts = [0, 1, 2, 3, 4];
    const measured = (host: number, minute: number, revision = 1): WindowBatch => buildWindowBatch({ resource: buildResource({ uid: `host-${host}` }), startMs: fromMs + minute * minuteMs, revision, windows: [{ metric, values: [host + minute + revision / 8] }] });
    const stored: WindowBatch[] = [];
    const rolledAfter = async (batches: WindowBatch[]): Promise<number> => {
      stored.push(...batches);
      await under.store.write(batches);
      const rows = await under.store.rollup('1m', fromMs + 86_400_000);
      expectSameHistory(toHistory(await under.store.query({ ...whole, tier: '1m', stepMs: minuteMs })), recomputeHistory(stored, metric, minuteMs));
      return rows;
    };
    // More than one slice: the bucket in which it is cut is computed once.
    expect(await rolledAfter(Array.from({ length: 600 }, (_, minute) => hosts.map((host) => measured(host, minute))).flat())).toBe(3_000);
    expect(await rolledAfter([measured(0, 10, 2)])).toBe(1);
    expect(await rolledAfter([measured(0, 20, 3), measured(1, 20, 3), measured(2, 20, 3)])).toBe(5);
    // Much that is clean lies between the two.
    expect(await rolledAfter(hosts.flatMap((host) => [measured(host, 5, 4), measured(host, 500, 4)]))).toBe(10);
    expect(await under.store.rollup('1m', fromMs + 86_400_000)).toBe(0);
  });

  test('windows of one sample lie apart, and are read, corrected, dropped and known again like all others', async () => {
    under = await createUnderTest({ compactRows: 60 });
    const windows = (from: number, to: number, revision: number, samples: (n: number) => number[]): WindowBatch[] =>
      Array.from({ length: to - from }, (_, at) => buildWindowBatch({ startMs: fromMs + (from + at) * 10_000, revision: revision + at, windows: [{ metric, values: samples(from + at) }] }));
    const stored: WindowBatch[] = [];
    const write = async (batches: readonly WindowBatch[]): Promise<void> => {
      stored.push(...batches);
      await under.store.write(batches);
      expectSameHistory(toHistory(await under.store.query(whole)), recomputeHistory(stored, metric, 10_000));
    };
    await write(windows(0, 50, 1, (n) => [n]));
    await write(windows(50, 100, 51, (n) => [n, n / 8]));
    await write(windows(100, 150, 101, (n) => (n % 2 === 0 ? [n] : [n, n + 1])));
    await under.close();
    const places = ['windows_base', 'windows_base_single', 'windows_base_hot', 'windows_base_single_hot'].map((table) => `(SELECT count(*)::INTEGER FROM ${table} WHERE start > 0)`);
    expect(await runInFile(under, [`SELECT ${places.join(', ')}`])).toEqual([[50, 50, 25, 25]]);
    await under.reopen();
    // What was one sample gets another, and the other way round; lower and equal revisions change nothing.
    await write(windows(20, 30, 1_000, (n) => [n, 7 * n]));
    await write(windows(60, 70, 1_000, (n) => [-n]));
    await under.store.write([...windows(0, 10, 1, () => [99]), ...windows(25, 27, 900, () => [99])]);
    await write([]);
    await under.store.drop('base', fromMs + 250_000);
    expectSameHistory(toHistory(await under.store.query(whole)), recomputeHistory(stored, metric, 10_000, fromMs + 250_000));
  });

  test('more dirty buckets than are known at a time are marked once each, and rolled up', async () => {
    under = await createUnderTest({ knownMarks: 7 });
    const day = Date.UTC(2023, 10, 14);
    const batch = (host: number, minute: number, revision: number): WindowBatch => buildWindowBatch({ resource: buildResource({ uid: `host-${host}` }), startMs: day + minute * 60_000, revision, windows: [{ metric, values: [host, minute, revision] }] });
    const stored: WindowBatch[] = [];
    for (const round of [1, 2, 3]) {
      for (let minute = 0; minute < 12; minute++) {
        const batches = [0, 1, 2].map((host) => batch(host, round === 2 ? 11 - minute : minute, round));
        await under.store.write(batches);
        stored.push(...batches);
      }
      await under.store.drop('1d', day);
      await under.reopen();
    }
    await under.close();
    expect(await runInFile(under, [`SELECT count(*)::INTEGER, count(DISTINCT (resource, start))::INTEGER FROM dirty WHERE tier = '1m'`])).toEqual([[36, 36]]);
    await under.reopen();
    expect(await under.store.rollup('1m', day + 86_400_000)).toBe(36);
    expect(await under.store.rollup('1h', day + 86_400_000)).toBe(3);
    for (const [tier, stepMs] of [['1m', 60_000], ['1h', 3_600_000]] as const) expectSameHistory(toHistory(await under.store.query({ ...whole, fromMs: day, tier, stepMs })), recomputeHistory(stored, metric, stepMs));
  });

  test('dirty buckets survive a change of the base width', async () => {
    under = await createUnderTest({ windowMs: 90_000 });
    const day = Date.UTC(2023, 10, 14);
    const batches = Array.from({ length: 9 }, (_, n) => buildWindowBatch({ startMs: day + n * 90_000, widthMs: 90_000, revision: n + 1, windows: [{ metric, values: [n, n + 1] }] }));
    await under.store.write(batches);
    await under.reopen({ windowMs: 10_000 });
    expect(await under.store.rollup('1h', day + 86_400_000)).toBe(1);
    const query = { selector: { tenant: 'default', metric }, fromMs: day, toMs: day + 86_400_000 };
    expectSameHistory(toHistory(await under.store.query({ ...query, stepMs: 60_000, tier: '1m' })), recomputeHistory(batches, metric, 60_000));
    expectSameHistory(toHistory(await under.store.query({ ...query, stepMs: 3_600_000, tier: '1h' })), recomputeHistory(batches, metric, 3_600_000));
  });
});
