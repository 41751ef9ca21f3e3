/** InfluxDB is killed, gone for a while, or frozen: nothing that was acknowledged is lost, and callers are told to try again. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { WindowBatch } from '@opsloop/contracts';
import { createInfluxMetricStore, type InfluxMetricStore, type InfluxMetricStoreOptions } from '@opsloop/engines-influx';
import { influxdForTests, type Influxd } from '@opsloop/native';
import { buildResource, buildWindowBatch, createTempDir, eventually, expectSameHistory, pause, recomputeHistory, toHistory, type TempDir } from '@opsloop/testing';

const engine = await influxdForTests(process.env);
const sometimes = 'start' in engine ? describe : describe.skip;

const fromMs = 1_700_006_400_000;
const metric = 'm.3';
const whole = { selector: { tenant: 'default', metric }, fromMs, toMs: fromMs + 86_400_000, stepMs: 10_000, tier: 'base' } as const;
const hosts = 20;
const templates = Array.from({ length: hosts }, (_, host) => buildWindowBatch({ resource: buildResource({ uid: `host-${host}` }), windows: Array.from({ length: 20 }, (__, at) => ({ metric: `m.${at}`, values: [host + at / 64] })) }));

function windowsOf(call: number): WindowBatch[] {
  return templates.map((batch) => ({ ...batch, startMs: fromMs + call * 10_000, revision: call + 1, lastTimeMs: batch.lastTimeMs.map(() => fromMs + call * 10_000 + 9_000), sum: batch.sum.map((sum) => sum + call), min: batch.min.map((min) => min + call), max: batch.max.map((max) => max + call), last: batch.last.map((last) => last + call) }));
}

sometimes('reason' in engine ? `InfluxDB that dies (skipped: ${engine.reason})` : `what happens when it dies: ${engine.on}`, () => {
  let dir: TempDir;
  let server: Influxd;
  let store: InfluxMetricStore;
  const troubles: boolean[] = [];
  const open = async (more: Partial<InfluxMetricStoreOptions> = {}): Promise<void> => {
    store = createInfluxMetricStore({ url: server.url, org: server.org, token: server.token, bucket: 'faults', windowMs: 10_000, onTrouble: (error) => troubles.push(error !== undefined), ...more });
    await store.start();
  };

  beforeEach(async () => {
    dir = createTempDir();
    troubles.length = 0;
    if ('start' in engine) server = await engine.start({ dataDir: dir.path });
    await open();
  }, 120_000);
  afterEach(async () => {
    await store.stop(2_000);
    await server.stop();
    dir.remove();
  });

  /** The same call again while it may succeed later, as the runner of handlers does it. */
  async function untilWritten(batches: readonly WindowBatch[]): Promise<number> {
    for (let tries = 1; ; tries++) {
      try {
        await store.write(batches);
        return tries;
      } catch (error) {
        expect(error).toMatchObject({ name: 'EngineError', retryable: true });
        await pause(50);
      }
    }
  }

  const expectCalls = async (calls: number): Promise<void> => {
    const batches = Array.from({ length: calls }, (_, call) => windowsOf(call)).flat();
    expectSameHistory(toHistory(await store.query(whole)), recomputeHistory(batches, metric, 10_000));
    await store.rollup('1m', fromMs + 86_400_000);
    expectSameHistory(toHistory(await store.query({ ...whole, tier: '1m', stepMs: 60_000 })), recomputeHistory(batches, metric, 60_000));
  };

  test('kill -9 in the middle of writes and of roll-ups: every write that resolved is there, every tier agrees', async () => {
    let killed = 0;
    let writing = true;
    const killer = (async () => {
      for (const afterMs of [40, 90, 15, 130, 60]) {
        await pause(afterMs);
        await server.kill();
        killed += 1;
        // What resolved before the kill is asked for right after it.
        await server.start();
        await pause(100);
      }
    })();
    const roller = (async () => {
      while (writing) await store.rollup('1m', fromMs + 86_400_000).catch((error: unknown) => expect(error).toMatchObject({ retryable: true })).then(() => pause(10));
    })();
    let tries = 0;
    let call = 0;
    for (; call < 400 && (killed < 5 || call < 60); call++) tries += await untilWritten(windowsOf(call));
    writing = false;
    await Promise.all([killer, roller]);
    expect(tries).toBeGreaterThan(call);
    await expectCalls(call);
    // Another process finds the same.
    await store.stop(1_000);
    await open();
    await expectCalls(call);
  }, 120_000);

  test('down for a while: calls fail at once and say so, the same calls succeed when it is back, and trouble is told once', async () => {
    for (let call = 0; call < 3; call++) await store.write(windowsOf(call));
    await server.kill();
    const down = { name: 'EngineError', retryable: true, message: expect.stringContaining(`InfluxDB at ${server.url} does not answer`) as unknown };
    const beganMs = performance.now();
    for (let n = 0; n < 5; n++) await expect(store.write(windowsOf(3))).rejects.toMatchObject(down);
    await expect(store.query(whole)).rejects.toMatchObject(down);
    await expect(store.topN({ ...whole, aggregate: 'max', n: 1 })).rejects.toMatchObject(down);
    await expect(store.series({ tenant: 'default' })).rejects.toMatchObject(down);
    await expect(store.rollup('1m', fromMs)).rejects.toMatchObject(down);
    await expect(store.check()).rejects.toMatchObject(down);
    expect(performance.now() - beganMs).toBeLessThan(5_000);
    const waiting = untilWritten(windowsOf(3));
    await pause(300);
    await server.start();
    expect(await waiting).toBeGreaterThan(1);
    await store.check();
    for (let call = 4; call < 10; call++) await store.write(windowsOf(call));
    await expectCalls(10);
    expect(troubles).toEqual([true, false]);
  }, 60_000);

  test('a store may start before its server answers', async () => {
    await store.stop(1_000);
    await server.kill();
    await open({ bucket: 'later' });
    await expect(store.check()).rejects.toMatchObject({ retryable: true });
    await expect(store.write(windowsOf(0))).rejects.toMatchObject({ retryable: true });
    await server.start();
    await eventually('it is prepared', () => store.check().then(() => true, () => false));
    await store.write(windowsOf(0));
    await expectCalls(1);
  }, 60_000);

  test('frozen: a query ends in time and a write goes through when it thaws, once', async () => {
    await store.stop(1_000);
    await open({ queryLimitMs: 500 });
    await store.write(windowsOf(0));
    await server.freeze();
    try {
      await expect(store.query(whole)).rejects.toMatchObject({ name: 'EngineError', retryable: true, message: expect.stringContaining('ended after 0.5 s') as unknown });
      const written = store.write(windowsOf(1));
      expect(await Promise.race([written.then(() => 'written'), pause(300).then(() => 'waiting')])).toBe('waiting');
      await server.thaw();
      await written;
    } finally {
      await server.thaw();
    }
    await store.stop(1_000);
    await open();
    await expectCalls(2);
  }, 60_000);

  test('a write whose answer was lost is written again without a second count', async () => {
    await store.write(windowsOf(0));
    const batches = windowsOf(1);
    // Reaches the server, but the process that would have been answered is gone.
    const lost = store.write(batches).catch(() => undefined);
    await pause(2);
    await server.kill();
    await lost;
    await server.start();
    await untilWritten(batches);
    await expectCalls(2);
  }, 60_000);

  test('what a failed write left readable is sent again: the server may have it in memory alone', async () => {
    await store.stop(1_000);
    const proxy = await startProxy(server.url);
    try {
      await open({ url: proxy.url });
      await store.write(windowsOf(0));
      proxy.fail(true);
      await expect(store.write(windowsOf(1))).rejects.toMatchObject({ name: 'EngineError', retryable: true });
      proxy.fail(false);
      const passed = proxy.lines();
      await store.write(windowsOf(1));
      expect(proxy.lines() - passed).toBe(hosts * 20);
      await expectCalls(2);
    } finally {
      await store.stop(1_000);
      proxy.close();
      await open();
    }
  }, 60_000);
});

/** Hands everything on; while it fails, writes arrive and are answered as a server does whose disk is full. */
async function startProxy(target: string): Promise<{ readonly url: string; fail(on: boolean): void; lines(): number; close(): void }> {
  let failing = false;
  let lines = 0;
  const proxy = createServer(async (request, response) => {
    const body = await buffer(request);
    const { host: _host, connection: _connection, ...headers } = request.headers;
    const answer = await fetch(`${target}${request.url}`, { method: request.method ?? 'GET', headers: headers as Record<string, string>, ...(body.length > 0 && { body }) });
    if (request.url?.includes('bucket=faults_base')) lines += gunzipSync(body).toString().trimEnd().split('\n').length;
    const text = Buffer.from(await answer.arrayBuffer());
    if (failing && request.url?.startsWith('/api/v2/write')) {
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"code":"internal error","message":"engine: error writing WAL entry: no space left on device"}');
    } else response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' }).end(text);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    fail: (on) => void (failing = on),
    lines: () => lines,
    close: () => void proxy.close(),
  };
}
