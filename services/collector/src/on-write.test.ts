import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { EngineError, partitionOf } from '@opsloop/ports';
import { createSystemClock, publishSliceBytes } from '@opsloop/runtime';
import { createTempDir, eventually } from '@opsloop/testing';
import { samplesOf, startCollector, tokens } from './collector-under-test.js';

const folder = createTempDir();
let collector: Awaited<ReturnType<typeof startCollector>>;

async function start(name: string, settings = {}) {
  const dataDir = join(folder.path, name);
  mkdirSync(dataDir);
  const clock = createSystemClock();
  collector = await startCollector({ bus: createEmbeddedBus({ dataDir, clock, maxBytes: 2 ** 30 }), documents: createEmbeddedDocuments({ dataDir, clock }), settings });
}

beforeAll(() => start('usual'));
afterEach(async () => {
  Object.assign(collector.faults, { full: false, publish: undefined, delayMs: 0 });
  await collector.stored();
});
afterAll(async () => {
  await collector.stop();
  folder.remove();
});

const nowS = () => Math.floor(Date.now() / 1000);

describe('what agents send is on the bus when they are answered 204', () => {
  it.each<[string, string, Record<string, string>]>([
    ['v2 with a token', '/api/v2/write?org=o&bucket=b&precision=ns', { authorization: `Token ${tokens.agents}` }],
    ['v2 with a bearer token', '/api/v2/write?org=o&bucket=b', { authorization: `Bearer ${tokens.agents}` }],
    ['v1 with basic authentication', '/write?db=telegraf', { authorization: `Basic ${Buffer.from(`telegraf:${tokens.agents}`).toString('base64')}` }],
    ['v1 with user and password in the address', `/write?db=telegraf&rp=&u=telegraf&p=${tokens.agents}`, {}],
    ['v1 with a token', '/write?db=telegraf', { authorization: `Token ${tokens.agents}` }],
    ['v1 with user and token', '/write?db=telegraf', { authorization: `Token telegraf:${tokens.agents}` }],
  ])('%s', async (_, path, headers) => {
    const answer = await collector.send(path, { headers, body: `cpu,host=web-1,cpu=cpu0 usage_user=1.5,usage_system=2i ${nowS()}000000000` });
    expect(answer).toMatchObject({ status: 204, body: '' });
    const [stored] = await collector.stored();
    expect(stored!.batch).toMatchObject({ source: 'agents', attributes: { host: 'web-1' }, resource: { tenant: 'default', uid: 'web-1' } });
    expect(samplesOf([stored!])).toEqual(['cpu.usage_user{cpu=cpu0} 1.5', 'cpu.usage_system{cpu=cpu0} 2']);
  });

  it('waits for the bus before it answers', async () => {
    collector.faults.delayMs = 150;
    const startMs = performance.now();
    expect((await collector.send('/api/v2/write', { body: 'm,host=a f=1' })).status).toBe(204);
    expect(performance.now() - startMs).toBeGreaterThan(140);
  });

  it.each([['ns', '123456789'], ['us', '123456'], ['ms', '123'], ['s', '']])('precision %s', async (precision, decimals) => {
    const sentS = nowS();
    await collector.send(`/api/v2/write?precision=${precision}`, { body: `m,host=a f=1 ${sentS}${decimals}` });
    const [stored] = await collector.stored();
    expect(Math.floor(stored!.batch.rows[0]!.timeMs / 1000)).toBe(sentS);
  });

  it.each([['n', 1e-9], ['u', 1e-6], ['ms', 1e-3], ['s', 1], ['m', 60], ['h', 3600]])('precision %s of v1', async (precision, unitS) => {
    const sentS = Math.floor(nowS() / Math.max(unitS, 1)) * Math.max(unitS, 1);
    const timestamp = unitS < 1 ? `${sentS}${'0'.repeat(-Math.log10(unitS))}` : sentS / unitS;
    await collector.send(`/write?db=x&precision=${precision}`, { body: `m,host=a f=1 ${timestamp}` });
    const [stored] = await collector.stored();
    expect(stored!.batch.rows[0]!.timeMs).toBe(sentS * 1000);
  });

  it('stamps lines without a time with their arrival', async () => {
    await collector.send('/api/v2/write?precision=s', { body: 'm,host=a f=1' });
    const [stored] = await collector.stored();
    expect(stored!.batch.rows[0]!.timeMs % 1000).toBe(0);
    expect(stored!.arrivalMs - stored!.batch.rows[0]!.timeMs).toBeLessThan(1000);
  });

  it('reads gzip, and bodies without a length', async () => {
    expect((await collector.send('/api/v2/write', { headers: { authorization: `Token ${tokens.agents}`, 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }, body: gzipSync('m,host=a f=1') })).status).toBe(204);
    expect(samplesOf(await collector.stored())).toEqual(['m.f{} 1']);
  });

  it('reads gzip that becomes many times as large', async () => {
    const body = 'm,host=a f=1\n'.repeat(60_000);
    expect((await collector.send('/api/v2/write', { headers: { authorization: `Token ${tokens.agents}`, 'content-encoding': 'gzip' }, body: gzipSync(body) })).status).toBe(204);
    expect(samplesOf(await collector.stored()).at(-1)).toBe('m.f{} 1');
  });

  it('makes one batch for each resource, on the partition of its key', async () => {
    await collector.send('/api/v2/write', { body: 'm,host=a f=1\nm,host=b f=2\nm,host=a f=3,g=4' });
    const stored = await collector.stored();
    expect(stored.map(({ batch }) => batch.resource.uid).toSorted()).toEqual(['a', 'b']);
    for (const { key, partition, batch } of stored) {
      expect(key).toBe(`default/${batch.resource.id}`);
      expect(partition).toBe(partitionOf(key, 16));
    }
  });

  it('takes the tenant from the token alone', async () => {
    await collector.send('/api/v2/write', { headers: { authorization: `Token ${tokens.otherTenant}` }, body: 'm,host=a,tenant=default f=1' });
    await collector.send('/api/v2/write', { body: 'm,host=a,tenant=default f=1' });
    expect((await collector.stored()).map(({ batch }) => batch.resource.tenant).toSorted()).toEqual(['default', 'other']);
  });

  it('gives a body that is sent again the same hash, and another one another', async () => {
    const body = `m,host=a f=1 ${nowS()}000000000`;
    for (const one of [body, body, body.replace('f=1', 'f=2')]) await collector.send('/api/v2/write', { body: one });
    const hashes = (await collector.stored()).map(({ batch: { contentHash: { high, low } } }) => `${high} ${low}`);
    expect(new Set(hashes).size).toBe(2);
    expect(hashes).toHaveLength(3);
  });

  it('makes strings attributes and booleans numbers', async () => {
    await collector.send('/api/v2/write', { body: 'system,host=a uptime_format="4 days",up=true,down=f\nos,host=a name="리눅스"' });
    const [stored] = await collector.stored();
    expect(stored!.batch.attributes).toEqual({ host: 'a', 'system.uptime_format': '4 days', 'os.name': '리눅스' });
    expect(samplesOf([stored!])).toEqual(['system.up{} 1', 'system.down{} 0']);
  });

  it('reads a body of many megabytes while others are answered', async () => {
    const lines = Array.from({ length: 150_000 }, (_, i) => `m,host=big f${i % 90}=${i} ${nowS() - (i % 1000)}`);
    const big = collector.send('/api/v2/write?precision=s', { body: lines.join('\n') });
    const small = await Promise.all(Array.from({ length: 10 }, () => collector.send('/api/v2/write', { body: 'm,host=small f=1' })));
    expect(small.map((one) => one.status)).toEqual(Array(10).fill(204));
    expect((await big).status).toBe(204);
    const stored = (await collector.stored()).filter(({ batch }) => batch.resource.uid === 'big');
    expect(stored.length).toBeGreaterThan(1);
    expect(Math.max(...stored.map(({ value }) => value.length))).toBeLessThan(1_000_000);
    expect(Math.max(...samplesOf(stored).map((one) => Number(one.split(' ')[1])))).toBe(149_999);
  });

  it('takes a body of more resources than are collected at once, in parts that every bus takes', async () => {
    const lines = Array.from({ length: 50_000 }, (_, i) => `m,host=h${i % 1_100} f=${i} ${nowS() - Math.floor(i / 1_100)}`);
    expect((await collector.send('/api/v2/write?precision=s', { body: lines.join('\n') })).status).toBe(204);
    expect(samplesOf(await collector.stored())).toHaveLength(50_000);
    expect(collector.largest.publicationBytes).toBeLessThanOrEqual(publishSliceBytes);
  });

  it('takes an empty body and comments', async () => {
    expect((await collector.send('/api/v2/write', { body: '' })).status).toBe(204);
    expect((await collector.send('/write?db=x', { body: '# nothing\n\n' })).status).toBe(204);
    expect(await collector.stored()).toEqual([]);
  });
});

