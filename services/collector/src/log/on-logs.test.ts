import { gzipSync } from 'node:zlib';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { EngineError, partitionOf } from '@opsloop/ports';
import { createSystemClock, publishSliceBytes } from '@opsloop/runtime';
import { createTempDir } from '@opsloop/testing';
import { topics } from '@opsloop/contracts';
import { startCollector, tokens } from '../collector-under-test.js';

const folder = createTempDir();
let collector: Awaited<ReturnType<typeof startCollector>>;

beforeAll(async () => {
  const clock = createSystemClock();
  collector = await startCollector({ bus: createEmbeddedBus({ dataDir: folder.path, clock, maxBytes: 2 ** 30 }), documents: createEmbeddedDocuments({ dataDir: folder.path, clock }), settings: { MAX_BODY_BYTES: String(4 * 2 ** 20) } });
});
afterEach(async () => {
  Object.assign(collector.faults, { full: false, publish: undefined, delayMs: 0 });
  await collector.storedLogs();
});
afterAll(async () => {
  await collector.stop();
  folder.remove();
});

const token = { authorization: `Bearer ${tokens.agents}` };
const post = (body: string | Uint8Array, headers: Record<string, string> = {}) => collector.send('/logs', { headers: { ...token, ...headers }, body });
const nowS = () => Math.floor(Date.now() / 1000);

/** Records of all batches, with the uid of their resource. */
async function stored() {
  const batches = await collector.storedLogs();
  return batches.flatMap(({ resource, records }) => records.map((record) => ({ uid: resource.uid, ...record })));
}

describe('what agents send as they are', () => {
  it('Fluent Bit, json: an array, times in seconds with fractions', async () => {
    const answer = await post(JSON.stringify([{ date: nowS() + 0.25, log: 'started in 5 ms\n', hostname: 'web-1', kubernetes: { container_name: 'shop', pod_name: 'shop-1' } }, { date: nowS(), log: 'ready', hostname: 'web-1' }]), { 'content-type': 'application/json' });
    expect(answer).toMatchObject({ status: 200, body: '{"accepted":2}' });
    const [first, second] = await stored();
    expect(first).toMatchObject({ uid: 'web-1', service: 'shop', text: 'started in 5 ms', fields: { 'kubernetes.pod_name': 'shop-1' } });
    expect(first!.timeMs % 1000).toBe(250);
    expect(second).toEqual({ uid: 'web-1', service: '', text: 'ready', timeMs: second!.timeMs });
  });

  it('Vector, one object a line, gzip', async () => {
    const lines = ['a', 'b'].map((message) => JSON.stringify({ host: 'db-1', message, timestamp: new Date().toISOString(), source_type: 'file', level: 'WARN', service: 'postgres' }));
    expect((await post(gzipSync(`${lines.join('\n')}\n`), { 'content-encoding': 'gzip', 'content-type': 'application/x-ndjson' })).status).toBe(200);
    expect(await stored()).toMatchObject([{ uid: 'db-1', service: 'postgres', level: 'warn', text: 'a', fields: { source_type: 'file' } }, { text: 'b' }]);
  });

  it('Telegraf outputs.http, json with all metrics of a batch', async () => {
    const metric = (message: string) => ({ name: 'tail', tags: { host: 'app-1', path: '/var/log/app.log' }, fields: { value: message }, timestamp: nowS() });
    expect((await post(JSON.stringify({ metrics: [metric('one'), metric('two')] }))).status).toBe(200);
    expect(await stored()).toMatchObject([{ uid: 'app-1', text: 'one', fields: { path: '/var/log/app.log' } }, { text: 'two' }]);
  });

  it('a user and password instead of a token, as Fluent Bit sends them', async () => {
    const authorization = `Basic ${Buffer.from(`opsloop:${tokens.agents}`).toString('base64')}`;
    expect((await collector.send('/logs', { headers: { authorization }, body: '{"message":"x","host":"a"}' })).status).toBe(200);
  });

  it('journald fields', async () => {
    await post(JSON.stringify({ MESSAGE: 'Started nginx', _HOSTNAME: 'web-2', SYSLOG_IDENTIFIER: 'systemd', PRIORITY: '6' }));
    expect(await stored()).toMatchObject([{ uid: 'web-2', service: 'systemd', text: 'Started nginx', fields: { PRIORITY: '6' } }]);
  });
});

