import { collections, deadLetterTopic, settingsSchema, topics, type DeadLetter, type Principal } from '@opsloop/contracts';
import { openEngines } from '@opsloop/engines';
import { openContext, partGroup, type Part, type ServiceContext } from '@opsloop/runtime';
import { createTempDir, eventually } from '@opsloop/testing';
import { createDeadLetterList, deadLetterRoutes } from './dead-letters.js';

const principal: Principal = { tenant: 'default', name: 'test', scopes: ['operate'] };
let context: ServiceContext;
let parts: Part;

beforeAll(async () => {
  const opened = await openContext('api', settingsSchema.parse({ DATA_DIR: createTempDir().path, LOG_LEVEL: 'silent' }), openEngines, false);
  context = opened.context;
  parts = partGroup('test', [...opened.engines.parts, createDeadLetterList(context)]);
  await parts.start();
});
afterAll(async () => parts.stop(5_000));

test('a record that no document can carry is in the list without its bytes, and those behind it are there', async () => {
  const from = (position: number) => ({ topic: topics.window.name, group: 'history', position: String(position), reason: 'a number is not finite' });
  const sizes = [2 ** 20 + 1, 2 ** 20, 10];
  await context.bus.publish(deadLetterTopic(topics.window.name), sizes.map((size, i) => ({ key: 'default/a', value: new Uint8Array(size).fill(65), headers: from(i), partition: 0 })));
  const letters = context.documents.collection<DeadLetter>(collections.deadLetters);
  const all = async () => (await letters.find({ tenant: 'default' }, { sort: { field: 'atMs', direction: 'asc' } })).items.map(({ doc }) => doc);
  await eventually('all of them', async () => (await all()).length === sizes.length);
  const [large, ...others] = (await all()).toSorted((a, b) => a.position - b.position);
  expect([large!.sizeBytes, large!.reason, large!.preview.length]).toEqual([2 ** 20 + 1, 'a number is not finite', 1_000]);
  const retry = deadLetterRoutes(context).find(({ path }) => path.endsWith('/retry'))!;
  const putBack = async (id: string) => retry.handle({ principal, params: { id } } as unknown as Parameters<typeof retry.handle>[0]);
  await expect(putBack(large!.id)).rejects.toThrow('Its bytes were not kept.');
  for (const { id } of others) expect(await putBack(id)).toEqual({ accepted: true });
});