describe('partial writes', () => {
  const body = 'm,host=a f=1\nm,host=a f=\nm,host=a g=2\nm,host=a f=x';

  it('keep the good lines and tell the bad ones, v2', async () => {
    const answer = await collector.send('/api/v2/write', { body });
    expect(answer.status).toBe(400);
    const { code, message } = JSON.parse(answer.body) as { code: string; message: string };
    expect(code).toBe('invalid');
    expect(message).toBe('partial write: unable to parse or store 2 of 4 lines; the rest is stored; line 2: missing field value for "f"; line 4: field "f": x is neither a number, a boolean nor a quoted string');
    expect(samplesOf(await collector.stored())).toEqual(['m.f{} 1', 'm.g{} 2']);
  });

  it('keep the good lines and tell the bad ones, v1', async () => {
    const answer = await collector.send('/write?db=x', { body });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({ error: expect.stringMatching(/^partial write: unable to parse.*line 2: .*line 4: /) });
  });

  it('tell the first ten of many', async () => {
    const { message } = JSON.parse((await collector.send('/api/v2/write', { body: 'm f=\n'.repeat(1000) })).body) as { message: string };
    expect(message).toMatch(/^unable to parse or store 1000 of 1000 lines; nothing is stored; line 1: /);
    expect(message).toMatch(/line 10: [^;]*; and 990 more$/);
  });

  it('refuse samples by their time, and count why', async () => {
    const { message } = JSON.parse((await collector.send('/api/v2/write?precision=s', { body: `m,host=a f=1 ${nowS() + 4000}\nm,host=a f=1 ${nowS() - 49 * 3600}\nm,host=a f=2 ${nowS()}` })).body) as { message: string };
    expect(message).toMatch(/line 1: the timestamp .* more than 1 h ahead.*line 2: .*OPSLOOP_RETENTION_RAW/);
    expect(samplesOf(await collector.stored())).toEqual(['m.f{} 2']);
    await eventually('the reasons are counted', async () => {
      const text = await collector.ownMetrics.text();
      return text.includes('opsloop_intake_refused_total{reason="ahead"} 1') && text.includes('opsloop_intake_refused_total{reason="old"} 1') && /opsloop_intake_samples_total \d{6}/.test(text);
    });
  });
});