describe('records', () => {
  it.each<[string, unknown, () => number]>([
    ['seconds', 1_700_000_000, () => 1_700_000_000_000],
    ['milliseconds', 1_700_000_000_123, () => 1_700_000_000_123],
    ['microseconds', 1_700_000_000_123_456, () => 1_700_000_000_123.456],
    ['nanoseconds as text', '1700000000123456789', () => 1_700_000_000_123.456_8],
    ['ISO 8601', '2023-11-14T22:13:20.123456789Z', () => 1_700_000_000_123],
    ['an offset', '2023-11-15T07:13:20+0900', () => 1_700_000_000_000],
    ['no zone', '2023-11-14 22:13:20,500', () => 1_700_000_000_500],
  ])('times as %s', async (_, timestamp, expected) => {
    const clock = createSystemClock();
    const old = createTempDir();
    const keeping = await startCollector({ bus: createEmbeddedBus({ dataDir: old.path, clock, maxBytes: 2 ** 30 }), documents: createEmbeddedDocuments({ dataDir: old.path, clock }), settings: { RETENTION_RAW: 'forever' } });
    expect((await keeping.send('/logs', { headers: token, body: JSON.stringify({ host: 'a', message: 'x', timestamp }) })).status).toBe(200);
    const [batch] = await keeping.storedLogs();
    expect(batch!.records[0]!.timeMs).toBeCloseTo(expected(), 2);
    await keeping.stop();
    old.remove();
  });

  it('has the time of its arrival when it names none', async () => {
    const before = Date.now();
    await post('{"host":"a","message":"x"}');
    const [record] = await stored();
    expect(record!.timeMs).toBeGreaterThanOrEqual(before);
    expect(record!.timeMs).toBeLessThanOrEqual(Date.now());
  });

  it('is of the sender when it names no host, and its tenant is that of the token', async () => {
    await collector.send('/logs', { headers: { authorization: `Token ${tokens.otherTenant}` }, body: '{"message":"x","tenant":"default"}' });
    const [batch] = await collector.storedLogs();
    expect(batch!.resource).toMatchObject({ tenant: 'other', kind: 'sender', uid: 'agents' });
  });

  it('goes to the partition of its resource, with all others of it in one batch', async () => {
    await post(['a', 'b', 'a'].map((host, i) => JSON.stringify({ host, message: `line ${i}` })).join('\n'));
    const batches = await collector.storedLogs();
    expect(batches.map(({ resource, records }) => [resource.uid, records.map(({ text }) => text)])).toEqual(expect.arrayContaining([['a', ['line 0', 'line 2']], ['b', ['line 1']]]));
    for (const { key, partition, resource } of batches) expect({ key, partition }).toEqual({ key: `default/${resource.id}`, partition: partitionOf(key, topics.logs.partitions) });
  });

  it('keeps what is too long, cut', async () => {
    await post(JSON.stringify({ host: 'a', message: 'x'.repeat(20_000), note: 'y'.repeat(2_000), ...Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`f${i}`, i])) }));
    const [record] = await stored();
    expect(record!.text).toHaveLength(16_384);
    expect(record!.fields!['note']).toHaveLength(1_024);
    expect(Object.keys(record!.fields!).length).toBeLessThanOrEqual(64);
    expect(await collector.ownMetrics.text()).toMatch(/opsloop_log_cut_total 1/);
  });

  it('is of the same resource and log however many fields stand before their names', async () => {
    const labels = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`l${i}`, 'v']));
    await post(JSON.stringify({ kubernetes: { labels, host: 'node-7', container_name: 'shop' }, labels, severity: 'ERROR', region: 'kr', date: nowS() - 60, event: { original: 'x' } }));
    const [batch] = await collector.storedLogs();
    expect(batch).toMatchObject({ resource: { uid: 'node-7', region: 'kr', kind: 'host' }, records: [{ service: 'shop', level: 'error', text: 'x', timeMs: expect.any(Number) as unknown }] });
    expect(batch!.records[0]!.timeMs % 1000).toBe(0);
    expect(Object.keys(batch!.records[0]!.fields!)).toHaveLength(64);
  });

  it('is told apart by its content: the same request makes the same hash', async () => {
    const body = JSON.stringify([{ host: 'a', message: 'x', timestamp: nowS() }, { host: 'a', message: 'x', timestamp: nowS() - 0.5 }]);
    await post(body);
    await post(body);
    await post(body.replace('"x"', '"y"'));
    const hashes = (await collector.storedLogs()).map(({ contentHash }) => contentHash);
    expect(hashes[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
  });

  it('is told apart by its content also where only some of its lines have a time', async () => {
    const body = JSON.stringify([{ host: 'a', message: 'x' }, { host: 'a', message: 'y', timestamp: nowS() - 0.5 }, { host: 'a', message: 'z' }]);
    await post(body);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await post(body);
    await post(body.replace('"z"', '"x"'));
    const hashes = (await collector.storedLogs()).map(({ contentHash }) => contentHash);
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
  });

  it.each<[string, () => object]>([
    ['whole seconds', () => ({ timestamp: nowS() })],
    ['whole seconds in ms', () => ({ timestamp: nowS() * 1000 })],
    ['no time', () => ({})],
  ])('counts each time it is sent when it has %s', async (_, time) => {
    const body = JSON.stringify({ host: 'a', message: 'refused', ...time() });
    await Promise.all(Array.from({ length: 5 }, () => post(body)));
    const hashes = (await collector.storedLogs()).map(({ contentHash }) => contentHash);
    expect(new Set(hashes).size).toBe(5);
  });

  it('counts each time it stands in one request', async () => {
    await post(`${JSON.stringify({ host: 'a', message: 'refused', timestamp: nowS() + 0.5 })}\n`.repeat(4_000));
    const hashes = (await collector.storedLogs()).map(({ contentHash }) => contentHash);
    expect(hashes).toHaveLength(2);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  it('makes several messages of very many', async () => {
    const body = Array.from({ length: 5_000 }, (_, i) => JSON.stringify({ host: 'a', message: `line ${i}` })).join('\n');
    expect(await post(body)).toMatchObject({ status: 200, body: '{"accepted":5000}' });
    const batches = await collector.storedLogs();
    expect(batches.length).toBeGreaterThan(1);
    expect(batches.flatMap(({ records }) => records).map(({ text }) => text)).toEqual(Array.from({ length: 5_000 }, (_, i) => `line ${i}`));
  });
});

it('takes a body of more resources than are collected at once, in parts that every bus takes', async () => {
  const body = Array.from({ length: 25_000 }, (_, i) => JSON.stringify({ host: `h${i % 1_100}`, message: `line ${i} ${'of some length '.repeat(4)}` })).join('\n');
  expect(await post(body)).toMatchObject({ status: 200, body: '{"accepted":25000}' });
  expect(await stored()).toHaveLength(25_000);
  expect(collector.largest.publicationBytes).toBeLessThanOrEqual(publishSliceBytes);
});

describe('a small body that becomes very many records', () => {
  const telegraf = gzipSync(`{"metrics":[${'{"msg":"x"},'.repeat(100_000)}{"msg":"y"}]}`);

  it('lets others run in between, also where all stand on one line', async () => {
    let turns = 0;
    const watching = setInterval(() => turns++, 1);
    expect((await post(telegraf, { 'content-encoding': 'gzip' })).status).toBe(200);
    clearInterval(watching);
    expect(turns).toBeGreaterThan(100);
    expect(await stored()).toHaveLength(100_001);
  });

  it('is published as it is read, and not held until all of it is', async () => {
    const before = collector.counted.publications;
    expect((await post(telegraf, { 'content-encoding': 'gzip' })).status).toBe(200);
    // All of it together is one publication.
    expect(collector.counted.publications - before).toBeGreaterThan(2);
  });

  it('is refused before anything of it is stored when they are too many', async () => {
    const answer = await post(gzipSync('{"message":"x"}\n'.repeat(1_000) + '1\n'.repeat(500_000)), { 'content-encoding': 'gzip' });
    expect(answer).toMatchObject({ status: 413, body: expect.stringMatching(/more than 500000 log records: send smaller batches/) as unknown });
    expect(await stored()).toEqual([]);
  });
});

it('refuses records of more resources than one body may name, and keeps the others', async () => {
  const body = Array.from({ length: 20_010 }, (_, i) => JSON.stringify({ host: `h${i % 10_005}`, message: 'x' })).join('\n');
  const answer = await post(body);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body)).toMatchObject({ message: expect.stringMatching(/^unable to take 10 of 20010 log records; the rest is stored; line 10001: the body names more than 10000 resources/) as unknown });
  expect(await stored()).toHaveLength(20_000);
});

