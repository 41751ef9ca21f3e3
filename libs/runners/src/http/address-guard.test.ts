import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAddressGuard, type ResolveName } from './address-guard.js';
import { createHttpRunner } from './http-runner.js';

let server: Server;
let port: number;
let hits = 0;
beforeAll(async () => {
  server = createServer((_request, response) => {
    hits += 1;
    response.end('here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => (hits = 0));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Names answer from a table; a list of lists is one answer after the other. */
function resolving(...answers: readonly (readonly string[])[]): ResolveName & { asked(): number } {
  let asked = 0;
  const resolve: ResolveName = (_host, _options, callback) => {
    const addresses = answers[Math.min(asked, answers.length - 1)]!;
    asked += 1;
    callback(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  return Object.assign(resolve, { asked: () => asked });
}

async function get(url: string, allowed?: string, resolve?: ResolveName) {
  const runner = createHttpRunner({ guard: createAddressGuard(allowed, resolve) });
  const call = { idempotencyKey: 'k', target: { id: 't', name: 't', address: { url } }, args: [], options: { method: 'GET', path: '/' }, timeoutMs: 2_000 };
  return runner.run(call, () => undefined, new AbortController().signal);
}

describe('without a list', () => {
  it.each([
    'http://169.254.169.254', 'http://2852039166', 'http://0xa9fea9fe', 'http://0251.0376.0251.0376', 'http://169.254.1.1:8080', 'http://[::ffff:169.254.169.254]', 'http://[::ffff:a9fe:a9fe]',
    'http://[fe80::1]', 'http://[fd00:ec2::254]', 'http://[64:ff9b::169.254.169.254]', 'http://100.100.100.200', 'http://168.63.129.16', 'http://0.0.0.0', 'http://[::]',
  ])('refuses %s before it connects', async (url) => {
    expect(await get(url)).toMatchObject({ state: 'failed', reason: 'other', detail: expect.stringContaining('is a link-local or metadata address, and HTTP steps are not sent there unless a network in OPSLOOP_HTTP_TARGETS holds it') });
  });

  it('refuses a name that leads there, and names both', async () => {
    const outcome = await get('http://metadata.example.com', undefined, resolving(['169.254.169.254']));
    expect(outcome).toMatchObject({ state: 'failed', detail: expect.stringContaining('metadata.example.com (169.254.169.254) is a link-local') });
  });

  it('connects to what it judged: a name that answers otherwise a moment later leads nowhere else', async () => {
    const resolve = resolving(['127.0.0.1'], ['169.254.169.254']);
    expect(await get(`http://rebinding.example.com:${port}`, undefined, resolve)).toEqual({ state: 'ok' });
    expect([hits, resolve.asked()]).toEqual([1, 1]);
    expect(await get(`http://rebinding.example.com:${port}`, undefined, resolve)).toMatchObject({ state: 'failed' });
    expect([hits, resolve.asked()]).toEqual([1, 2]);
  });

  it('leaves out the refused ones of several addresses', async () => {
    expect(await get(`http://mixed.example.com:${port}`, undefined, resolving(['169.254.169.254', '127.0.0.1']))).toEqual({ state: 'ok' });
    expect(hits).toBe(1);
  });

  it('lets everything else through', async () => {
    expect(await get(`http://127.0.0.1:${port}`)).toEqual({ state: 'ok' });
    expect(await get(`http://localhost:${port}`)).toEqual({ state: 'ok' });
  });
});

describe('with a list', () => {
  const there = resolving(['127.0.0.1']);

  it.each([
    ['its name', 'api.example.com', 'api.example.com'],
    ['its name in capitals, with a final dot', 'API.Example.COM.', 'api.example.com'],
    ['a name above it', 'a.b.example.com', '*.example.com'],
    ['its network', 'anything.example.org', 'api.example.com, 127.0.0.0/8'],
    ['its address', '127.0.0.1', '127.0.0.1'],
    ['the network that it is mapped into', '[::ffff:127.0.0.1]', '127.0.0.0/8'],
  ])('lets a host through by %s', async (_name, host, allowed) => {
    const outcome = await get(`http://${host}:${port}`, allowed, there);
    // A mapped address may have no listener: what counts is that it was not refused.
    if (host.startsWith('[')) expect(outcome.detail ?? '').not.toContain('OPSLOOP_HTTP_TARGETS');
    else expect(outcome).toEqual({ state: 'ok' });
  });

  it.each([
    ['another name', 'evil.example.org', 'api.example.com', 'evil.example.org (127.0.0.1)'],
    ['the name above', 'example.com', '*.example.com', 'example.com (127.0.0.1)'],
    ['a name that ends alike', 'notexample.com', '*.example.com', 'notexample.com (127.0.0.1)'],
    ['another network', '127.0.0.1', '10.0.0.0/8', '127.0.0.1'],
    ['an address where only names are listed', '127.0.0.1', 'api.example.com', '127.0.0.1'],
  ])('refuses %s', async (_name, host, allowed, shown) => {
    expect(await get(`http://${host}:${port}`, allowed, there)).toMatchObject({ state: 'failed', reason: 'other', detail: `${shown} is not among OPSLOOP_HTTP_TARGETS, so HTTP steps are not sent there` });
    expect(hits).toBe(0);
  });

  it('keeps metadata addresses back from listed names, and gives them to a listed network', async () => {
    const metadata = resolving(['169.254.169.254']);
    expect(await get('http://api.example.com', 'api.example.com', metadata)).toMatchObject({ detail: expect.stringContaining('link-local or metadata') });
    expect(createAddressGuard('169.254.169.254/32').refusalOf('169.254.169.254')).toBeUndefined();
    expect(createAddressGuard('169.254.169.254/32').refusalOf('169.254.169.253')).toContain('link-local');
  });

  it.each(['10.0.0.0/33', 'fd00::/129', '300.1.1.1/8', 'example.com/8'])('says at the start that %s is no network', (entry) => {
    expect(() => createAddressGuard(`api.example.com,${entry}`)).toThrow(`OPSLOOP_HTTP_TARGETS: ${entry} is not a network: write 10.0.0.0/8 or fd00::/8`);
  });
});
