import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StepOutcome } from '@opsloop/ports';
import { createHttpRunner } from './http-runner.js';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const runner = createHttpRunner({ mostOutputBytes: 5_000 });
let server: Server;
let base: string;
let seen: Seen[] = [];
const answers: Record<string, (response: ServerResponse) => void> = {
  '/ok': (response) => response.end('안녕'),
  '/missing': (response) => response.writeHead(404).end('nothing here'),
  '/secret': (response) => response.writeHead(401).end(),
  '/near': (response) => response.writeHead(302, { location: '/ok' }).end(),
  '/far': (response) => response.writeHead(302, { location: 'http://other.example/steal' }).end(),
  '/port': (response) => response.writeHead(307, { location: 'http://127.0.0.1:1/ok' }).end(),
  '/login': (response) => response.writeHead(302, { location: `${base.replace('//', '//ann:secret@')}/ok` }).end(),
  '/loop': (response) => response.writeHead(302, { location: '/loop' }).end(),
  '/large': (response) => response.end('x'.repeat(20_000)),
  '/endless': (response) => response.write('x'.repeat(20_000)),
  '/never': () => undefined,
  '/half': (response) => response.writeHead(200).write('half'),
  '/broken': (response) => response.destroy(),
  '/switch': (response) => response.socket!.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n'),
};

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes: Buffer) => (body += bytes.toString()));
    request.on('end', () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      (answers[request.url!.replace(/^\/base/, '').replace(/\?.*/, '')] ?? answers['/missing']!)(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => (seen = []));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function run(options: object, url = base, timeoutMs = 5_000, signal = new AbortController().signal): Promise<{ outcome: StepOutcome; output: string }> {
  let output = '';
  const call = { idempotencyKey: 'key-1', target: { id: 't', name: 't', address: { url } }, args: [], options: { method: 'GET', path: '/ok', ...options }, timeoutMs };
  const outcome = await runner.run(call, (chunk) => (output += chunk.text), signal);
  return { outcome, output };
}

describe('createHttpRunner', () => {
  it('sends method, path, headers, body and the key, below the path of the address', async () => {
    const { outcome, output } = await run({ method: 'PUT', path: '/ok?a=1', headers: { 'Content-Type': 'application/json', 'X-One': '1' }, body: '{"a":1}' }, `${base}/base/`);
    expect(outcome).toEqual({ state: 'ok' });
    expect(seen).toMatchObject([{ method: 'PUT', url: '/base/ok?a=1', body: '{"a":1}', headers: { 'idempotency-key': 'key-1', 'x-one': '1', 'content-type': 'application/json' } }]);
    expect(output).toBe(`PUT ${base}/base/ok?a=1 -> 200 OK\n안녕`);
  });

  it.each([
    ['another status', { path: '/missing' }, { state: 'failed', reason: 'http-status', detail: 'answered 404, expected 200 to 299' }],
    ['no right', { path: '/secret' }, { state: 'failed', reason: 'authentication', detail: 'answered 401, expected 200 to 299' }],
    ['an unexpected success', { path: '/ok', expectStatus: [204] }, { state: 'failed', reason: 'http-status', detail: 'answered 200, expected 204' }],
    ['an expected failure', { path: '/missing', expectStatus: [200, 404] }, { state: 'ok' }],
    ['an expected redirect', { path: '/far', expectStatus: [302] }, { state: 'ok' }],
    ['another host', { path: '/far' }, { state: 'failed', reason: 'http-status', detail: 'answered 302, expected 200 to 299: it redirects to http://other.example, and other hosts are not followed' }],
    ['another port', { path: '/port' }, { state: 'failed', reason: 'http-status', detail: 'answered 307, expected 200 to 299: it redirects to http://127.0.0.1:1, and other hosts are not followed' }],
    ['a redirect with a password', { path: '/login' }, { state: 'failed', reason: 'http-status', detail: 'answered 302, expected 200 to 299: it redirects to an address with a user or a password, which is not followed' }],
    ['a redirect for ever', { path: '/loop' }, { state: 'failed', reason: 'http-status', detail: 'answered 302, expected 200 to 299: it redirects more than 5 times' }],
    ['a redirected POST', { method: 'POST', path: '/near' }, { state: 'failed', reason: 'http-status', detail: 'answered 302, expected 200 to 299: a redirect of POST is not followed' }],
  ])('judges the answer: %s', async (_name, options, outcome) => {
    expect((await run(options)).outcome).toEqual(outcome);
  });

  it('follows redirects on the same host, but not for ever', async () => {
    expect(await run({ path: '/near' })).toMatchObject({ outcome: { state: 'ok' }, output: `GET ${base}/near -> 302 Found\nGET ${base}/ok -> 200 OK\n안녕` });
    expect((await run({ path: '/loop' })).outcome.state).toBe('failed');
    expect(seen.filter((one) => one.url === '/loop')).toHaveLength(6);
  });

  it('keeps the answer up to the limit', async () => {
    const { outcome, output } = await run({ path: '/large' });
    expect(outcome).toEqual({ state: 'ok' });
    expect(output).toMatch(/x\n\[\d+ bytes are not shown here: the limit is 5000\]\nx+$/);
    expect(output.length).toBeLessThan(5_100);
  });

  it('says that nobody listens', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const { outcome } = await run({}, `http://127.0.0.1:${port}`);
    expect(outcome).toMatchObject({ state: 'unreachable', reason: 'connection-refused' });
    expect(outcome.detail).toMatch(/ECONNREFUSED/);
  });

  it('says that there is no such host', async () => {
    expect((await run({}, 'http://no-such-host.invalid')).outcome).toMatchObject({ state: 'unreachable', reason: 'host-not-found' });
  });

  it.each([
    ['no address', undefined, 'the target has no address.url'],
    ['another scheme', 'file:///etc/passwd', "the target's address.url must begin with http:// or https://, not file:"],
    ['nonsense', 'not an address', "the target's address.url, not an address, is not an address"],
    ['a password', 'http://ann:secret@127.0.0.1', "the target's address.url holds a user or a password, which would be shown to everybody"],
  ])('sends nothing without a usable address: %s', async (_name, url, detail) => {
    const call = { idempotencyKey: 'k', target: { id: 't', name: 't', address: url === undefined ? {} : { url } }, args: [], options: { method: 'GET', path: '/ok' }, timeoutMs: 5_000 };
    expect(await runner.run(call, () => undefined, new AbortController().signal)).toEqual({ state: 'failed', reason: 'other', detail });
    expect(seen).toEqual([]);
  });

  it('counts what it left out of an answer that was broken off, too', async () => {
    const { outcome, output } = await run({ path: '/endless' }, base, 300);
    expect(outcome.state).toBe('timed-out');
    expect(output).toMatch(/x\n\[\d+ bytes are not shown here: the limit is 5000\]\nx+$/);
  });

  it.each(['/never', '/half'])('gives up after the time-out: %s', async (path) => {
    const startMs = performance.now();
    expect((await run({ path }, base, 200)).outcome).toEqual({ state: 'timed-out', reason: 'timed-out', detail: 'no whole answer within 200 ms' });
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  it('tells a broken connection from one that never was', async () => {
    expect((await run({ path: '/broken' })).outcome).toMatchObject({ state: 'failed', reason: 'other' });
  });

  it('does not wait for ever where the server goes over to another protocol', async () => {
    expect((await run({ path: '/switch' }, base, 1_000)).outcome).toEqual({ state: 'failed', reason: 'other', detail: 'the connection ended without an answer' });
  });

  it('stops when it is cancelled, before and while it waits', async () => {
    expect((await run({}, base, 5_000, AbortSignal.abort())).outcome.state).toBe('cancelled');
    expect(seen).toEqual([]);
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 100);
    expect((await run({ path: '/never' }, base, 5_000, cancel.signal)).outcome).toEqual({ state: 'cancelled', reason: 'cancelled' });
  });
});