it('reads a text of line ends as fast as any other', async () => {
  const startMs = performance.now();
  expect((await post(JSON.stringify({ host: 'a', message: `${'\r\n'.repeat(40_000)}x\n` }))).status).toBe(200);
  expect(performance.now() - startMs).toBeLessThan(1_000);
});

describe('success means on the bus', () => {
  it('waits for the bus before it answers', async () => {
    collector.faults.delayMs = 150;
    const startMs = performance.now();
    expect((await post('{"message":"x"}')).status).toBe(200);
    expect(performance.now() - startMs).toBeGreaterThan(140);
  });

  it.each<[string, () => void, number]>([
    ['a full log', () => void (collector.faults.full = true), 429],
    ['an engine that does not answer', () => void (collector.faults.publish = new EngineError('down', { retryable: true })), 503],
    ['a fault of ours', () => void (collector.faults.publish = new Error('oops')), 500],
  ])('%s lets the sender try again', async (_, breakIt, status) => {
    breakIt();
    const answer = await post('{"message":"x"}');
    expect(answer.status).toBe(status);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(await collector.storedLogs()).toEqual([]);
  });

  it('asks for another try while tokens cannot be read', async () => {
    expect((await collector.send('/logs', { headers: { authorization: `Token ${tokens.whileDown}` }, body: '{"message":"x"}' })).status).toBe(503);
  });
});

