/** What ends a session: its own end, and whatever becomes of the token behind it. */
import { collections, type Me, type Session } from '@opsloop/contracts';
import { createSystemClock, hashSecret } from '@opsloop/runtime';
import { adminToken, startApi, type ApiUnderTest } from '../api-under-test.js';

const dayMs = 86_400_000;
const loginCode = 'a-code-that-works-once';
const secret = 'token-of-one-who-leaves';
let aheadMs = 0;
let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi({ loginCode, clock: { ...createSystemClock(), now: () => Date.now() + aheadMs } });
}, 30_000);
afterAll(() => api.stop());
beforeEach(async () => {
  aheadMs = 0;
  await api.makeToken('leaver', ['read', 'admin'], secret);
});

const cookieOf = (headers: Headers): string => headers.get('set-cookie')!.split(';')[0]!;
const me = (cookie: string, of = api) => of.ask<Me>('/api/v1/me', { headers: { cookie } });

async function signIn(): Promise<string> {
  const { status, headers } = await api.ask('/api/v1/session', { method: 'POST', body: { token: ` ${secret} ` }, headers: {} });
  expect(status).toBe(204);
  return cookieOf(headers);
}

async function openLink(of = api): Promise<string> {
  return cookieOf((await of.ask(`/login?code=${loginCode}`, { headers: {} })).headers);
}

it('a session may what its token may, also when that has changed', async () => {
  const cookie = await signIn();
  expect((await me(cookie)).json).toMatchObject({ name: 'leaver', scopes: ['read', 'admin'] });
  await api.makeToken('leaver', ['read'], secret);
  expect((await me(cookie)).json).toMatchObject({ name: 'leaver', scopes: ['read'] });
});

it('ends when its token is deleted, and stays so under a new token of that name', async () => {
  const cookie = await signIn();
  expect((await api.ask('/api/v1/tokens/leaver', { method: 'DELETE' })).status).toBe(204);
  expect((await me(cookie)).status).toBe(401);
  expect((await api.ask('/api/v1/tokens', { method: 'POST', body: { name: 'again', scopes: ['admin'] }, headers: { cookie, origin: api.url } })).status).toBe(401);
  await api.makeToken('leaver', ['read'], 'another-secret-of-that-name');
  expect((await me(cookie)).status).toBe(401);
});

it('ends when the secret of its token is changed, as by another OPSLOOP_ADMIN_TOKEN', async () => {
  const cookie = await signIn();
  await api.makeToken('leaver', ['read', 'admin'], 'the-next-secret-of-the-setting');
  expect((await me(cookie)).status).toBe(401);
});

it('ends when its token expires, and after thirty days', async () => {
  const passing = 'token-that-lasts-for-a-day';
  await api.authority.create({ tenant: 'default', name: 'passing', scopes: ['read'], createdBy: 'test', secret: passing, expiresAtMs: Date.now() + dayMs });
  const short = cookieOf((await api.ask('/api/v1/session', { method: 'POST', body: { token: passing }, headers: {} })).headers);
  const long = await signIn();
  expect((await me(short)).status).toBe(200);
  aheadMs = 2 * dayMs;
  expect([(await me(short)).status, (await me(long)).status]).toEqual([401, 200]);
  aheadMs = 31 * dayMs;
  expect((await me(long)).status).toBe(401);
});

it('one that the link opened ends with the admin token: changed or deleted, and stands for it alone', async () => {
  const cookie = await openLink();
  expect((await me(cookie)).json).toMatchObject({ name: 'admin', scopes: ['read', 'operate', 'approve', 'admin'] });
  await api.makeToken('admin', ['read', 'admin'], 'the-next-secret-of-the-setting');
  expect((await me(cookie)).status).toBe(401);
  await api.makeToken('admin', ['read', 'admin'], adminToken);
  expect((await me(cookie)).status).toBe(200);
  await api.authority.remove('default', 'admin');
  expect((await me(cookie)).status).toBe(401);
});

it('one that the link opened before there was an admin token ends when there is one', async () => {
  const fresh = await startApi({ loginCode });
  await fresh.authority.remove('default', 'admin');
  const cookie = await openLink(fresh);
  expect((await me(cookie, fresh)).status).toBe(200);
  await fresh.makeToken('admin', ['read', 'admin'], 'the-first-secret-of-the-setting');
  expect((await me(cookie, fresh)).status).toBe(401);
  await fresh.stop();
});

it('one of a former version, which knew no token, has to sign in again', async () => {
  await api.context.documents.collection<Session>(collections.sessions).insert({ id: `default/${hashSecret('old')}`, tenant: 'default', name: 'leaver', scopes: ['read', 'admin'], createdAtMs: Date.now(), expiresAtMs: Date.now() + dayMs });
  expect((await me('opsloop_session=default.old')).status).toBe(401);
});

it('its cookie travels over TLS alone where people reach the page by https', async () => {
  const secureOf = async (of: ApiUnderTest): Promise<boolean[]> => {
    const { headers } = await of.ask('/api/v1/session', { method: 'POST', body: { token: secret }, headers: {} });
    const closed = await of.ask('/api/v1/session', { method: 'DELETE', headers: { cookie: cookieOf(headers), origin: of.url } });
    return [headers, closed.headers].map((one) => /; Secure/.test(one.get('set-cookie')!));
  };
  expect(await secureOf(api)).toEqual([false, false]);
  const behindProxy = await startApi({}, { PUBLIC_URL: 'https://ops.example.com' });
  await behindProxy.makeToken('leaver', ['read'], secret);
  expect(await secureOf(behindProxy)).toEqual([true, true]);
  await behindProxy.stop();
});
