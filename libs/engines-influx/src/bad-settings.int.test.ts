/** Settings that cannot work stop the start with one line that names the setting and the mend. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInfluxMetricStore, type InfluxMetricStoreOptions } from '@opsloop/engines-influx';
import { influxdForTests, type Influxd } from '@opsloop/native';
import { buildWindowBatch, createTempDir, type TempDir } from '@opsloop/testing';

const engine = await influxdForTests(process.env);
const sometimes = 'start' in engine ? describe : describe.skip;
const hourMs = 3_600_000;

sometimes('reason' in engine ? `settings of InfluxDB (skipped: ${engine.reason})` : `settings of ${engine.on}`, () => {
  let dir: TempDir;
  let server: Influxd;
  let good: InfluxMetricStoreOptions;

  beforeAll(async () => {
    dir = createTempDir();
    if ('start' in engine) server = await engine.start({ dataDir: dir.path });
    good = { url: server.url, org: server.org, token: server.token, bucket: 'settings', windowMs: 10_000 };
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    dir.remove();
  });

  async function ask<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`${server.url}/api/v2/${path}`, { method, headers: { authorization: `Token ${server.token}`, 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  const orgId = async (): Promise<string> => (await ask<{ orgs: { id: string }[] }>('GET', `orgs?org=${server.org}`)).orgs[0]!.id;

  /** A token with some rights on buckets. */
  async function tokenWith(actions: readonly ('read' | 'write')[]): Promise<string> {
    const orgID = await orgId();
    return (await ask<{ token: string }>('POST', 'authorizations', { orgID, permissions: actions.map((action) => ({ action, resource: { type: 'buckets', orgID } })) })).token;
  }

  async function refusal(changed: Partial<InfluxMetricStoreOptions>): Promise<string> {
    const store = createInfluxMetricStore({ ...good, ...changed });
    const error = await store.start().then(() => undefined, (reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'EngineError', retryable: false });
    const { message } = error as Error;
    expect(message).not.toContain('\n');
    expect(message).not.toContain(changed.token ?? 'no token');
    return message;
  }

  test('a wrong token', async () => {
    expect(await refusal({ token: 'not-the-token' })).toMatch(/does not know the token: set OPSLOOP_INFLUXDB_TOKEN/);
  });

  test('a wrong organization', async () => {
    expect(await refusal({ org: 'nobody' })).toMatch(/has no organization "nobody": set OPSLOOP_INFLUXDB_ORG/);
  });

  test('a bucket that is missing and that the token may not create', async () => {
    expect(await refusal({ bucket: 'fresh', token: await tokenWith(['read']) })).toMatch(/has no bucket "fresh_base", and the token of OPSLOOP_INFLUXDB_TOKEN may not create it: create it \(OPSLOOP_INFLUXDB_BUCKET/);
  });

  test('a token that may read but not write', async () => {
    const store = createInfluxMetricStore({ ...good, bucket: 'written' });
    await store.start();
    await store.stop(1_000);
    await ask('POST', `delete?org=${server.org}&bucket=written_state`, { start: '1970-01-01T00:00:00Z', stop: '2100-01-01T00:00:00Z' });
    expect(await refusal({ bucket: 'written', token: await tokenWith(['read']) })).toMatch(/does not allow this to the token: .*OPSLOOP_INFLUXDB_TOKEN.* the right to read and write the buckets written_\*/);
  });

  test('a database of the routing table is named with its entry', async () => {
    const routes = { databases: { asia: { url: server.url, token: 'wrong' } }, routes: [{ regions: ['*'], databases: ['asia'] }] };
    expect(await refusal({ routes })).toMatch(/the InfluxDB database "asia" at .* does not know the token: set "token" of the database "asia" in OPSLOOP_INFLUXDB_ROUTES/);
  });

  test('history in a format of a newer version', async () => {
    const store = createInfluxMetricStore({ ...good, bucket: 'newer' });
    await store.start();
    await store.stop(1_000);
    const written = await fetch(`${server.url}/api/v2/write?org=${server.org}&bucket=newer_state&precision=ms`, { method: 'POST', headers: { authorization: `Token ${server.token}` }, body: 'format version=7i 0' });
    expect(written.status).toBe(204);
    expect(await refusal({ bucket: 'newer' })).toMatch(/holds history in format 7, this version knows 1: .*OPSLOOP_INFLUXDB_BUCKET/);
  });

  describe('another server', () => {
    let old: Server;
    afterEach(() => new Promise((resolve) => old.close(resolve)));

    test.each(['1.8.10', '3.0.1'])('of version %s', async (version) => {
      old = createServer((request, response) => {
        response.setHeader('X-Influxdb-Version', version);
        response.statusCode = request.url === '/ping' ? 204 : 404;
        response.end();
      });
      await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(old.address() as AddressInfo).port}`;
      expect(await refusal({ url })).toBe(`InfluxDB at ${url} is version ${version}, but InfluxDB 2 is needed: set OPSLOOP_INFLUXDB_URL to an InfluxDB 2 server`);
    });
  });

  test('buckets are made with the retention of the settings, and changed when that changes', async () => {
    const keeps = async (): Promise<Record<string, number>> => {
      const { buckets } = await ask<{ buckets: { name: string; retentionRules: { everySeconds: number }[] }[] }>('GET', `buckets?org=${server.org}&limit=100`);
      return Object.fromEntries(buckets.filter(({ name }) => name.startsWith('kept_')).map(({ name, retentionRules }) => [name, retentionRules[0]?.everySeconds ?? 0]));
    };
    const retentionMs = { base: 48 * hourMs, '1m': 14 * 24 * hourMs, '1h': 400 * 24 * hourMs };
    for (const [changed, seconds] of [[{}, 49 * 3600], [{ base: 6 * hourMs }, 7 * 3600], [{ base: Infinity }, 0]] as const) {
      const store = createInfluxMetricStore({ ...good, bucket: 'kept', retentionMs: { ...retentionMs, ...changed } });
      await store.start();
      await store.stop(1_000);
      expect(await keeps()).toEqual({ kept_base: seconds, kept_1m: 14 * 86_400 + 3_600, kept_1h: 400 * 86_400 + 3_600, kept_1d: 0, kept_state: 0 });
    }
  });

  test('windows that are older than their bucket keeps are dropped and counted; the others of the write are kept', async () => {
    const dropped: number[] = [];
    const store = createInfluxMetricStore({ ...good, bucket: 'short', retentionMs: { base: 48 * hourMs }, onTooOld: (windows) => dropped.push(windows) });
    await store.start();
    const nowMs = Math.floor(Date.now() / 10_000) * 10_000;
    const at = (startMs: number) => buildWindowBatch({ startMs, windows: [{ metric: 'm', values: [1] }, { metric: 'n', values: [1] }] });
    await store.write([at(nowMs - 100 * hourMs), at(nowMs - 80 * hourMs), at(nowMs - 47 * hourMs), at(nowMs)]);
    expect(dropped).toEqual([4]);
    const [series] = await store.query({ selector: { tenant: 'default', metric: 'm' }, fromMs: nowMs - 200 * hourMs, toMs: nowMs + hourMs, stepMs: 10_000, tier: 'base' });
    expect([...series!.startsMs]).toEqual([nowMs - 47 * hourMs, nowMs]);
    await store.drop('base', nowMs - 48 * hourMs);
    expect(await store.series({ tenant: 'default' })).toHaveLength(2);
    await store.stop(1_000);
  });

  test('what somebody else made of another type is refused for good, a missing bucket or a lost token for now', async () => {
    const store = createInfluxMetricStore({ ...good, bucket: 'shared' });
    await store.start();
    const windows = [buildWindowBatch({ startMs: 1_700_006_400_000, windows: [{ metric: 'm', values: [1.5] }] })];
    const foreign = await fetch(`${server.url}/api/v2/write?org=${server.org}&bucket=shared_base&precision=ms`, { method: 'POST', headers: { authorization: `Token ${server.token}` }, body: 'default:m,labels=- avg="text" 1700006400000' });
    expect(foreign.status).toBe(204);
    await expect(store.write(windows)).rejects.toMatchObject({ name: 'EngineError', retryable: false, message: expect.stringContaining('field type conflict') as unknown });
    const { buckets } = await ask<{ buckets: { id: string }[] }>('GET', `buckets?org=${server.org}&name=shared_base`);
    await ask('DELETE', `buckets/${buckets[0]!.id}`);
    await expect(store.write(windows)).rejects.toMatchObject({ name: 'EngineError', retryable: true, message: expect.stringContaining('lacks a bucket') as unknown });
    await store.stop(1_000);
    const again = createInfluxMetricStore({ ...good, bucket: 'shared' });
    await again.start();
    await again.write(windows);
    await again.stop(1_000);
  });
});