describe('what is wrong is named, and the rest is kept', () => {
  const telling: readonly [string, string, RegExp][] = [
    ['text that is no JSON', 'hello world', /line 1: not JSON: "hello world": write one JSON object a line/],
    ['line protocol', 'cpu,host=a f=1', /line 1: not JSON/],
    ['half an object', '{"message":"x"', /line 1: not JSON/],
    ['an object over several lines', '{\n"message":"x"\n}', /line 1: not JSON.*line 2.*write one JSON object a line/],
    ['two objects on a line', '{"message":"x"}{"message":"y"}', /line 1: not JSON/],
    ['a number', '5', /line 1: a number is no log record: write an object/],
    ['a text', '"x"', /line 1: a string is no log record/],
    ['null', 'null', /line 1: null is no log record/],
    ['an array in an array', '[[1]]', /record 1: an array is no log record/],
    ['an element that is no JSON', '[{"message":"x"},{message:"y"}]', /unable to take 1 of 2 log records; the rest is stored; record 2: not JSON/],
    ['an array that does not end', '[{"message":"x"},{"message":"y"', /record 2: the body ends inside the array/],
    ['an array cut behind a comma', '[{"message":"x"},', /record 2: the body ends inside the array/],
    ['text behind an array', '[{"message":"x"}] tail', /record 2: there is text behind the closing \]/],
    ['a record longer than is read', `{"message":"${'x'.repeat(2 ** 20)}"}`, /line 1: the record has 1048590 characters, at most 1048576 are taken/],
    ['an empty element', '[{"message":"x"},,{"message":"y"}]', /record 2: not JSON: ""/],
    ['no text', '{"host":"a"}', /line 1: no text: write it as "message"/],
    ['a text that is null', '{"message":null}', /no text/],
    ['a text that is an object', '{"message":{"a":1}}', /no text/],
    ['a time that is none', '{"message":"x","timestamp":"yesterday"}', /the timestamp "yesterday" is no time: write epoch seconds/],
    ['a negative time', '{"message":"x","date":-5}', /the date -5 is no time/],
    ['a time that is an object', '{"message":"x","time":{"s":1}}', /the time \{"s":1\} is no time/],
    ['a day that there is not', '{"message":"x","timestamp":"2026-02-45T00:00:00Z"}', /is no time/],
    ['a time far ahead', `{"message":"x","timestamp":${nowS() + 7200}}`, /more than 1 h ahead/],
    ['a time long ago', '{"message":"x","timestamp":1000000000}', /older than what is kept \(OPSLOOP_RETENTION_RAW\)/],
    ['a bad metric of Telegraf', '{"metrics":[{"name":"cpu","tags":{},"fields":{"usage":1},"timestamp":1}]}', /line 1: no text/],
    ['UTF-16', Buffer.from('{"message":"x"}', 'utf16le').toString('latin1'), /line 1: not JSON/],
  ];
  it.each(telling)('%s', async (_, body, message) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    const { code, message: told } = JSON.parse(answer.body) as { code: string; message: string };
    expect(code).toBe('invalid');
    expect(told).toMatch(message);
    await collector.storedLogs();
    expect((await post('{"message":"alive"}')).status).toBe(200);
    expect(await stored()).toHaveLength(1);
  });

  it('names the number of the line, and keeps the good ones', async () => {
    const answer = await post('\n{"message":"a"}\n{bad\n\n{"message":"b"}\nworse\n');
    expect(JSON.parse(answer.body)).toMatchObject({ message: expect.stringMatching(/^unable to take 2 of 4 log records; the rest is stored; line 3: .*; line 6: /) as unknown });
    expect((await stored()).map(({ text }) => text)).toEqual(['a', 'b']);
  });

  it.each(['note', 'timestamp', 'host', 'message'])('refuses a record whose %s is nested too deeply by itself', async (name) => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const answer = await post(`{"message":"a"}\n{"message":"x","${name}":${deep}}\n{"message":"b"}`);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ message: expect.stringMatching(/^unable to take 1 of 3 log records; the rest is stored; line 2: it is nested too deeply/) as unknown });
    expect((await stored()).map(({ text }) => text)).toEqual(['a', 'b']);
  });

  it('names the first ten, and counts the others', async () => {
    const { message } = JSON.parse((await post('x\n'.repeat(25))).body) as { message: string };
    expect(message.match(/line \d+/g)).toHaveLength(10);
    expect(message).toMatch(/; and 15 more$/);
  });

  it.each<[string, string, Record<string, string>, string | Uint8Array, number, RegExp]>([
    ['no token', 'POST', {}, '{"message":"x"}', 401, /unauthorized/],
    ['an unknown token', 'POST', { authorization: 'Token nobody' }, '{"message":"x"}', 401, /not known/],
    ['a token without the scope', 'POST', { authorization: `Token ${tokens.reader}` }, '{"message":"x"}', 403, /has not the scope ingest/],
    ['a method that there is not', 'PUT', token, '{"message":"x"}', 405, /only POST/],
    ['a body that is too large', 'POST', token, 'x'.repeat(5 * 2 ** 20), 413, /OPSLOOP_MAX_BODY_BYTES/],
    ['a bomb', 'POST', { ...token, 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(30 * 2 ** 20, ' ')), 413, /OPSLOOP_MAX_BODY_BYTES/],
    ['damaged gzip', 'POST', { ...token, 'content-encoding': 'gzip' }, 'not gzip', 400, /not valid gzip/],
    ['a coding that is not known', 'POST', { ...token, 'content-encoding': 'zstd' }, 'x', 415, /send gzip, or plain text/],
  ])('%s', async (_, method, headers, body, status, message) => {
    const answer = await collector.send('/logs', { method, headers, body });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(message);
    expect(await collector.storedLogs()).toEqual([]);
  });

  it('takes an empty line of a log for nothing wrong: its sender would send the lines beside it again and again', async () => {
    const body = ['{"log":"\\n","host":"a"}', '{"log":"x\\n","host":"a"}', '{"message":"  "}', '{"message":"","log":"y","host":"a"}'].join('\n');
    expect(await post(body)).toMatchObject({ status: 200, body: '{"accepted":2}' });
    expect((await stored()).map(({ text }) => text)).toEqual(['x', 'y']);
  });

  it('takes an empty body for no records', async () => {
    expect(await post('')).toMatchObject({ status: 200, body: '{"accepted":0}' });
    expect(await post('[]')).toMatchObject({ status: 200, body: '{"accepted":0}' });
  });
});
