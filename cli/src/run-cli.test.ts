import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { startFakeServer, type Asked, type FakeAnswer } from './fake-server.js';
import { runCli } from './run-cli.js';

let folder: string;
let stops: (() => Promise<void>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsloop-cli-'));
});
afterEach(async () => {
  for (const stop of stops) await stop();
  stops = [];
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

async function cli(args: string, environment: Record<string, string> = {}, input = ''): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCli({ args: args.split(' '), environment, workingDir: folder, input: Readable.from([input]), out: (text) => void (out += text), err: (text) => void (err += text) });
  return { code, out, err };
}

async function server(answer: (asked: Asked) => FakeAnswer): Promise<{ asked: Asked[]; environment: Record<string, string> }> {
  const fake = await startFakeServer(answer);
  stops.push(fake.stop);
  return { asked: fake.asked, environment: { OPSLOOP_URL: fake.url, OPSLOOP_TOKEN: 'secret' } };
}

const receiver = `apiVersion: opsloop/v1\nkind: Receiver\nmetadata: { name: ops }\nspec: { channel: mail, to: [ops@example.org] } # on call\n`;
const policy = `apiVersion: opsloop/v1
kind: Policy
metadata: { name: cpu-high }
spec:
  metric: cpu.utilisation
  threshold: { warn: "> 80" }
  hold: 2m
  receivers: [ops]
tests:
  - name: opens after the hold
    input: { series: "cpu.utilisation{host=a}", every: 10s, values: "50x6 90x18 40x12" }
    expect: [{ at: 3m, level: warn }, { at: 5m, state: resolved }]
`;

/** Answers lists of definitions with what is stored, and takes PUTs. */
function definitions(stored: Record<string, unknown[]>): (asked: Asked) => FakeAnswer {
  return ({ method, path }) => {
    if (path === '/api/v1/me') return { json: { windowMs: 10_000 } };
    const [, list] = /^\/api\/v1\/(\w+)\?/.exec(path) ?? [];
    if (method === 'GET' && list) return { json: { items: stored[list] ?? [] } };
    return method === 'PUT' ? { json: { version: 1 } } : { status: 404, json: { title: 'Not found', status: 404 } };
  };
}

const storedReceiver = (to: string): object => ({
  kind: 'Receiver', name: 'ops', deleted: false, managedBy: 'api', source: receiver,
  definition: { apiVersion: 'opsloop/v1', kind: 'Receiver', metadata: { name: 'ops' }, spec: { channel: 'mail', to: [to], language: 'en', groupBy: ['policy'], groupWait: '0s', groupInterval: '1m', sendResolved: true } },
});

describe('opsloop test', () => {
  it('runs the tests of a folder without a server and answers 0', async () => {
    write('policies/cpu.yaml', `${receiver}---\n${policy}`);
    expect(await cli('test -f policies')).toEqual({ code: 0, out: 'ok     cpu-high: opens after the hold\n1 passed, 0 failed\n', err: '' });
  });

  it('answers 1 when a test fails and tells what happened', async () => {
    write('cpu.yaml', policy.replace('at: 3m', 'at: 4m'));
    const { code, out, err } = await cli('test -f cpu.yaml');
    // The receiver is not in the file: it may be on a server, and none is asked.
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toContain('FAILED cpu-high: opens after the hold\n         at 4m warn was expected, but nothing happened\n         at 3m open warn, which was not expected');
    expect(out).toContain('0 passed, 1 failed');
  });

  it('answers 2 with every error and its place when files are wrong', async () => {
    write('a/one.yaml', policy.replace('  hold:', '  hodl:'));
    write('a/b/two.json', '{"kind": "Polcy"}');
    write('a/readme.md', 'not a definition');
    const { code, err } = await cli('test -f a');
    expect(code).toBe(2);
    expect(err).toMatch(/2 things are wrong\n {2}a\/b\/two\.json:1:2 kind: "Polcy" is not a kind \(did you mean Policy\?\).*\n {2}a\/one\.yaml:7:3 spec\.hodl: is not a field here \(did you mean hold\?\)/);
  });

  it('follows links: a mounted ConfigMap, a linked folder, and a loop of them; each file is read once', async () => {
    write('mount/..2026_01_09/cpu.yaml', policy);
    symlinkSync('..2026_01_09', join(folder, 'mount/..data'));
    symlinkSync('..data/cpu.yaml', join(folder, 'mount/cpu.yaml'));
    expect(await cli('test -f mount')).toEqual({ code: 0, out: 'ok     cpu-high: opens after the hold\n1 passed, 0 failed\n', err: '' });
    write('store/deep/mem.yaml', policy.replace('cpu-high', 'mem-high'));
    symlinkSync('../store', join(folder, 'mount/shared'));
    symlinkSync('../../mount', join(folder, 'store/deep/back'));
    symlinkSync('nobody@nowhere', join(folder, 'mount/.#cpu.yaml'));
    expect((await cli('test -f mount')).out).toContain('2 passed, 0 failed');
    symlinkSync('gone.yaml', join(folder, 'mount/old.yaml'));
    expect(await cli('test -f mount')).toMatchObject({ code: 2, err: expect.stringContaining('mount/old.yaml is a link that leads nowhere (ENOENT)') });
  });

  it('reads standard input, and what is a file without being a regular one', async () => {
    expect(await cli('test -f -', {}, policy)).toMatchObject({ code: 0, err: '' });
    expect((await cli('test -f -', {}, policy.replace('  hold:', '  hodl:'))).err).toContain('standard input:7:3 spec.hodl');
    expect(await cli('test -f /dev/null')).toMatchObject({ code: 2, err: expect.stringContaining('/null:1:1 holds no definition') });
  });

  it('takes a width of windows that is empty as not set, as backtest does', async () => {
    write('cpu.yaml', policy);
    write('n.csv', '10,1\n20,2\n');
    for (const command of ['test -f cpu.yaml', 'backtest -f cpu.yaml --csv n.csv']) {
      expect(await cli(command, { OPSLOOP_WINDOW_MS: '' })).toMatchObject({ code: 0, err: '' });
      expect(await cli(command, { OPSLOOP_WINDOW_MS: '7000' })).toMatchObject({ code: 2, err: expect.stringContaining('OPSLOOP_WINDOW_MS is 7000: write milliseconds') });
    }
  });

  it('prints JSON when asked', async () => {
    write('cpu.yaml', policy);
    const { out } = await cli('test -f cpu.yaml --output json');
    expect(JSON.parse(out)).toEqual({ items: [{ policy: 'cpu-high', results: [{ name: 'opens after the hold', passed: true, failures: [] }] }], passed: 1, failed: 0 });
  });

  it('knows other base windows', async () => {
    write('cpu.yaml', policy);
    expect((await cli('test -f cpu.yaml', { OPSLOOP_WINDOW_MS: '7000' })).err).toContain('OPSLOOP_WINDOW_MS is 7000: write milliseconds that divide a day evenly');
    expect((await cli('test -f cpu.yaml', { OPSLOOP_WINDOW_MS: '120000' })).err).toContain('1m is not a multiple of the base window, 2m');
  });
});

describe('opsloop apply, plan and diff', () => {
  it('applies what differs, in the order in which definitions need each other', async () => {
    const { asked, environment } = await server(definitions({}));
    write('z.yaml', `${policy}---\n${receiver}`);
    const { code, out } = await cli('apply -f z.yaml', environment);
    expect(code).toBe(0);
    expect(out).toMatch(/created +Receiver +ops +1\ncreated +Policy +cpu-high +1\n/);
    const puts = asked.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ path, body, headers }) => [path, body, headers['content-type'], headers.authorization])).toEqual([
      ['/api/v1/receivers/ops', receiver.trim(), 'application/yaml', 'Bearer secret'],
      ['/api/v1/policies/cpu-high', policy.trim(), 'application/yaml', 'Bearer secret'],
    ]);
  });

  it('plans and diffs without writing, and answers 1 when there is a difference', async () => {
    const { asked, environment } = await server(definitions({ receivers: [storedReceiver('old@example.org')], policies: [{ ...storedReceiver('x'), kind: 'Policy', name: 'other' }] }));
    write('z.yaml', `${policy}---\n${receiver}`);
    const planned = await cli('plan -f z.yaml', environment);
    expect(planned.code).toBe(1);
    expect(planned.out).toMatch(/create +Policy +cpu-high.*\nchange +Receiver +ops +spec\.to\n1 to create, 1 to change, 0 unchanged\nonly on the server, left alone: Policy other/);
    const differing = await cli('diff -f z.yaml', environment);
    expect(differing).toMatchObject({ code: 1, out: 'Policy cpu-high (not on the server)\nReceiver ops\n  spec.to\n    - ["old@example.org"]\n    + ["ops@example.org"]\n' });
    expect(asked.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('answers 0 when nothing differs', async () => {
    const { environment } = await server(definitions({ receivers: [storedReceiver('ops@example.org')] }));
    write('r.yaml', receiver);
    expect((await cli('plan -f r.yaml', environment)).code).toBe(0);
    expect(await cli('diff -f r.yaml', environment)).toEqual({ code: 0, out: '', err: '' });
  });

  it('refuses names that are neither in the files nor on the server, before anything is written', async () => {
    const { asked, environment } = await server(definitions({}));
    write('p.yaml', policy);
    const { code, err } = await cli('apply -f p.yaml', environment);
    expect(code).toBe(2);
    expect(err).toContain('p.yaml:8:15 spec.receivers.0: there is no receiver named ops');
    expect(asked.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  it('prints what the server refuses, with each of its errors', async () => {
    const answer = definitions({});
    const { environment } = await server((asked) => (asked.method === 'PUT' ? { status: 409, json: { type: 'about:blank', title: 'Conflict', status: 409, detail: 'Receiver ops is managed by a file', errors: [{ at: 'line 3', message: 'mend it there' }] } } : answer(asked)));
    write('r.yaml', receiver);
    expect(await cli('apply -f r.yaml', environment)).toEqual({ code: 2, out: '', err: 'opsloop: PUT receivers/ops: 409 Receiver ops is managed by a file\n  line 3: mend it there\n' });
  });

  it('says that something else answers at the address', async () => {
    const { environment } = await server(() => ({ text: '<!doctype html>', headers: { 'content-type': 'text/html' } }));
    write('r.yaml', receiver);
    expect(await cli('apply -f r.yaml', environment)).toEqual({ code: 2, out: '', err: `opsloop: GET me: 200, and no JSON: what answers at ${environment['OPSLOOP_URL']} is not Opsloop; is OPSLOOP_URL right?\n` });
  });

  it('says that the server does not answer when its answer breaks off', async () => {
    const { environment } = await server(() => ({ text: '{"windowMs":', headers: { 'content-length': '1000', connection: 'close' } }));
    write('r.yaml', receiver);
    const { code, err } = await cli('apply -f r.yaml', environment);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/^opsloop: the server at \S+ does not answer \(.+\): is it running, and is OPSLOOP_URL right\?\n$/) });
  });

  it('plans and applies nothing of what a file manages, before anything is written', async () => {
    const { asked, environment } = await server(definitions({ receivers: [{ ...storedReceiver('old@example.org'), managedBy: 'file' }] }));
    write('z.yaml', `${policy}---\n${receiver}`);
    for (const command of ['plan', 'apply']) {
      expect(await cli(`${command} -f z.yaml`, environment)).toMatchObject({ code: 2, err: expect.stringMatching(/z\.yaml:\d+:\d+ metadata\.name: Receiver ops is managed by a file, or built in/) });
    }
    expect(asked.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  it('tells what was applied before an error', async () => {
    const answer = definitions({});
    const { environment } = await server((asked) => (asked.method === 'PUT' && asked.path.startsWith('/api/v1/policies') ? { status: 503, json: { title: 'Unavailable' } } : answer(asked)));
    write('z.yaml', `${policy}---\n${receiver}`);
    const { code, out, err } = await cli('apply -f z.yaml', environment);
    expect({ code, err }).toEqual({ code: 2, err: 'opsloop: PUT policies/cpu-high: 503 Unavailable\n' });
    expect(out).toMatch(/RESULT.*\ncreated +Receiver +ops +1\n$/);
  });

  it('deletes one definition, and by force what others name', async () => {
    const used = { status: 409, json: { title: 'Conflict', detail: 'Receiver ops is used by Policy cpu: take it out there first, or delete it all the same with ?force=true (--force)', errors: [{ at: 'Policy cpu', message: 'names it in spec.receivers.0' }] } };
    const { asked, environment } = await server(({ path }) => (path.endsWith('?force=true') ? { status: 204 } : used));
    expect(await cli('delete receiver ops', environment)).toMatchObject({ code: 2, err: expect.stringContaining('--force)\n  Policy cpu: names it in spec.receivers.0\n') });
    expect(await cli('delete receiver ops --force', environment)).toEqual({ code: 0, out: 'deleted Receiver ops; its versions stay readable\n', err: '' });
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual(['DELETE /api/v1/receivers/ops', 'DELETE /api/v1/receivers/ops?force=true']);
    expect((await cli('delete reciever ops', environment)).err).toContain('reciever is not a kind: write one of Policy');
  });

  it('exports text that apply takes back', async () => {
    const { environment } = await server(definitions({ receivers: [storedReceiver('ops@example.org'), { ...storedReceiver('b@example.org'), source: '{"x":1}' }] }));
    const { out } = await cli('export', environment);
    expect(out).toContain('# on call\n---\napiVersion: opsloop/v1\nkind: Receiver');
    expect(out).toContain('- b@example.org');
    expect(JSON.parse((await cli('export --output json', environment)).out)).toHaveLength(2);
  });
});

describe('opsloop dead-letters', () => {
  const letter = { id: 'default/1', at: '2026-01-01T00:00:00.000Z', state: 'waiting', topic: 'metrics.raw.v1', group: 'aggregator', reason: 'damaged\nbytes' };

  it('lists and puts back', async () => {
    const { asked, environment } = await server(({ method }) => (method === 'GET' ? { json: { items: [letter] } } : { status: 202, json: { accepted: true } }));
    expect((await cli('dead-letters list', environment)).out).toMatch(/default\/1 +2026-01-01T00:00:00\.000Z +waiting +metrics\.raw\.v1 +aggregator +damaged bytes\n/);
    expect((await cli('dead-letters retry --all', environment)).code).toBe(0);
    expect(asked.at(-1)).toMatchObject({ method: 'POST', path: '/api/v1/dead-letters/default%2F1/retry' });
  });

  it('tells what could not be put back', async () => {
    const { environment } = await server(() => ({ status: 404, json: { title: 'Not found', detail: 'There is no dead letter "x".' } }));
    expect(await cli('dead-letters retry x', environment)).toMatchObject({ code: 2, out: expect.stringContaining('There is no dead letter "x".') });
    expect((await cli('dead-letters retry', environment)).err).toContain('name the ids to put back, or --all');
  });
});

describe('opsloop simulate incident', () => {
  it('prints each step once as it happens, and ends when the loop is closed', async () => {
    const opened = { at: '2026-01-01T00:00:00.000Z', what: 'alarm.opened', text: 'the demo service is down' };
    // Dated by the end of its window, and decided before the mail was sent.
    const told = { at: '2025-12-31T23:59:52.000Z', what: 'notice.sent', text: 'on-call' };
    const verified = { at: '2026-01-01T00:00:20.000Z', what: 'verification.verified', text: 'repaired' };
    let polls = 0;
    const { environment } = await server(({ path, method }) => {
      if (method === 'POST') return { status: 202, json: { alarmPolicy: 'demo', text: 'stopped' } };
      if (path.startsWith('/api/v1/alarms?')) return { json: { items: polls++ === 0 ? [{ id: 'default/old', state: 'resolved' }] : [{ id: 'default/new', state: 'open' }, { id: 'default/old', state: 'resolved' }] } };
      polls++;
      const isOver = polls > 3;
      return { json: { id: 'default/new', openedAt: opened.at, trace: { judged: '2025-12-31T23:59:51.000Z' }, state: isOver ? 'resolved' : 'open', timeline: isOver ? [told, opened, verified] : [told, opened], workOrderDetails: [{ state: isOver ? 'verified' : 'running' }] } };
    });
    const { code, out } = await cli('simulate incident --timeout 10', environment);
    expect(code).toBe(0);
    expect(out).toMatch(/stopped\n.*alarm\.opened +the demo service is down \(dated 2026-01-01T00:00:00\.000Z, when its window ends\)\n.*notice\.sent.*\n.*verification\.verified +repaired\nthe loop is closed: http.*\/alarms\/default%2Fnew\n$/);
  });

  it('answers 1 when the alarm is resolved and the repair is not proven', async () => {
    let polls = 0;
    const { environment } = await server(({ path, method }) => {
      if (method === 'POST') return { json: { alarmPolicy: 'demo', text: 'stopped' } };
      if (path.startsWith('/api/v1/alarms?')) return { json: { items: polls++ === 0 ? [] : [{ id: 'default/new', state: 'open' }] } };
      return { json: { id: 'default/new', state: 'resolved', timeline: [], workOrderDetails: [{ title: 'Restart', state: 'not-verified' }] } };
    });
    const { code, out } = await cli('simulate incident --timeout 10', environment);
    expect({ code, last: out.split('\n').at(-2) }).toEqual({ code: 1, last: expect.stringMatching(/^the alarm is resolved, but "Restart" ended as not-verified: http/) });
  });

  it('does not take an earlier incident for this one, however much has happened since', async () => {
    const others = Array.from({ length: 200 }, (_, at) => ({ id: `default/other-${at}`, state: 'resolved' }));
    const { environment } = await server(({ path, method }) => {
      if (method === 'POST') return { json: { alarmPolicy: 'demo', text: 'stopped' } };
      return { json: path.startsWith('/api/v1/alarms?') ? { items: path.includes('policy=demo') ? [{ id: 'default/old', state: 'resolved' }] : others } : { id: 'default/old', state: 'resolved', timeline: [], workOrderDetails: [] } };
    });
    expect(await cli('simulate incident --timeout 0.3', environment)).toMatchObject({ code: 1, out: expect.stringContaining('no alarm of demo opened within 0.3 s') });
  });

  it('answers 1 when the loop is not closed in time', async () => {
    const { environment } = await server(({ method }) => (method === 'POST' ? { json: { alarmPolicy: 'demo', text: 'stopped' } } : { json: { items: [] } }));
    expect(await cli('simulate incident --timeout 0.3', environment)).toMatchObject({ code: 1, out: expect.stringContaining('no alarm of demo opened within 0.3 s') });
  });
});

describe('opsloop', () => {
  it('finds the server of this machine by the file in its data folder', async () => {
    const fake = await startFakeServer(({ headers }) => (headers.authorization === 'Bearer local' ? { json: { items: [] } } : { status: 401, json: { title: 'Unauthorized' } }));
    stops.push(fake.stop);
    write('data/cli.json', JSON.stringify({ url: fake.url, token: 'local' }));
    expect(await cli('dead-letters list')).toEqual({ code: 0, out: 'no dead letters\n', err: '' });
    expect(await cli('dead-letters list', { OPSLOOP_URL: '', OPSLOOP_TOKEN: '', OPSLOOP_DATA_DIR: '' })).toMatchObject({ code: 0, err: '' });
    expect((await cli('dead-letters list', { OPSLOOP_TOKEN: 'other' })).err).toContain('401 Unauthorized; is OPSLOOP_TOKEN right?');
  });

  it('never sends the token of this machine to another one', async () => {
    write('data/cli.json', JSON.stringify({ url: 'http://127.0.0.1:1', token: 'local' }));
    expect(await cli('dead-letters list', { OPSLOOP_URL: 'http://example.invalid' })).toMatchObject({ code: 2, err: expect.stringContaining('set OPSLOOP_TOKEN as well') });
  });

  it.each([
    ['a server that is not there', 'export', { OPSLOOP_URL: 'http://127.0.0.1:1', OPSLOOP_TOKEN: 'x' }, /does not answer \(.*\): is it running/],
    ['no server at all', 'export', {}, /no server was found: set OPSLOOP_URL and OPSLOOP_TOKEN, or start one here/],
    ['an address that is none', 'export', { OPSLOOP_URL: 'localhost', OPSLOOP_TOKEN: 'x' }, /OPSLOOP_URL is localhost: write it like http/],
    ['an unknown command', 'aply', {}, /unknown command 'aply'/],
    ['an unknown option', 'apply -f x --force', {}, /unknown option '--force'/],
    ['a missing option', 'apply', {}, /required option '-f, --file <path>'/],
    ['a form that there is not', 'export --output xml', {}, /Allowed choices are table, json/],
    ['a speed that is none', 'replay --csv a --metric b --host c --speed fast', {}, /write a number above 0/],
    ['a file that is not there', 'test -f nowhere', {}, /nowhere cannot be read \(ENOENT\)/],
    ['a log that is not there', 'templates --file nowhere', {}, /nowhere cannot be read \(ENOENT\)/],
  ])('answers 2 for %s', async (_name, args, environment, message) => {
    expect(await cli(args, environment as Record<string, string>)).toMatchObject({ code: 2, err: expect.stringMatching(message) });
  });

  it('prints the group and the template of each line, also where templates became one later', async () => {
    const names = ['kim', 'lee', 'park', 'choi', 'jung'];
    write('app.log', [...names.map((name) => `profile ${name} was opened`), '', 'took 12 ms\r', 'took 9 ms'].join('\n'));
    const { code, out, err } = await cli('templates --file app.log');
    expect({ code, out }).toEqual({ code: 0, out: [...names.map(() => '1\tprofile <*> was opened'), '6\t', '7\ttook <*>', '7\ttook <*>', ''].join('\n') });
    expect(err).toMatch(/^8 lines, 3 templates, [\d,]+ lines a second of CPU\n$/);
  });

  it('reads log lines from standard input, and counts templates as JSON', async () => {
    expect((await cli('templates', {}, 'a 1\nb\na 2\n')).out).toBe('1\ta <*>\n2\tb\n1\ta <*>\n');
    expect(JSON.parse((await cli('templates --output json', {}, 'a 1\nb\na 2\n')).out)).toEqual({ items: [{ id: 1, lines: 2, template: 'a <*>' }, { id: 2, lines: 1, template: 'b' }] });
  });

  it('tells when the file with the token cannot be read or is damaged', async () => {
    write('data/cli.json', '{');
    expect((await cli('export')).err).toContain('does not hold url and token');
    if (process.getuid?.() === 0) return;
    chmodSync(join(folder, 'data/cli.json'), 0);
    expect((await cli('export')).err).toContain('cannot be read (EACCES)');
  });

  it('says its version', async () => {
    expect(await cli('--version')).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: '' });
  });

  it('shows its help and answers 0', async () => {
    const { code, out } = await cli('--help');
    expect(code).toBe(0);
    for (const name of ['apply', 'diff', 'plan', 'export', 'test', 'simulate', 'dead-letters', 'replay', 'templates']) expect(out).toContain(name);
  });
});