describe('when the fault is ours it is never a 4xx that makes agents drop the batch', () => {
  it('a full log: v2 is told 429, v1 503, both when to come back', async () => {
    collector.faults.full = true;
    expect(await collector.send('/api/v2/write', { body: 'm,host=a f=1' })).toMatchObject({ status: 429, headers: { 'retry-after': '5' } });
    expect(await collector.send('/write?db=x', { body: 'm,host=a f=1' })).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    collector.faults.full = false;
    expect((await collector.send('/api/v2/write', { body: 'm,host=a f=1' })).status).toBe(204);
    expect(await collector.stored()).toHaveLength(1);
  });

  it('a bus that fails for a while, also where some lines are bad', async () => {
    collector.faults.publish = new EngineError('the disk is full', { retryable: true });
    expect(await collector.send('/api/v2/write', { body: 'm,host=a f=1\nbad' })).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    collector.faults.publish = undefined;
    expect(await collector.stored()).toEqual([]);
  });

  it('a bus that fails for good', async () => {
    collector.faults.publish = new Error('a defect');
    expect((await collector.send('/write?db=x', { body: 'm,host=a f=1' })).status).toBe(500);
  });

  it('tokens that cannot be read just now', async () => {
    const answer = await collector.send('/api/v2/write', { headers: { authorization: `Token ${tokens.whileDown}` }, body: 'm,host=a f=1' });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  });
});

