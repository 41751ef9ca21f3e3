import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { createSystemClock } from '@opsloop/runtime';
import { createTempDir, eventually } from '@opsloop/testing';
import { startCollector, tokens, type Answer, type Sending } from './collector-under-test.js';

const maxBodyBytes = 64 * 1024;
const folder = createTempDir();
let collector: Awaited<ReturnType<typeof startCollector>>;

beforeAll(async () => {
  const dataDir = folder.path;
  const clock = createSystemClock();
  collector = await startCollector({
    bus: createEmbeddedBus({ dataDir, clock, maxBytes: 2 ** 30 }),
    documents: createEmbeddedDocuments({ dataDir, clock }),
    settings: { MAX_BODY_BYTES: String(maxBodyBytes) },
    deps: { maxBodySilenceMs: 500, maxBodies: 20 },
  });
});
afterAll(async () => {
  await collector.stop();
  folder.remove();
});

/** Whatever was sent: nothing of it is stored, and the next good body is taken. */
async function expectNothingBroke(): Promise<void> {
  expect(await collector.stored()).toEqual([]);
  expect((await collector.send('/api/v2/write', { body: 'alive,host=a f=1' })).status).toBe(204);
  expect(await collector.stored()).toHaveLength(1);
}

const token = { authorization: `Token ${tokens.agents}` };
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
const gzip = { ...token, 'content-encoding': 'gzip' };
const good = 'm,host=a f=1';
const aheadNs = `${Math.floor(Date.now() / 1000) + 7200}000000000`;
const bomb = gzipSync(Buffer.alloc(50 * 2 ** 20, 'm,host=a f=1\n'));

const v2 = '/api/v2/write?org=o&bucket=b';
const v1 = '/write?db=telegraf';

type Case = readonly [what: string, path: string, sending: Sending, status: number, message: RegExp];

const lines: readonly Case[] = [
  ['text that is no line protocol', v2, { body: 'hello world' }, 400, /line 1: missing field value: "world" has no =/],
  ['JSON', v2, { body: '{"metrics":[{"name":"cpu"}]}' }, 400, /line 1: /],
  ['random bytes', v2, { body: Buffer.from([0xff, 0xfe, 0x00, 0x01, 0x80, 0x20, 0x3d, 0x0a, 0xc3, 0x28]) }, 400, /not valid UTF-8/],
  ['UTF-16', v2, { body: Buffer.from('m,host=a f=1', 'utf16le') }, 400, /line 1: /],
  ['a measurement alone', v2, { body: 'cpu' }, 400, /missing fields/],
  ['no measurement', v2, { body: ',host=a f=1' }, 400, /missing measurement/],
  ['no fields', v2, { body: 'cpu,host=a 1700000000' }, 400, /"1700000000" has no =/],
  ['a field without a value', v2, { body: 'cpu,host=a f=' }, 400, /missing field value for "f"/],
  ['a trailing comma', v2, { body: 'cpu,host=a f=1,' }, 400, /beside a comma/],
  ['an empty tag value', v2, { body: 'cpu,host= f=1' }, 400, /missing tag value for "host"/],
  ['a tag twice', v2, { body: 'cpu,host=a,host=b f=1' }, 400, /duplicate tag "host"/],
  ['a reserved tag', v2, { body: 'cpu,_field=x,host=a f=1' }, 400, /"_field" is reserved/],
  ['an unquoted string', v2, { body: 'cpu,host=a f=idle' }, 400, /idle is neither a number, a boolean nor a quoted string/],
  ['an open quote', v2, { body: 'cpu,host=a f="idle' }, 400, /unbalanced quotes/],
  ['NaN', v2, { body: 'cpu,host=a f=NaN' }, 400, /NaN cannot be stored/],
  ['infinity', v2, { body: 'cpu,host=a f=-Inf' }, 400, /-Inf cannot be stored/],
  ['an integer beyond int64', v2, { body: 'cpu,host=a f=9223372036854775808i' }, 400, /out of range/],
  ['a negative unsigned', v2, { body: 'cpu,host=a f=-1u' }, 400, /neither/],
  ['a float beyond double', v2, { body: 'cpu,host=a f=1e400' }, 400, /out of range/],
  ['a timestamp with letters', v2, { body: 'cpu,host=a f=1 yesterday' }, 400, /bad timestamp "yesterday"/],
  ['a timestamp out of range', v2, { body: 'cpu,host=a f=1 99999999999999999999' }, 400, /out of range for precision ns/],
  ['two timestamps', v2, { body: 'cpu,host=a f=1 5 6' }, 400, /unexpected "6"/],
  ['a time far ahead', v2, { body: `cpu,host=a f=1 ${aheadNs}` }, 400, /more than 1 h ahead/],
  ['a time far back', v2, { body: 'cpu,host=a f=1 1000000000000000000' }, 400, /OPSLOOP_RETENTION_RAW/],
  ['seconds sent as nanoseconds', v2, { body: `cpu,host=a f=1 ${Math.floor(Date.now() / 1000)}` }, 400, /check the precision/],
  ['nanoseconds sent as seconds', `${v2}&precision=s`, { body: `cpu,host=a f=1 ${Date.now()}000000` }, 400, /out of range for precision s/],
  ['a tag value of 2,000 characters', v2, { body: `cpu,host=a,x=${'y'.repeat(2000)} f=1` }, 400, /at most 1024 are taken/],
  ['65 tags', v2, { body: `cpu,host=a${Array.from({ length: 65 }, (_, i) => `,t${i}=x`).join('')} f=1` }, 400, /66 tags, at most 64/],
  ['a field name of 600 characters', v2, { body: `cpu,host=a ${'f'.repeat(600)}=1` }, 400, /at most 512 are taken/],
  ['a thousand bad lines', v2, { body: 'x\n'.repeat(1000) }, 400, /1000 of 1000 lines.*and 990 more/],
  ['bad lines over v1', v1, { body: 'x' }, 400, /unable to parse.*line 1: missing fields/],
];

