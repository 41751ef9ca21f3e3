import { collections, type LogAnswer, type RunLog, type WorkOrder } from '@opsloop/contracts';
import { logPrefix } from '@opsloop/domain';
import { startApi, type ApiUnderTest } from '../api-under-test.js';

const run = 'default/wo-r1';
let api: ApiUnderTest;

/** Pieces of one attempt, as the executor keeps them. */
async function keep(target: string, count: number): Promise<void> {
  const attempt = { target, job: 1, step: 'say', attempt: 1 };
  const logs = api.context.documents.collection<RunLog>(collections.runLogs);
  await Promise.all(Array.from({ length: count }, (_, index) => logs.insert({ id: `${logPrefix(run, attempt)}/${String(index + 1).padStart(6, '0')}`, tenant: 'default', run, ...attempt, number: index + 1, stream: 'stdout', atMs: index, text: `${target} ${index + 1}` })));
}

beforeAll(async () => {
  api = await startApi();
  await api.context.documents.collection<WorkOrder>(collections.workOrders).insert({ id: 'default/wo', tenant: 'default', run, runs: [run] } as unknown as WorkOrder);
  for (const target of ['db-1', 'db-2', 'db-3']) await keep(target, 20);
});
afterAll(() => api.stop());

async function read(query: string): Promise<LogAnswer> {
  return (await api.ask<LogAnswer>(`/api/v1/work-orders/wo/log?${query}`)).json;
}
const texts = ({ items }: LogAnswer): string[] => items.map((one) => one.text);

test('an attempt is read from its end, without what others printed', async () => {
  const attempt = 'target=db-2&job=1&step=say&attempt=1&direction=desc&limit=8';
  const first = await read(attempt);
  expect(texts(first)).toEqual([20, 19, 18, 17, 16, 15, 14, 13].map((number) => `db-2 ${number}`));
  const second = await read(`${attempt}&cursor=${encodeURIComponent(first.nextCursor!)}`);
  expect(texts(second)[0]).toBe('db-2 12');
  const third = await read(`${attempt}&cursor=${encodeURIComponent(second.nextCursor!)}`);
  expect([texts(third).at(-1), third.nextCursor]).toEqual(['db-2 1', undefined]);
});

test('a whole run is read in order', async () => {
  const all = await read('limit=1000');
  expect(all.items).toHaveLength(60);
  expect(texts(await read('limit=1000&target=db-3'))).toEqual(Array.from({ length: 20 }, (_, index) => `db-3 ${index + 1}`));
});
