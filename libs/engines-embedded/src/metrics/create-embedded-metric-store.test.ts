import { appendFileSync, cpSync, existsSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { jest } from '@jest/globals';
import type { WindowBatch } from '@opsloop/contracts';
import { buildResource, buildWindowBatch, eventually, expectSameHistory, metricStoreConformance, pause, recomputeHistory, toHistory } from '@opsloop/testing';
import { createUnderTest, type UnderTest } from './metric-store-under-test.js';

// Rows are sorted and folded in every few dozen, so that reads, corrections and roll-ups meet both kinds.
metricStoreConformance('the embedded metric store', (windowMs) => createUnderTest({ windowMs, compactRows: 40 }));

describe('the embedded metric store, beyond the port', () => {
  const fromMs = 1_700_006_400_000;
  const metric = 'm.0';
  const whole = { selector: { tenant: 'default', metric }, fromMs, toMs: fromMs + 86_400_000, stepMs: 10_000, tier: 'base' } as const;
  const restarts = { retryable: true, name: 'EngineError' };
  let under: UnderTest;
  afterEach(() => under.destroy());

  /** Windows of `hosts` hosts with `metrics` series each, as decoders give them: the same dictionaries every time. Those of even calls are one sample each. */
  function fleet(hosts: number, metrics: number): (call: number, revision?: number) => WindowBatch[] {
    const templates = Array.from({ length: hosts }, (_, host) => buildWindowBatch({ resource: buildResource({ uid: `host-${host}` }), windows: Array.from({ length: metrics }, (__, at) => ({ metric: `m.${at}`, values: [host + at / 64] })) }));
    return (call, revision = call + 1) => templates.map((batch) => {
      const sum = batch.sum.map((value) => value + call);
      return { ...batch, startMs: fromMs + call * 10_000, revision, sum, ...(call % 2 === 0 && { min: sum, max: sum, last: sum }) };
    });
  }

  test('a stop while its file is being opened waits for that; it can be opened again at once', async () => {
    under = await createUnderTest({});
    const written = fleet(20, 10);
    await under.store.write(written(0));
    await under.store.stop(5_000);
    for (let round = 1; round <= 5; round++) {
      const opening = under.store.start().catch((error: unknown) => error);
      await pause(20 * round);
      await under.store.stop(5_000);
      await opening;
      await under.store.start();
      await under.store.write(written(round));
      expect((await under.store.query(whole))[0]!.startsMs).toHaveLength(round + 1);
      await under.store.stop(5_000);
    }
    await under.store.start();
  });

  test('readers see each window once while rows are written, corrected and sorted', async () => {
    under = await createUnderTest({ compactRows: 40 });
    // More rows than a row group: those are handed over in another way.
    const windows = fleet(450, 100);
    let writing = true;
    const reader = async (first: number) => {
      let reads = 0;
      for (; writing; reads++) {
        const found = await under.store.query({ ...whole, selector: { tenant: 'default', metric: `m.${(first + reads * 7) % 100}` } });
        expect(new Set(found.flatMap(({ count }) => [...count])).size).toBeLessThanOrEqual(1);
        expect(found.every(({ count }) => count[0] === 1)).toBe(true);
        // Nothing goes missing either: windows are there from the first to the newest.
        for (const { startsMs } of found) expect(startsMs.at(-1)).toBe(fromMs + (startsMs.length - 1) * 10_000);
      }
      return reads;
    };
    const readers = Promise.all([reader(0), reader(50)]);
    for (let call = 0; call < 10; call++) {
      await under.store.write(windows(call));
      if (call % 3 === 2) await under.store.write(windows(call - 1, 1_000));
    }
    writing = false;
    for (const reads of await readers) expect(reads).toBeGreaterThan(0);
  }, 60_000);

  test('a worker that dies fails what was under way for now, and is started again with everything resolved', async () => {
    const posted = jest.spyOn(Worker.prototype, 'postMessage');
    const troubles: (string | undefined)[] = [];
    under = await createUnderTest({ onTrouble: (error) => troubles.push(error && 'failing') });
    const windows = fleet(3, 2);
    await under.store.write(windows(0));
    const worker = posted.mock.contexts.at(-1) as Worker;
    posted.mockRestore();
    const underWay = Promise.allSettled([1, 2, 3].map((call) => under.store.write(windows(call))));
    // What nobody could have sent: the thread ends as on any error that it did not expect.
    worker.postMessage(null);
    await eventually('the thread has ended', () => under.store.check().then(() => false, () => true));
    await expect(under.store.write(windows(1))).rejects.toMatchObject(restarts);
    await expect(under.store.query(whole)).rejects.toMatchObject(restarts);
    for (const outcome of await underWay) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(restarts);
    await eventually('it runs again', () => under.store.check().then(() => true, () => false));
    for (let call = 0; call < 5; call++) await under.store.write(windows(call));
    expectSameHistory(toHistory(await under.store.query(whole)), recomputeHistory([0, 1, 2, 3, 4].flatMap((call) => windows(call)), metric, 10_000));
    expect(troubles).toEqual(['failing', undefined]);
  });

  test('series that are new in the middle of a write are known from then on, however many there are', async () => {
    under = await createUnderTest();
    const windows = fleet(2, 700);
    await under.store.write(windows(0));
    expect(await under.store.series({ tenant: 'default' })).toHaveLength(1_400);
    await under.store.write(windows(0));
    await under.store.write([...windows(1), ...fleet(6, 700)(0).slice(2)]);
    await under.store.write(windows(1, 7));
    for (const name of ['m.0', 'm.350', 'm.699']) {
      const found = await under.store.query({ ...whole, selector: { tenant: 'default', metric: name }, stepMs: 60_000 });
      expect(found.map(({ count }) => [...count])).toEqual([[2], [2], [1], [1], [1], [1]]);
    }
  });

  test('what was asked for before a stop is stored; afterwards calls are told to try again; it can start again', async () => {
    under = await createUnderTest();
    const windows = fleet(20, 50);
    const writes = Promise.all(Array.from({ length: 20 }, (_, call) => under.store.write(windows(call))));
    await under.store.stop(10_000);
    await writes;
    await expect(under.store.write(windows(20))).rejects.toMatchObject(restarts);
    await expect(under.store.query(whole)).rejects.toMatchObject(restarts);
    await expect(under.store.check()).rejects.toMatchObject(restarts);
    await under.store.stop(100);
    await under.store.start();
    await under.store.write(windows(20));
    expectSameHistory(toHistory(await under.store.query(whole)), recomputeHistory(Array.from({ length: 21 }, (_, call) => windows(call)).flat(), metric, 10_000));
  });

  test('a stop with no time to spare cuts off what is under way without taking the process along', async () => {
    under = await createUnderTest();
    const windows = fleet(40, 100);
    const writes = Array.from({ length: 60 }, (_, call) => under.store.write(windows(call)).then(() => call, () => -1));
    const stopped = under.store.stop(0);
    const stored = (await Promise.all(writes)).filter((call) => call >= 0);
    await stopped;
    await under.reopen();
    const [series] = await under.store.query({ ...whole, selector: { ...whole.selector, resources: [buildResource({ uid: 'host-7' }).id] } });
    const starts = new Set(series?.startsMs);
    for (const call of stored) expect(starts.has(fromMs + call * 10_000)).toBe(true);
  });

  test('a write whose new series could not be stored brings them when it comes again, though one behind it brought others', async () => {
    under = await createUnderTest();
    const [first, second] = fleet(2, 1)(0);
    const post = Worker.prototype.postMessage;
    const broken = jest.spyOn(Worker.prototype, 'postMessage').mockImplementationOnce(function (this: Worker, { call, request }: { call: number; request: object }, transfer) {
      post.call(this, { call, request: { ...request, marks: undefined } }, transfer);
    });
    const [failed, behind] = await Promise.allSettled([under.store.write([first!]), under.store.write([second!])]);
    broken.mockRestore();
    expect(failed).toMatchObject({ status: 'rejected', reason: restarts });
    if (behind.status === 'rejected') expect(behind.reason).toMatchObject(restarts);
    for (const batch of [first!, second!]) await under.store.write([batch]);
    await under.reopen();
    expectSameHistory(toHistory(await under.store.query(whole)), recomputeHistory([first!, second!], metric, 10_000));
  });

  test('a series whose base windows were dropped is listed after a restart, and forgotten when no tier has any of it', async () => {
    under = await createUnderTest();
    const hourMs = 3_600_000;
    const [gone, here] = fleet(2, 1)(0);
    await under.store.write([gone!, here!, { ...here!, startMs: fromMs + 10 * hourMs }]);
    for (const tier of ['1m', '1h'] as const) await under.store.rollup(tier, fromMs + 20 * hourMs);
    await under.store.drop('base', fromMs + hourMs);
    const listed = async () => (await under.store.series({ tenant: 'default' })).map(({ resource, lastStartMs }) => [resource.uid, lastStartMs]);
    const both = [['host-0', fromMs], ['host-1', fromMs + 10 * hourMs]];
    expect(await listed()).toEqual(both);
    await under.reopen();
    expect(await listed()).toEqual(both);
    for (const tier of ['base', '1m', '1h', '1d'] as const) await under.store.drop(tier, fromMs + hourMs);
    expect(await listed()).toEqual([both[1]]);
  });

  test('what was dropped while the clock ran ahead is gone, and nothing of what comes after it is set back', async () => {
    under = await createUnderTest();
    const yearMs = 365 * 86_400_000;
    const hourMs = 3_600_000;
    const [window] = fleet(1, 1)(0);
    await under.store.write([window!]);
    for (const tier of ['base', '1m', '1h', '1d'] as const) await under.store.drop(tier, fromMs + yearMs);
    for (const reopened of [false, true]) {
      if (reopened) await under.reopen();
      const startMs = fromMs + (reopened ? 6 : 3) * hourMs;
      await under.store.write([{ ...window!, startMs }]);
      for (const tier of ['base', '1m', '1h', '1d'] as const) await under.store.drop(tier, fromMs - yearMs);
      await under.store.rollup('1m', fromMs + yearMs);
      await under.store.rollup('1h', fromMs + yearMs);
      for (const tier of ['base', '1m', '1h'] as const) {
        const found = await under.store.query({ ...whole, tier });
        expect([tier, found.map(({ startsMs }) => startsMs.at(-1))]).toEqual([tier, [startMs]]);
      }
    }
  });

  test('space of dropped windows is used again', async () => {
    under = await createUnderTest({ compactRows: 20_000 });
    const windows = fleet(20, 50);
    const sizes: number[] = [];
    for (let round = 0; round < 6; round++) {
      for (let call = 0; call < 60; call += 10) await under.store.write(Array.from({ length: 10 }, (_, n) => windows(round * 60 + call + n)).flat());
      await under.store.drop('base', fromMs + (round * 60 - 20) * 10_000);
      await under.reopen();
      sizes.push(readdirSync(under.folder).reduce((sum, name) => sum + statSync(join(under.folder, name)).size, 0));
    }
    // Four times that would be needed if nothing were used again.
    expect(sizes.at(-1)!).toBeLessThan(sizes[1]! * 1.5);
  }, 60_000);

  test('bytes at the end of the log that a power cut garbled cost nothing that was resolved', async () => {
    under = await createUnderTest();
    const windows = fleet(3, 2);
    for (let call = 0; call < 5; call++) await under.store.write(windows(call));
    const log = join(under.folder, 'history.duckdb.wal');
    const whileOpen = statSync(log).size;
    expect(whileOpen).toBeGreaterThan(0);
    const other = await createUnderTest();
    try {
      await other.close();
      // A copy of the open files is what a power cut leaves; then the tail that was being written.
      cpSync(under.folder, other.folder, { recursive: true });
      const copied = join(other.folder, 'history.duckdb.wal');
      truncateSync(copied, whileOpen);
      appendFileSync(copied, Buffer.concat([Buffer.from([200, 0, 0, 0, 0, 0, 0, 0]), Buffer.alloc(300, 0xa7)]));
      await other.reopen();
      expectSameHistory(toHistory(await other.store.query(whole)), recomputeHistory([0, 1, 2, 3, 4].flatMap((call) => windows(call)), metric, 10_000));
      expect(existsSync(`${copied}.damaged`)).toBe(true);
      await other.store.write(windows(5));
      await other.reopen();
      expect((await other.store.query(whole))[0]!.startsMs).toHaveLength(6);
    } finally {
      await other.destroy();
    }
  });

  test('a query that takes too long is ended, and the next one runs', async () => {
    under = await createUnderTest({ queryLimitMs: 1 });
    const windows = fleet(100, 100);
    for (let call = 0; call < 60; call += 6) await under.store.write(Array.from({ length: 6 }, (_, n) => windows(call + n)).flat());
    // A fast machine answers many of them within the millisecond: enough are asked that some are not.
    const said = new Set<string>();
    for (let round = 0; round < 100 && ![...said].some((one) => one.includes('ended after')); round++) {
      const slow = Array.from({ length: 12 }, (_, at) => under.store.topN({ ...whole, selector: { tenant: 'default', metric: `m.${at % 6}` }, aggregate: 'last', n: 100 }));
      for (const outcome of await Promise.allSettled(slow)) said.add(outcome.status === 'rejected' ? (outcome.reason as Error).message : 'in time');
    }
    expect([...said]).toContainEqual(expect.stringContaining('ended after'));
    await under.reopen({ queryLimitMs: 20_000 });
    expect(await under.store.topN({ ...whole, aggregate: 'last', n: 3 })).toHaveLength(3);
  });
});
