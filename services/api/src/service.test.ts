/** The API over real HTTP on the real embedded engines: who gets in, what is refused and how, and that nothing goes down. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { settingsSchema, type Problem } from '@opsloop/contracts';
import { openEngines } from '@opsloop/engines';
import { openContext, createTokenAuthority, partGroup, type Part } from '@opsloop/runtime';
import { createTempDir } from '@opsloop/testing';
import { createApi } from './service.js';

const admin = 'admin-token-for-tests-0';
const reader = 'read-token-for-tests-00';
const agent = 'agent-token-for-tests-0';
const loginCode = 'a-code-that-works-once';

let parts: Part;
let server: Server;
let url: string;

beforeAll(async () => {
  const settings = settingsSchema.parse({ DATA_DIR: createTempDir().path, LOG_LEVEL: 'silent' });
  const { context, engines } = await openContext('api', settings, openEngines, false);
  const authority = createTokenAuthority(context);
  const api = createApi({ ...context, authority, health: engines.health, loginCode });
  parts = partGroup('test', [...engines.parts, api]);
  await parts.start();
  await authority.ensure({ tenant: 'default', name: 'admin', scopes: ['admin', 'read', 'operate', 'approve'], createdBy: 'test', secret: admin });
  await authority.ensure({ tenant: 'default', name: 'reader', scopes: ['read'], createdBy: 'test', secret: reader });
  await authority.ensure({ tenant: 'default', name: 'agent', scopes: ['ingest'], createdBy: 'test', secret: agent });
  server = createServer((request, response) => api.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}, 30_000);

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await parts.stop(5_000);
});

async function call(method: string, path: string, options: { token?: string; body?: string; type?: string; headers?: Record<string, string> } = {}): Promise<{ status: number; problem: Problem; headers: Headers; json: unknown }> {
  const { token = admin, body, type = 'application/json', headers } = options;
  const answer = await fetch(`${url}${path}`, { method, redirect: 'manual', headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body !== undefined && { 'content-type': type }), ...headers }, ...(body !== undefined && { body }) });
  const text = await answer.text();
  const json: unknown = text.startsWith('{') ? JSON.parse(text) : text;
  return { status: answer.status, problem: json as Problem, headers: answer.headers, json };
}

const policy = (spec: object, name = 'p'): string => JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name }, spec });
const playbook = (spec: object): string => JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Playbook', metadata: { name: 'b' }, spec });
const step = { id: 's', uses: 'local', run: ['true'] };

type Wrong = [what: string, method: string, path: string, options: Parameters<typeof call>[2], status: number, says: RegExp];

const wrongs: Wrong[] = [
  ['no token', 'GET', '/api/v1/alarms', { token: '' }, 401, /Authorization|Sign in/],
  ['an unknown token', 'GET', '/api/v1/alarms', { token: 'nobody-has-this-one' }, 401, /not known/],
  ['a token of 5,000 characters', 'GET', '/api/v1/alarms', { token: 'x'.repeat(5_000) }, 401, /not known/],
  ['another scheme', 'GET', '/api/v1/alarms', { token: '', headers: { authorization: 'Basic YTpi' } }, 401, /Bearer/],
  ['an ingest token that reads', 'GET', '/api/v1/alarms', { token: agent }, 403, /"read"/],
  ['a read token that writes', 'PUT', '/api/v1/policies/p', { token: reader, body: policy({ metric: 'm', threshold: { warn: '> 1' } }) }, 403, /"operate"/],
  ['a read token that makes tokens', 'POST', '/api/v1/tokens', { token: reader, body: '{}' }, 403, /"admin"/],
  ['a forged session cookie', 'GET', '/api/v1/me', { token: '', headers: { cookie: 'opsloop_session=default.forged' } }, 401, /Sign in/],
  ['an unknown address', 'GET', '/api/v1/nothing', {}, 404, /GET \/api\/v1\/nothing/],
  ['a malformed address', 'GET', '/api/v1/alarms/%zz', {}, 400, /% sequence|decode/],
  ['an unknown alarm', 'GET', '/api/v1/alarms/nope', {}, 404, /alarm "nope"/],
  ['an unknown work order', 'GET', '/api/v1/work-orders/nope', {}, 404, /work order "nope"/],
  ['an unknown filter', 'GET', '/api/v1/alarms?levl=warn', {}, 400, /levl/],
  ['an unknown level', 'GET', '/api/v1/alarms?level=red', {}, 400, /level/],
  ['a limit of 0', 'GET', '/api/v1/alarms?limit=0', {}, 400, /limit/],
  ['a foreign cursor', 'GET', '/api/v1/alarms?cursor=abc', {}, 400, /cursor/i],
  ['a query without metric', 'GET', '/api/v1/query', {}, 400, /metric is missing: name .*\?metric=cpu/],
  ['a query with an empty metric', 'GET', '/api/v1/query?metric=', {}, 400, /metric is missing: name/],
  ['a query with two metrics', 'GET', '/api/v1/query?metric=a&metric=b', {}, 400, /metric .*array/],
  ['a top without metric', 'GET', '/api/v1/top', {}, 400, /metric is missing: name/],
  ['a time that is none', 'GET', '/api/v1/query?metric=m&from=yesterday', {}, 400, /is not a time/],
  ['a range that runs backwards', 'GET', '/api/v1/query?metric=m&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', {}, 400, /later than/],
  ['a step that is none', 'GET', '/api/v1/query?metric=m&step=fast', {}, 400, /step/],
  ['an unknown aggregate', 'GET', '/api/v1/query?metric=m&aggregate=median', {}, 400, /list of/],
  ['a resource that was never seen', 'GET', '/api/v1/query?metric=m&resource=ghost', {}, 404, /ghost/],
  ['an empty body', 'PUT', '/api/v1/policies/p', { body: '' }, 400, /empty/],
  ['JSON that is none', 'POST', '/api/v1/tokens', { body: '{' }, 400, /JSON/],
  ['YAML that is none', 'PUT', '/api/v1/policies/p', { body: 'a: [', type: 'application/yaml' }, 400, /line 1/],
  ['a policy without threshold', 'PUT', '/api/v1/policies/p', { body: policy({ metric: 'm' }) }, 400, /threshold/],
  ['a threshold that is none', 'PUT', '/api/v1/policies/p', { body: policy({ metric: 'm', threshold: { warn: 'high' } }) }, 400, /comparison/],
  ['a window that does not fit', 'PUT', '/api/v1/policies/p', { body: policy({ metric: 'm', window: '15s', threshold: { warn: '> 1' } }) }, 400, /window/],
  ['a misspelt field', 'PUT', '/api/v1/policies/p', { body: policy({ metric: 'm', treshold: { warn: '> 1' } }) }, 400, /threshold/],
  ['a kind of definition that is not built', 'PUT', '/api/v1/policies/p', { body: JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Silence', metadata: { name: 'p' }, spec: {} }) }, 400, /not available yet/],
  ['a policy under another name', 'PUT', '/api/v1/policies/q', { body: policy({ metric: 'm', threshold: { warn: '> 1' } }) }, 400, /same/],
  ['a playbook sent to policies', 'PUT', '/api/v1/policies/b', { body: playbook({ steps: [step] }) }, 400, /\/playbooks/],
  ['a shell string instead of arguments', 'PUT', '/api/v1/playbooks/b', { body: playbook({ steps: [{ ...step, run: 'rm -rf /' }] }) }, 400, /run/],
  ['an input that is not declared', 'PUT', '/api/v1/playbooks/b', { body: playbook({ steps: [{ ...step, run: ['echo', '{{ ghost }}'] }] }) }, 400, /ghost/],
  ['a runner that is not built', 'PUT', '/api/v1/playbooks/b', { body: playbook({ steps: [{ ...step, uses: 'ssh' }] }) }, 400, /not available yet/],
  ['two steps with one id', 'PUT', '/api/v1/playbooks/b', { body: playbook({ steps: [step, step] }) }, 400, /id|twice|two/],
  ['a receiver without address', 'PUT', '/api/v1/receivers/r', { body: JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Receiver', metadata: { name: 'r' }, spec: { channel: 'mail', to: [] } }) }, 400, /to/],
  ['a channel that is not built', 'PUT', '/api/v1/receivers/r', { body: JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Receiver', metadata: { name: 'r' }, spec: { channel: 'sms', to: ['a@b.example'] } }) }, 400, /channel|not available yet/],
  ['a work order for a playbook that is not there', 'POST', '/api/v1/work-orders', { body: JSON.stringify({ type: 'change', title: 't', targets: [{ id: 'a', name: 'a' }], jobs: [{ playbook: 'ghost' }] }) }, 400, /ghost/],
  ['a work order for a receiver that is not there', 'POST', '/api/v1/work-orders', { body: JSON.stringify({ type: 'change', title: 't', targets: [{ id: 'a', name: 'a' }], jobs: [{ playbook: 'ghost' }], receivers: ['nobody'] }) }, 400, /receivers\.0.*no receiver named nobody/],
  ['a work order without targets', 'POST', '/api/v1/work-orders', { body: JSON.stringify({ type: 'change', title: 't', targets: [], jobs: [{ playbook: 'b' }] }) }, 400, /targets/],
  ['a scope that there is not', 'POST', '/api/v1/tokens', { body: JSON.stringify({ name: 'x', scopes: ['root'] }) }, 400, /scopes/],
  ['a body of 2 MB', 'POST', '/api/v1/tokens', { body: JSON.stringify({ name: 'x'.repeat(2_000_000), scopes: ['read'] }) }, 413, /larger/],
  ['a backtest without a policy', 'POST', '/api/v1/policies/backtest', { body: JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Receiver', metadata: { name: 'r' }, spec: { channel: 'mail', to: ['a@b.example'] } }) }, 400, /holds no policy/],
  ['a backtest of a time that ends before it begins', 'POST', '/api/v1/policies/backtest?from=-1h&to=-2h', { body: policy({ metric: 'm', threshold: { warn: '> 1' } }) }, 400, /later than/],
  ['a backtest with labels that are no times', 'POST', '/api/v1/policies/backtest?labels=monday', { body: policy({ metric: 'm', threshold: { warn: '> 1' } }) }, 400, /from\/to/],
  ['a backtest with limits that are no numbers', 'POST', '/api/v1/policies/backtest?suggest=high', { body: policy({ metric: 'm', threshold: { warn: '> 1' } }) }, 400, /70,80,90/],
  ['a backtest of minutes over history that is kept in hours', 'POST', '/api/v1/policies/backtest?from=-100d', { body: policy({ metric: 'm', threshold: { warn: '> 1' } }) }, 400, /kept in windows of 3600 s/],
  ['a simulation where there is no demo', 'POST', '/api/v1/simulate', { body: JSON.stringify({ incident: 'service-down' }) }, 409, /demo/],
  ['deleting what is not there', 'DELETE', '/api/v1/policies/ghost', {}, 404, /ghost/],
];

describe('what is wrong is refused with what, where and how to mend it', () => {
  it.each(wrongs)('%s', async (_what, method, path, options, status, says) => {
    const { status: seen, problem, headers } = await call(method, path, options);
    expect(`${seen} ${JSON.stringify(problem)}`).toMatch(new RegExp(`^${status} `));
    expect(headers.get('content-type')).toMatch(/application\/problem\+json/);
    expect(problem).toMatchObject({ status, title: expect.any(String) });
    expect([problem.detail, ...(problem.errors ?? []).map(({ at, message }) => `${at} ${message}`)].join('\n')).toMatch(says);
  });

  it('stores nothing of it, and stays up', async () => {
    for (const list of ['policies', 'playbooks', 'receivers', 'work-orders', 'alarms']) expect((await call('GET', `/api/v1/${list}`)).json).toEqual({ items: [] });
    expect((await call('GET', '/readyz', { token: '' })).json).toMatchObject({ status: 'ready', engines: { bus: 'answers', documents: 'answers', metrics: 'answers' } });
  });
});

describe('definitions', () => {
  it('are versioned, planned, read and deleted', async () => {
    const yaml = 'apiVersion: opsloop/v1\nkind: Policy\nmetadata: { name: cpu }\nspec: { metric: cpu.utilisation, threshold: { warn: "> 80" } }\n';
    const changed = yaml.replace('80', '90');
    expect((await call('POST', '/api/v1/policies/plan', { body: yaml, type: 'application/yaml' })).json).toMatchObject({ items: [{ action: 'create', name: 'cpu' }], errors: [] });
    expect((await call('PUT', '/api/v1/policies/cpu', { body: yaml, type: 'application/yaml' })).json).toMatchObject({ version: 1, name: 'cpu', managedBy: 'api', since: '1970-01-01T00:00:00.000Z' });
    expect((await call('PUT', '/api/v1/policies/cpu', { body: yaml, type: 'application/yaml' })).json).toMatchObject({ version: 1 });
    expect((await call('POST', '/api/v1/policies/plan', { body: changed, type: 'application/yaml' })).json).toMatchObject({ items: [{ action: 'change', changes: [{ path: expect.stringContaining('threshold') }] }] });
    expect((await call('PUT', '/api/v1/policies/cpu', { body: changed, type: 'application/yaml' })).json).toMatchObject({ version: 2, author: 'admin' });
    expect((await call('GET', '/api/v1/policies/cpu')).json).toMatchObject({ version: 2, versions: [{ version: 1 }, { version: 2 }] });
    expect((await call('DELETE', '/api/v1/policies/cpu')).status).toBe(204);
    expect((await call('GET', '/api/v1/policies/cpu')).status).toBe(404);
  });

  it('are not written over what somebody else saved meanwhile', async () => {
    const limit = (value: number) => ({ body: policy({ metric: 'm', threshold: { warn: `> ${value}` } }, 'shared') });
    expect((await call('PUT', '/api/v1/policies/shared?version=0', limit(1))).json).toMatchObject({ version: 1 });
    expect((await call('PUT', '/api/v1/policies/shared?version=0', limit(2)))).toMatchObject({ status: 409, problem: { detail: expect.stringMatching(/^Policy shared was saved as version 1 by admin at \S+, while a new one was written: /) } });
    expect((await call('PUT', '/api/v1/policies/shared?version=1', limit(2))).json).toMatchObject({ version: 2 });
    expect((await call('PUT', '/api/v1/policies/shared?version=1', limit(3)))).toMatchObject({ status: 409, problem: { detail: expect.stringContaining('while version 1 was edited') } });
    // It says what is in force already.
    expect((await call('PUT', '/api/v1/policies/shared?version=1', limit(2))).json).toMatchObject({ version: 2 });
    expect((await call('DELETE', '/api/v1/policies/shared')).status).toBe(204);
    expect((await call('PUT', '/api/v1/policies/shared?version=2', limit(3)))).toMatchObject({ status: 409, problem: { detail: expect.stringContaining('was deleted by admin') } });
    expect((await call('PUT', '/api/v1/policies/shared?version=0', limit(3))).json).toMatchObject({ version: 4 });
    expect((await call('DELETE', '/api/v1/policies/shared')).status).toBe(204);
  });

  it('that others name are deleted only by force, and who names them is told', async () => {
    const receiver = JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Receiver', metadata: { name: 'ops' }, spec: { channel: 'mail', to: ['ops@example.org'] } });
    expect((await call('PUT', '/api/v1/receivers/ops', { body: receiver })).status).toBe(200);
    expect((await call('PUT', '/api/v1/policies/told', { body: policy({ metric: 'm', threshold: { warn: '> 1' }, receivers: ['ops'] }, 'told') })).status).toBe(200);
    const refused = await call('DELETE', '/api/v1/receivers/ops');
    expect(refused).toMatchObject({ status: 409, problem: { detail: expect.stringMatching(/^Receiver ops is used by Policy told: .*\?force=true/), errors: [{ at: 'Policy told', message: 'names it in spec.receivers.0' }] } });
    expect((await call('GET', '/api/v1/receivers/ops')).status).toBe(200);
    expect((await call('DELETE', '/api/v1/receivers/ops?force=true')).status).toBe(204);
    expect((await call('DELETE', '/api/v1/policies/told')).status).toBe(204);
  });
});

describe('sessions', () => {
  it('open once by the link, change things only from their own page, and close', async () => {
    const first = await call('GET', `/login?code=${loginCode}`, { token: '' });
    expect(first.status).toBe(303);
    const cookie = first.headers.get('set-cookie')!;
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect((await call('GET', `/login?code=${loginCode}`, { token: '' })).headers.get('location')).toBe('/sign-in?link=used');
    const session = { cookie: cookie.split(';')[0]! };
    expect((await call('GET', '/api/v1/me', { token: '', headers: session })).json).toMatchObject({ name: 'admin' });
    const body = JSON.stringify({ name: 'made-by-page', scopes: ['read'] });
    expect((await call('POST', '/api/v1/tokens', { token: '', headers: session, body })).status).toBe(403);
    expect((await call('POST', '/api/v1/tokens', { token: '', headers: { ...session, origin: 'http://evil.example' }, body })).status).toBe(403);
    expect((await call('POST', '/api/v1/tokens', { token: '', headers: { ...session, origin: url }, body })).status).toBe(201);
    expect((await call('DELETE', '/api/v1/session', { token: '', headers: { ...session, origin: url } })).status).toBe(204);
    expect((await call('GET', '/api/v1/me', { token: '', headers: session })).status).toBe(401);
  });
});

it('a schedule shows its next times in UTC, and is refused without its playbook', async () => {
  const body = JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Schedule', metadata: { name: 'nightly' }, spec: { cron: '30 6 * * *', timeZone: 'Asia/Seoul', workOrder: { type: 'inspection', title: 'Look', targets: [{ id: 'a', name: 'a' }], jobs: [{ playbook: 'b' }] } } });
  const early = await call('PUT', '/api/v1/schedules/nightly', { body });
  expect([early.status, JSON.stringify(early.json)]).toEqual([400, expect.stringContaining('no playbook named b')]);
  expect((await call('PUT', '/api/v1/playbooks/b', { body: playbook({ steps: [step] }) })).status).toBe(200);
  expect((await call('PUT', '/api/v1/schedules/nightly', { body })).status).toBe(200);
  const { schedule } = (await call('GET', '/api/v1/schedules/nightly')).json as { schedule: { upcoming: string[]; opened: number } };
  expect(schedule.opened).toBe(0);
  expect(schedule.upcoming.map((time) => time.slice(11))).toEqual(Array.from({ length: 5 }, () => '21:30:00.000Z'));
});

describe('tokens', () => {
  it('are shown once, work, and end', async () => {
    const { json } = await call('POST', '/api/v1/tokens', { body: JSON.stringify({ name: 'temp', scopes: ['read'] }) });
    const { secret } = json as { secret: string };
    expect((await call('GET', '/api/v1/me', { token: secret })).json).toMatchObject({ name: 'temp', scopes: ['read'] });
    expect(JSON.stringify((await call('GET', '/api/v1/tokens')).json)).not.toContain('hash');
    expect((await call('DELETE', '/api/v1/tokens/temp')).status).toBe(204);
    expect((await call('GET', '/api/v1/me', { token: secret })).status).toBe(401);
  });
});
