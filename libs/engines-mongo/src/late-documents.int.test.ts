/** A rolling upgrade: services of the older version write on after the migration, beside those of the newer one. */
import { mongoForTests, type MongoServer } from '@opsloop/native';
import { createMongoDocuments, migrateMongo, type MongoDocuments } from '@opsloop/engines-mongo';
import type { CollectionSpec, Document } from '@opsloop/ports';
import { createTempDir, eventually } from '@opsloop/testing';

interface Thing extends Document {
  readonly dueAtMs?: number;
  readonly hash?: string;
}

const engine = await mongoForTests(process.env);
const sometimes = 'start' in engine ? describe : describe.skip;
const title = 'reason' in engine ? `late documents in MongoDB (skipped: ${engine.reason})` : `late documents, on ${engine.on}`;
const older: CollectionSpec = { name: 'things', indexes: [['tenant'], ['hash']] };
const newer: CollectionSpec = { name: 'things', indexes: [['tenant'], ['hash'], ['dueAtMs']] };
const strict: CollectionSpec = { name: 'things', unique: [['hash']], indexes: [['tenant'], ['hash']] };

sometimes(title, () => {
  const dir = createTempDir();
  const opened: MongoDocuments[] = [];
  let server: MongoServer;
  beforeAll(async () => {
    if ('start' in engine) server = await engine.start({ dataDir: dir.path });
  }, 300_000);
  afterEach(async () => void (await Promise.all(opened.splice(0).map((one) => one.stop(1_000)))));
  afterAll(async () => {
    await server.stop();
    dir.remove();
  });

  const database = (name: string) => server.url.replace('/opsloop', `/${name}`);
  const thing = (name: string, more: Partial<Thing> = {}): Thing => ({ id: `default/${name}`, tenant: 'default', ...more });
  /** A service of the version that declares this. */
  async function open(url: string, spec: CollectionSpec, options: { onFilled?: (collection: string, documents: number) => void; onUnfilled?: (error: Error) => void } = {}) {
    const documents = createMongoDocuments({ url, specs: [spec], lookEveryMs: 50, ...options });
    await documents.start();
    opened.push(documents);
    return documents.collection<Thing>(spec);
  }

  test('what older services insert and replace after the migration is found and claimed by a new field, without anybody\'s help', async () => {
    const url = database('rolling');
    await migrateMongo(url, [older]);
    const before = await open(url, older);
    await before.insert(thing('replaced', { dueAtMs: 5 }));
    await migrateMongo(url, [newer]);
    const told: string[] = [];
    const now = await open(url, newer, { onFilled: (collection, documents) => told.push(`${collection} ${documents}`) });
    await before.insert(thing('inserted', { dueAtMs: 5 }));
    await before.replace(thing('replaced', { dueAtMs: 6 }), 1);
    const due = async () => (await now.find({ dueAtMs: { lte: 10 } })).items.map(({ doc }) => doc.id).toSorted();
    await eventually('both are found', async () => (await due()).length === 2, 10_000);
    expect(await due()).toEqual(['default/inserted', 'default/replaced']);
    expect((await now.claim({ dueAtMs: { lte: 10 } }, { owner: 'new', leaseMs: 60_000, limit: 10 })).map(({ doc }) => doc.dueAtMs).toSorted()).toEqual([5, 6]);
    await eventually('it is told', () => told.reduce((sum, one) => sum + Number(one.split(' ')[1]), 0) >= 2, 10_000);
    expect(told[0]).toMatch(/^things [12]$/);
    // Again and again, while older ones go on.
    await before.insert(thing('later', { dueAtMs: 7 }));
    await eventually('the later one is found', async () => (await due()).length === 3, 10_000);
  });

  test('each is found, however many they are', async () => {
    const url = database('many');
    await migrateMongo(url, [older]);
    const before = await open(url, older);
    await migrateMongo(url, [newer]);
    await Promise.all(Array.from({ length: 1_200 }, (_, i) => before.insert(thing(`${i}`, { dueAtMs: i }))));
    let filled = 0;
    const now = await open(url, newer, { onFilled: (_collection, documents) => (filled += documents) });
    await eventually('all are filled in', () => filled === 1_200, 30_000);
    expect((await now.find({ dueAtMs: { gte: 600 } }, { limit: 1_000 })).items).toHaveLength(600);
  });

  test('services of the older version that start after the migration take nothing away from new documents', async () => {
    const url = database('restarted');
    await migrateMongo(url, [older]);
    await migrateMongo(url, [newer]);
    const [before, now] = [await open(url, older), await open(url, newer)];
    await now.insert(thing('new', { dueAtMs: 1, hash: 'a' }));
    await before.insert(thing('old', { dueAtMs: 2, hash: 'b' }));
    await eventually('both are found', async () => (await now.find({ dueAtMs: { gt: 0 } })).items.length === 2, 10_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await now.find({ dueAtMs: { gt: 0 } })).items).toHaveLength(2);
  });

  test('after a way back to the older version its documents are found, without another migration', async () => {
    const url = database('back');
    await migrateMongo(url, [newer]);
    const before = createMongoDocuments({ url, specs: [older], lookEveryMs: 50 });
    await before.start();
    opened.push(before);
    await before.collection<Thing>(older).insert(thing('back', { dueAtMs: 5 }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await before.stop(1_000);
    const now = await open(url, newer);
    await eventually('it is found', async () => (await now.find({ dueAtMs: { lte: 10 } })).items.length === 1, 10_000);
  });

  test('what an older service wrote meanwhile has its unique key when the migration is run again', async () => {
    const url = database('again');
    await migrateMongo(url, [older]);
    const before = await open(url, older);
    await migrateMongo(url, [strict]);
    await before.insert(thing('first', { hash: 'h' }));
    await migrateMongo(url, [strict]);
    const now = await open(url, strict);
    expect(await now.insert(thing('second', { hash: 'h' }))).toBe('exists');
    expect(await now.insert(thing('third', { hash: 'other' }))).toMatchObject({ version: 1 });
  });

  test('two of one unique key, one by an older and one by a newer service: the log names the one that cannot be mended', async () => {
    const url = database('doubled');
    await migrateMongo(url, [older]);
    const before = await open(url, older);
    await migrateMongo(url, [strict]);
    const told: string[] = [];
    const filled: number[] = [];
    const now = createMongoDocuments({ url, specs: [strict], lookEveryMs: 60_000 });
    await now.start();
    opened.push(now);
    await now.collection<Thing>(strict).insert(thing('new', { hash: 'h' }));
    await before.insert(thing('a', { hash: 'h' }));
    await before.insert(thing('b', { hash: 'i' }));
    await open(url, strict, { onUnfilled: (error) => told.push(error.message), onFilled: (_collection, documents) => filled.push(documents) });
    await eventually('it is told', () => told.length > 0, 10_000);
    expect(told[0]).toBe('collection things: document default/a has the unique key of another one: remove one of them, then migrate again');
    await eventually('the other one is filled in', () => filled.length > 0, 10_000);
    expect(await now.collection<Thing>(strict).insert(thing('c', { hash: 'i' }))).toBe('exists');
  });
});