const requests: readonly Case[] = [
  ['no token', v2, { headers: {}, body: good }, 401, /send a token with the scope ingest/],
  ['no token over v1', v1, { headers: {}, body: good }, 401, /as the password/],
  ['an unknown token', v2, { headers: { authorization: 'Token nobody-has-this-one' }, body: good }, 401, /not known, or has expired/],
  ['an unknown password over v1', v1, { headers: basic('telegraf:wrong'), body: good }, 401, /not known/],
  ['an unknown scheme', v2, { headers: { authorization: `Digest ${tokens.agents}` }, body: good }, 401, /Authorization: Token/],
  ['a scheme without a token', v2, { headers: { authorization: 'Token ' }, body: good }, 401, /send a token/],
  ['basic authentication that is no base64', v1, { headers: { authorization: 'Basic %%%' }, body: good }, 401, /unauthorized/],
  ['a token without the scope', v2, { headers: { authorization: `Token ${tokens.reader}` }, body: good }, 403, /reader has not the scope ingest/],
  ['a token without the scope over v1', v1, { headers: basic(`x:${tokens.reader}`), body: good }, 403, /scope ingest/],
  ['an unknown precision', `${v2}&precision=fortnight`, { body: good }, 400, /invalid precision "fortnight": use ns, us, ms or s/],
  ['an unknown precision over v1', `${v1}&precision=d`, { body: good }, 400, /use n, u, ms, s, m or h/],
  ['GET in place of POST', v2, { method: 'GET' }, 405, /only POST/],
  ['DELETE of v1', v1, { method: 'DELETE' }, 405, /only POST/],
  ['POST to ping', '/ping', { method: 'POST' }, 405, /only GET and HEAD/],
  ['a query without q', '/query', { headers: basic(`x:${tokens.agents}`), body: 'x=1' }, 400, /missing required parameter/],
  ['a query without a token', '/query?q=SHOW%20DATABASES', { method: 'GET', headers: {} }, 401, /unauthorized/],
  ['a query by PUT', '/query', { method: 'PUT' }, 405, /only GET and POST/],
  ['a body above the limit', v2, { body: Buffer.alloc(maxBodyBytes + 1, 'm,host=a f=1\n') }, 413, /larger than 65536 bytes \(OPSLOOP_MAX_BODY_BYTES\)/],
  ['a body above the limit, without a length', v2, { headers: { ...token, 'transfer-encoding': 'chunked' }, body: Buffer.alloc(maxBodyBytes * 4, 'm,host=a f=1\n') }, 413, /larger than/],
  ['a body above the limit over v1', v1, { body: Buffer.alloc(maxBodyBytes + 1, 'm,host=a f=1\n') }, 413, /larger than/],
  ['a small body that decompresses to 50 MiB', v2, { headers: gzip, body: bomb }, 413, /larger than/],
  ['gzip that is none', v2, { headers: gzip, body: good }, 400, /not valid gzip/],
  ['gzip that breaks off', v2, { headers: gzip, body: gzipSync(good).subarray(0, 20) }, 400, /not valid gzip/],
  ['gzip with a changed byte', v2, { headers: gzip, body: gzipSync(good).map((byte, i) => (i === 14 ? byte ^ 0x55 : byte)) }, 400, /not valid gzip/],
  ['an unknown encoding', v2, { headers: { ...token, 'content-encoding': 'br' }, body: good }, 415, /br is not understood: send gzip/],
];

