import { collections, settingsSchema, type ResourceRecord } from '@opsloop/contracts';
import { createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { createLogger, createOwnMetrics, createSystemClock, type ServiceContext } from '@opsloop/runtime';
import { buildResource, buildWindowBatch, createTempDir } from '@opsloop/testing';
import { createResourceDirectory } from './resource-directory.js';

test('resources beyond those that are listed are counted and told of once', async () => {
  const clock = createSystemClock();
  const documents = createEmbeddedDocuments({ dataDir: createTempDir('resource-directory-').path, clock });
  await documents.start();
  const ownMetrics = createOwnMetrics();
  const told: object[] = [];
  const logger = Object.assign(createLogger('silent', 'test'), { warn: (what: object) => void told.push(what) });
  const context = { documents, clock, logger, ownMetrics, settings: settingsSchema.parse({}) } as unknown as ServiceContext;
  const directory = createResourceDirectory(context, 2);
  for (let round = 0; round < 2; round++) {
    for (const uid of ['a', 'b', 'c']) directory.observe(buildWindowBatch({ resource: buildResource({ uid }), windows: [{ metric: 'a.x', values: [1] }] }), round);
  }
  await directory.settle();
  const listed = await documents.collection<ResourceRecord>(collections.resources).find({ tenant: 'default' });
  expect(listed.items.map(({ doc }) => doc.uid).toSorted()).toEqual(['a', 'b']);
  expect(await ownMetrics.text()).toContain('opsloop_history_unlisted_batches_total 2');
  expect(told).toMatchObject([{ resource: buildResource({ uid: 'c' }).id, maxResources: 2 }]);
  await documents.stop(1_000);
});

test('one resource that says too much about itself is listed with what fits, and holds up no other', async () => {
  const clock = createSystemClock();
  const documents = createEmbeddedDocuments({ dataDir: createTempDir('resource-directory-').path, clock });
  await documents.start();
  const context = { documents, clock, logger: createLogger('silent', 'test'), ownMetrics: createOwnMetrics(), settings: settingsSchema.parse({}) } as unknown as ServiceContext;
  const directory = createResourceDirectory(context);
  const texts = Object.fromEntries(Array.from({ length: 127 }, (_, at) => [`app.text${at}`, '\u0001'.repeat(4_000)]));
  const windows = Array.from({ length: 2_000 }, (_, at) => ({ metric: `m${at}.${'가'.repeat(500)}`, values: [1] }));
  directory.observe({ ...buildWindowBatch({ resource: buildResource({ uid: 'loud' }), windows }), attributes: { host: 'loud', ...texts } }, 1);
  directory.observe(buildWindowBatch({ resource: buildResource({ uid: 'quiet', tenant: 'other' }), windows: [{ metric: 'a.x', values: [1] }] }), 2);
  await directory.settle();
  const records = documents.collection<ResourceRecord>(collections.resources);
  const [loud] = (await records.find({ tenant: 'default' })).items;
  expect(loud!.doc).toMatchObject({ name: 'loud', attributes: { host: 'loud', 'app.text0': '\u0001'.repeat(1_024) } });
  expect([loud!.doc.metrics.length > 100, Object.keys(loud!.doc.attributes).length > 10]).toEqual([true, true]);
  expect((await records.find({ tenant: 'other' })).items).toHaveLength(1);
  await documents.stop(1_000);
});
