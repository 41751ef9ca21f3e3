/** What is seen, over HTTP: filters, pages, and the level of what is wrong with each. */
import { collections, type Alarm, type ResourceAnswer, type ResourceRecord } from '@opsloop/contracts';
import { applyTransition } from '@opsloop/domain';
import { buildAlarmEvent, buildResource } from '@opsloop/testing';
import { startApi, type ApiUnderTest } from '../api-under-test.js';

interface Listed {
  readonly items: readonly ResourceAnswer[];
  readonly nextCursor?: string;
}

let api: ApiUnderTest;
const kinds = ['host', 'service'] as const;

beforeAll(async () => {
  api = await startApi();
  const { documents } = api.context;
  for (let at = 0; at < 12; at++) {
    const name = `node-${String(at).padStart(2, '0')}`;
    const resource = buildResource({ uid: name, kind: kinds[at % 2]! });
    const record: ResourceRecord = { ...resource, id: `default/${resource.id}`, resourceId: resource.id, name, attributes: { infra_id: `infra-${at % 3}` }, metrics: at === 0 ? ['cpu.utilisation', 'disk.used'] : ['cpu.utilisation'], sources: [], firstSeenMs: 1, lastSeenMs: 1, updatedMs: Date.now() };
    await documents.collection<ResourceRecord>(collections.resources).insert(record);
  }
  await alarm('node-03', 'warn');
  await alarm('node-03', 'critical');
  await alarm('node-03', 'info');
  await alarm('node-04', 'critical', true);
}, 60_000);
afterAll(() => api.stop());

let alarms = 0;
async function alarm(host: string, level: 'info' | 'warn' | 'critical', resolved = false): Promise<void> {
  const event = buildAlarmEvent('alarm.opened', { occurrence: `default/alarm-${(alarms += 1)}`, resource: buildResource({ uid: host, kind: kinds[Number(host.slice(-2)) % 2]! }), level });
  const opened = applyTransition(undefined, event, Date.now()).alarm;
  await api.context.documents.collection<Alarm>(collections.alarms).insert(resolved ? { ...opened, state: 'resolved' } : opened);
}

const list = async (query: string): Promise<Listed> => (await api.ask<Listed>(`/api/v1/resources${query}`)).json;
const names = async (query: string): Promise<string[]> => (await list(query)).items.map(({ name }) => name);

it.each([
  ['?name=NODE-1', ['node-10', 'node-11']],
  ['?metric=disk.used', ['node-00']],
  ['?kind=service&label.infra_id=infra-1', ['node-01', 'node-07']],
  ['?label.infra_id=nowhere', []],
] as const)('%s', async (query, expected) => expect(await names(query)).toEqual(expected));

it('goes through all by name, page after page', async () => {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await list(`?limit=5${cursor === undefined ? '' : `&cursor=${cursor}`}`);
    seen.push(...page.items.map(({ name }) => name));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(seen).toEqual(Array.from({ length: 12 }, (_, at) => `node-${String(at).padStart(2, '0')}`));
});

it('tells the highest level of what is open on each, and how much it is', async () => {
  const { items } = await list('');
  expect(items.filter((one) => one.level !== null || one.openAlarms > 0).map(({ name, level, openAlarms }) => [name, level, openAlarms])).toEqual([['node-03', 'critical', 3]]);
  expect((await api.ask<ResourceAnswer>('/api/v1/resources/node-03')).json).toMatchObject({ name: 'node-03', level: 'critical', openAlarms: 3 });
  expect((await api.ask<ResourceAnswer>('/api/v1/resources/node-04')).json).toMatchObject({ level: null, openAlarms: 0 });
});

it('says what is wrong with a question', async () => {
  expect((await api.ask('/api/v1/resources/nobody')).json).toMatchObject({ status: 404 });
  expect((await api.ask('/api/v1/resources?colour=red')).json).toMatchObject({ status: 400, errors: [{ at: 'colour' }] });
  expect((await api.ask(`/api/v1/resources?cursor=${Buffer.from('x').toString('base64url')}`)).json).toMatchObject({ status: 400, errors: [{ at: 'cursor' }] });
});