describe('bad input gets a clear answer, stores nothing and breaks nothing', () => {
  it.each([...lines, ...requests])('%s', async (_, path, sending, status, message) => {
    const answer = await collector.send(path, sending);
    expect(answer).toMatchObject({ status });
    expect(messageOf(answer, path)).toMatch(message);
    await expectNothingBroke();
  });

  it.each<[string, string, string, number]>([
    ['is too large', v2, tokens.agents, 413],
    ['has an unknown token', v2, 'nobody-has-this-one', 401],
    ['has no scope', v2, tokens.reader, 403],
    ['has an unknown precision', `${v2}&precision=d`, tokens.agents, 400],
    ['has an unknown token, of logs', '/logs', 'nobody-has-this-one', 401],
  ])('whoever reads no answer before it has sent everything hears why, where it %s', async (_, path, secret, status) => {
    const body = Buffer.alloc(16 * 2 ** 20, 'm,host=a f=1\n');
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Token ${secret}\r\ncontent-length: ${body.length}\r\n\r\n`;
    expect(await sendBeforeReading(Buffer.concat([Buffer.from(head), body]))).toMatch(new RegExp(`^HTTP/1.1 ${status} .*connection: close.*}$`, 's'));
    await expectNothingBroke();
  });

  it('whoever is refused and sends nothing more is not waited for long', async () => {
    const startMs = performance.now();
    expect(await collector.sendRaw(`POST ${v2} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nm,`)).toMatch(/^HTTP\/1.1 401 /);
    expect(performance.now() - startMs).toBeLessThan(3_000);
  });

  it('nothing of a body that is not whole in time', async () => {
    const head = `POST ${v2} HTTP/1.1\r\nhost: x\r\nauthorization: Token ${tokens.agents}\r\ncontent-length: 100\r\n\r\nm,host=a f=1\n`;
    const answer = await collector.sendRaw(head);
    expect(answer).toMatch(/^HTTP\/1.1 503 .*retry-after: 1.*connection: close.*nothing of the body came for 0.5 s/s);
    await expectNothingBroke();
  });

  it('nothing of a body that stops', async () => {
    const head = `POST ${v2} HTTP/1.1\r\nhost: x\r\nauthorization: Token ${tokens.agents}\r\ntransfer-encoding: chunked\r\n\r\n`;
    expect(await collector.sendRaw(`${head}1\r\nm\r\n1\r\n,\r\n`)).toMatch(/^HTTP\/1.1 503 /);
    await expectNothingBroke();
  });

  it('nothing of a body whose sender goes away', async () => {
    expect(await collector.sendRaw(`POST ${v2} HTTP/1.1\r\nhost: x\r\nauthorization: Token ${tokens.agents}\r\ncontent-length: 100\r\n\r\nm,host=a f=1\n`, 50)).toBe('');
    await expectNothingBroke();
  });

  it('nothing of bytes that are no HTTP', async () => {
    expect(await collector.sendRaw('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03')).toMatch(/^HTTP\/1.1 400 /);
    expect(await collector.sendRaw('cpu,host=a f=1\n')).toMatch(/^HTTP\/1.1 400 /);
    expect(await collector.sendRaw(`POST ${v2} HTTP/1.1\r\nhost: x\r\ncontent-length: abc\r\n\r\n`)).toMatch(/^HTTP\/1.1 400 /);
    expect(await collector.sendRaw(`GET /ping HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
    await expectNothingBroke();
  });

  it('no more bodies at once than it can hold: the rest is told to come again', async () => {
    const head = `POST ${v2} HTTP/1.1\r\nhost: x\r\nauthorization: Token ${tokens.agents}\r\ncontent-length: 100\r\n\r\nm,`;
    // More than there are places: one may find its place taken by the question below.
    const waiting = Array.from({ length: 30 }, () => collector.sendRaw(head, 3_000));
    let answer: Answer | undefined;
    await eventually('all places are taken', async () => (answer = await collector.send(v2, { body: '' })).status === 503);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    await Promise.all(waiting);
    await expectNothingBroke();
  });
});

/** The answer, or how the connection failed. */
function sendBeforeReading(bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(collector.port, '127.0.0.1').pause();
    socket.on('data', (chunk) => (heard += chunk.toString()));
    socket.on('error', ({ message }) => resolve(message)).on('close', () => resolve(heard));
    socket.write(bytes, () => socket.resume());
  });
}

/** v2 and v1 word their errors differently. */
function messageOf(answer: Answer, path: string): string {
  const body = JSON.parse(answer.body) as Record<string, string>;
  const isV1 = path.startsWith('/write') || path.startsWith('/query');
  expect(Object.keys(body)).toEqual(isV1 ? ['error'] : ['code', 'message']);
  return body[isV1 ? 'error' : 'message']!;
}