describe('what clients ask before they write', () => {
  it.each([['GET', ''], ['HEAD', '']])('%s /ping', async (method, body) => {
    expect(await collector.send('/ping', { method, headers: {} })).toMatchObject({ status: 204, body, headers: { 'x-influxdb-build': 'OSS', 'x-influxdb-version': '2.7.0' } });
  });

  it('/ping?verbose=true and /health', async () => {
    expect(JSON.parse((await collector.send('/ping?verbose=true', { method: 'GET', headers: {} })).body)).toEqual({ version: '2.7.0' });
    expect(JSON.parse((await collector.send('/health', { method: 'GET', headers: {} })).body)).toMatchObject({ status: 'pass', message: 'ready for queries and writes' });
    collector.faults.full = true;
    expect((await collector.send('/health', { method: 'GET', headers: {} })).status).toBe(503);
  });

  it.each([
    ['CREATE DATABASE "telegraf"', [{ statement_id: 0 }]],
    ['create retention policy "x" on "y" duration 1d replication 1; SHOW DATABASES', [{ statement_id: 0 }, { statement_id: 1, series: [{ name: 'databases', columns: ['name'], values: [['opsloop']] }] }]],
    ['SELECT * FROM cpu', [{ statement_id: 0, error: expect.stringContaining('not available here') }]],
  ])('/query %s', async (statement, results) => {
    const asForm = await collector.send('/query', { headers: { authorization: `Basic ${Buffer.from(`u:${tokens.agents}`).toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ q: statement }).toString() });
    expect(asForm.status).toBe(200);
    expect(JSON.parse(asForm.body)).toEqual({ results });
    const inAddress = await collector.send(`/query?u=u&p=${tokens.agents}&q=${encodeURIComponent(statement)}`, { method: 'GET', headers: {} });
    expect(JSON.parse(inAddress.body)).toEqual({ results });
  });

  it('leaves all other addresses to others', async () => {
    expect((await collector.send('/api/v1/query', { method: 'GET' })).status).toBe(404);
    expect((await collector.send('/api/v2/writes', { method: 'POST' })).status).toBe(404);
  });
});

describe('limits', () => {
  beforeAll(async () => {
    await collector.stop();
    await start('limited', { MAX_SERIES_PER_RESOURCE: 100, MAX_SERIES_PER_TENANT: 150 });
  });

  it('refuses series above the limit of a resource, and goes on taking the known ones', async () => {
    const many = Array.from({ length: 101 }, (_, i) => `m,host=a,n=${i} f=${i}`).join('\n');
    const { message } = JSON.parse((await collector.send('/api/v2/write', { body: many })).body) as { message: string };
    expect(message).toMatch(/1 of 101 lines.*line 101: .*OPSLOOP_MAX_SERIES_PER_RESOURCE/);
    expect((await collector.send('/api/v2/write', { body: 'm,host=a,n=7 f=1' })).status).toBe(204);
  });

  it('refuses series above the limit of a tenant, and not those of another', async () => {
    const hosts = Array.from({ length: 200 }, (_, i) => `m,host=h${i} f=1`).join('\n');
    const { message } = JSON.parse((await collector.send('/api/v2/write', { body: hosts })).body) as { message: string };
    expect(message).toContain('OPSLOOP_MAX_SERIES_PER_TENANT');
    expect((await collector.send('/api/v2/write', { headers: { authorization: `Token ${tokens.otherTenant}` }, body: 'm,host=a f=1' })).status).toBe(204);
  });
});
