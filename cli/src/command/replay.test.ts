import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { settingsSchema } from '@opsloop/contracts';
import { startFakeServer, type Asked, type FakeAnswer } from '../fake-server.js';
import { runCli } from '../run-cli.js';

let folder: string;
let stops: (() => Promise<void>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsloop-replay-'));
});
afterEach(async () => {
  for (const stop of stops) await stop();
  stops = [];
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

async function cli(args: string, environment: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCli({ args: args.split(' '), environment, workingDir: folder, input: Readable.from([]), out: (text) => void (out += text), err: (text) => void (err += text) });
  return { code, out, err };
}

/** A server that takes every row, with windows of 200 ms, unless `answer` says something else; `history` is the count that it shows of the rows that were sent. */
async function server(answer: (asked: Asked) => FakeAnswer | undefined = () => undefined, history = (rows: number) => rows): Promise<{ asked: Asked[]; environment: Record<string, string> }> {
  let rows = 0;
  const fake = await startFakeServer((one) => {
    if (one.path === '/api/v1/me') return answer(one) ?? { json: { windowMs: 200 } };
    if (one.path.startsWith('/api/v1/query')) return { json: { series: [{ points: [[0, history(rows)]] }] } };
    rows += one.body.trim().split('\n').length;
    return answer(one) ?? { status: 204 };
  });
  stops.push(fake.stop);
  return { asked: fake.asked, environment: { OPSLOOP_URL: fake.url, OPSLOOP_TOKEN: 'secret' } };
}

function writesIn(asked: readonly Asked[]): Asked[] {
  return asked.filter(({ path }) => path.startsWith('/api/v2/write'));
}

describe('opsloop replay', () => {
  const csv = 'timestamp,value\n2014-02-14 14:30:00,0.132\n2014-02-14 14:35:00,0.134\n2014-02-14 14:40:00,1e3\n';
  it('keeps times when asked, and sends tags and fields as the write API wants them', async () => {
    const { asked, environment } = await server();
    write('n.csv', csv);
    const { code, out } = await cli('replay --csv n.csv --metric cpu.utilisation --host web=1 --label app=a,b --keep-times', environment);
    expect(code).toBe(0);
    expect(out).toMatch(/^sent 3 of 3 rows of cpu\.utilisation on web=1, 2014-02-14T14:30:00\.000Z to 2014-02-14T14:40:00\.000Z/);
    const writes = writesIn(asked);
    expect(writes).toHaveLength(1);
    expect(writes[0]).toMatchObject({ method: 'POST', path: '/api/v2/write?precision=ms', headers: expect.objectContaining({ authorization: 'Token secret' }) });
    const at = Date.UTC(2014, 1, 14, 14, 30);
    expect(writes[0]!.body).toBe([0.132, 0.134, 1000].map((value, i) => `cpu,app=a\\,b,host=web\\=1 utilisation=${value} ${at + i * 300_000}\n`).join(''));
  });

  it('says in its help how long a server must keep what is replayed with its times', async () => {
    const { code, out } = await cli('replay --help');
    expect(code).toBe(0);
    const named = [...out.matchAll(/OPSLOOP_(\w+)/g)].map((match) => match[1]!);
    expect(named).toEqual(['RETENTION_RAW', 'RETENTION_1M', 'RETENTION_RECORDS']);
    const defaults = settingsSchema.parse({}) as unknown as Readonly<Record<string, number>>;
    expect(out).toContain(`RETENTION_RAW (${defaults['RETENTION_RAW']! / 3_600_000}h)`);
    expect(out).toMatch(new RegExp(`RETENTION_RECORDS\\s*\\(${defaults['RETENTION_RECORDS']! / 86_400_000}d`));
  });

  it('shifts times so that the last is now, by whole base windows', async () => {
    const { asked, environment } = await server();
    write('n.csv', csv);
    await cli('replay --csv n.csv --metric load --host a', environment);
    const lines = writesIn(asked)[0]!.body.trim().split('\n');
    expect(lines[0]).toMatch(/^load,host=a value=0\.132 \d+$/);
    const times = lines.map((one) => Number(one.split(' ')[2]));
    expect(times[1]! - times[0]!).toBe(300_000);
    expect(Date.now() - times[2]!).toBeLessThan(15_000);
    expect(Date.now() - times[2]!).toBeGreaterThanOrEqual(0);
    expect((times[2]! - Date.UTC(2014, 1, 14, 14, 40)) % 200).toBe(0);
  });

  it('waits as long as a full queue asks, and sends the same rows again', async () => {
    let tries = 0;
    const { asked, environment } = await server(({ method }) => (method === 'POST' && tries++ === 0 ? { status: 429, headers: { 'retry-after': '0' }, json: { code: 'too many requests', message: 'the queue is full' } } : undefined));
    write('n.csv', csv);
    const { code, err } = await cli('replay --csv n.csv --metric m.x --host a --keep-times', environment);
    expect(code).toBe(0);
    expect(err).toContain('waiting: 429 the queue is full');
    const writes = writesIn(asked);
    expect(writes).toHaveLength(2);
    expect(writes[1]!.body).toBe(writes[0]!.body);
  });

  it('sends everything, tells what was refused, and answers 2', async () => {
    const { environment } = await server(({ method }) => (method === 'GET' ? undefined : { status: 400, json: { code: 'invalid', message: 'partial write: unable to parse or store 2 of 3 lines; the rest is stored; line 1: older than OPSLOOP_RETENTION_RAW' } }), (rows) => Math.max(0, rows - 2));
    write('n.csv', csv);
    const { code, out, err } = await cli('replay --csv n.csv --metric m.x --host a --keep-times', environment);
    expect(code).toBe(2);
    expect(out).toContain('sent 1 of 3 rows');
    expect(err).toMatch(/2 rows were refused; of the first the server said:\n.*\n.*\n  line 1: older than OPSLOOP_RETENTION_RAW\n$/);
  });

  it('says what history does not hold of what was sent, why and what to do, and answers 2', async () => {
    const { environment } = await server(undefined, (rows) => Math.min(rows, 1));
    write('n.csv', csv);
    const { code, out, err } = await cli('replay --csv n.csv --metric m.x --host a --keep-times', environment);
    expect({ code, out }).toEqual({ code: 2, out: expect.stringContaining('sent 3 of 3 rows') });
    expect(err).toContain('2 of the 3 rows did not come to history.');
    expect(err).toMatch(/OPSLOOP_LATENESS_MS is too late.*\n.*another --host, replay it with another token/s);
    expect(JSON.parse((await cli('replay --csv n.csv --metric m.x --host a --keep-times --output json', environment)).out)).toMatchObject({ rows: 3, refused: 0, kept: 0 });
  });

  it('counts only what history did not hold before', async () => {
    const { asked, environment } = await server(undefined, (rows) => 7 + rows);
    write('n.csv', csv);
    expect((await cli('replay --csv n.csv --metric m.x --host a,b --label app=web --keep-times', environment)).code).toBe(0);
    const at = (minute: number): string => new Date(Date.UTC(2014, 1, 14, 14, minute)).toISOString();
    const query = new URL(asked.find(({ path }) => path.startsWith('/api/v1/query'))!.path, 'http://x').searchParams;
    expect(Object.fromEntries(query)).toEqual({ metric: 'm.x', 'label.uid': 'a,b', 'label.app': 'web', step: '200', aggregate: 'count', fill: 'none', from: at(30), to: at(40).replace('000Z', '200Z') });
  });

  it('sends without checking when the token may only send, or the field is stored as other metrics', async () => {
    const { environment } = await server(({ path }) => (path === '/api/v1/me' ? { status: 403, json: { title: 'Forbidden' } } : undefined));
    write('n.csv', csv);
    expect(await cli('replay --csv n.csv --metric m.x --host a --keep-times', environment)).toMatchObject({ code: 0, err: expect.stringContaining('not checked against history: GET me: 403 Forbidden') });
    const whole = await server();
    expect(await cli('replay --csv n.csv --metric cpu.usage_idle --host a', whole.environment)).toMatchObject({ code: 0, err: 'not checked against history: fields named cpu.usage_idle are stored as other metrics\n' });
  });

  it('keeps the pace that is asked for', async () => {
    const { asked, environment } = await server();
    write('n.csv', csv);
    const startMs = performance.now();
    await cli('replay --csv n.csv --metric m.x --host a --keep-times --speed 1000', environment);
    expect(performance.now() - startMs).toBeGreaterThan(450);
    expect(writesIn(asked)).toHaveLength(3);
  });

  it.each([500, 'max'])('ends now at speed %s: the last row is new when it is sent', async (speed) => {
    let agesMs: number[] = [];
    const { environment } = await server(({ body }) => {
      if (body !== '') agesMs = [...agesMs, Date.now() - Number(body.trim().split(' ').at(-1))];
      return undefined;
    });
    write('n.csv', csv);
    expect((await cli(`replay --csv n.csv --metric m.x --host a --speed ${speed}`, environment)).code).toBe(0);
    // It runs for 1.2 s at speed 500, and rows that fall due within 0.1 s are sent together.
    expect(agesMs.at(-1)).toBeLessThan(900);
    expect(agesMs.at(-1)).toBeGreaterThan(-200);
  });

  it('sends nothing ahead of its time when it is slower than what happened', async () => {
    const aheadMs: number[] = [];
    const { environment } = await server(({ body }) => {
      if (body !== '') aheadMs.push(Number(body.trim().split(' ').at(-1)) - Date.now());
      return undefined;
    });
    write('n.csv', '0,1\n0.5,2\n');
    expect((await cli('replay --csv n.csv --metric m.x --host a --speed 0.5', environment)).code).toBe(0);
    expect(aheadMs).toHaveLength(2);
    expect(Math.max(...aheadMs)).toBeLessThanOrEqual(0);
  });

  it('says which rows have no time of their own, and takes the last of them', async () => {
    const { asked, environment } = await server();
    write('n.csv', '10,1\n10,2\n20,3\n10,4\n20,5\n30,6\n');
    const { code, out, err } = await cli('replay --csv n.csv --metric m.x --host a --keep-times', environment);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('sent 3 of 3 rows') });
    expect(err).toContain('3 of the 6 rows are left out: a row after them has the same time');
    expect(writesIn(asked)[0]!.body.match(/x=\d/g)).toEqual(['x=4', 'x=5', 'x=6']);
  });

  it.each([
    ['timestamp,value\n2014-02-14 14:30:00,high\n', /n\.csv:2: "high" is not a number/],
    ['a,1\nsoon,2\n', /n\.csv:2: "soon" is not a time/],
    ['2014-02-14 14:30:00,1,2\n', /has 3 columns/],
    ['', /holds no rows/],
  ])('refuses %j before anything is sent', async (text, message) => {
    const { asked, environment } = await server();
    write('n.csv', text);
    expect(await cli('replay --csv n.csv --metric m.x --host a', environment)).toMatchObject({ code: 2, err: expect.stringMatching(message) });
    expect(asked).toEqual([]);
  });
});
