import { mongoForTests, type MongoServer } from '@opsloop/native';
import { createMongoDocuments, migrateMongo } from '@opsloop/engines-mongo';
import type { CollectionSpec, Document } from '@opsloop/ports';
import { createTempDir } from '@opsloop/testing';
import { createConnection } from 'mongoose';

interface Thing extends Document {
  readonly hash: string;
}

const engine = await mongoForTests(process.env);
const sometimes = 'start' in engine ? describe : describe.skip;
const title = 'reason' in engine ? `migrations of MongoDB (skipped: ${engine.reason})` : `migrations, on ${engine.on}`;
const first: CollectionSpec = { name: 'first', indexes: [['tenant']] };
const older: CollectionSpec = { name: 'things' };
const newer: CollectionSpec = { name: 'things', indexes: [['hash']] };
const strict: CollectionSpec = { name: 'things', unique: [['hash']] };

sometimes(title, () => {
  const dir = createTempDir();
  let server: MongoServer;
  beforeAll(async () => {
    if ('start' in engine) server = await engine.start({ dataDir: dir.path });
  }, 300_000);
  afterAll(async () => {
    await server.stop();
    dir.remove();
  });

  const database = (name: string) => server.url.replace('/opsloop', `/${name}`);
  async function migrate(name: string, specs: readonly CollectionSpec[]): Promise<{ told: string[]; error: unknown }> {
    const told: string[] = [];
    const error = await migrateMongo(database(name), specs, (line) => told.push(line)).then(() => undefined, (reason: unknown) => reason);
    return { told, error };
  }
  async function insert(name: string, spec: CollectionSpec, things: readonly Thing[]): Promise<void> {
    const documents = createMongoDocuments({ url: database(name), specs: [spec] });
    await documents.start();
    await Promise.all(things.map((thing) => documents.collection<Thing>(spec).insert(thing)));
    await documents.stop(1_000);
  }
  /** What somebody else does in the database. */
  async function besides<R>(name: string, act: (connection: ReturnType<typeof createConnection>) => Promise<R>): Promise<R> {
    const connection = await createConnection(database(name)).asPromise();
    try {
      return await act(connection);
    } finally {
      await connection.close();
    }
  }
  const things = (count: number, hashOf: (i: number) => string = (i) => `h${i}`): Thing[] => Array.from({ length: count }, (_, i) => ({ id: `default/${i}`, tenant: 'default', hash: hashOf(i) }));

  test('a field that is declared later is filled in for every document, however many they are, and services of today are told about', async () => {
    await migrate('many', [older]);
    await insert('many', older, things(2_345));
    expect(await migrate('many', [newer])).toEqual({
      told: [
        'collection things: 1 indexes made',
        'collection things: declared fields filled in for 2345 documents',
        'documents in many have format 1',
        'older services may run on: what they write without new fields is filled in by services of this version, within minutes',
      ],
      error: undefined,
    });
    const documents = createMongoDocuments({ url: database('many'), specs: [newer] });
    await documents.start();
    for (const i of [0, 999, 1_000, 2_344]) expect((await documents.collection<Thing>(newer).find({ hash: `h${i}` })).items).toHaveLength(1);
    await documents.stop(1_000);
    expect((await migrate('many', [newer])).told).toEqual(['documents in many have format 1']);
  }, 60_000);

  test('what was done before a failure is told, the document that cannot be filled in is named, and every other one is filled in', async () => {
    await migrate('doubled', [older]);
    await insert('doubled', older, things(1_500, (i) => (i === 7 ? 'h3' : `h${i}`)));
    const { told, error } = await migrate('doubled', [first, strict]);
    expect(told).toEqual(['collection first: 1 indexes made', 'collection things: 1 indexes made']);
    expect(error).toMatchObject({ retryable: false, message: 'collection things: document default/7 has the unique key of another one: remove one of them, then migrate again' });
    await besides('doubled', async (connection) => void (await connection.collection<{ _id: string }>('things').deleteOne({ _id: 'default/7' })));
    expect(await migrate('doubled', [first, strict])).toEqual({ told: [
      'documents in doubled have format 1',
      'older services may run on: what they write without new fields is filled in by services of this version, within minutes',
    ], error: undefined });
  }, 60_000);

  test('an index that cannot be made is named with its collection', async () => {
    await migrate('index', [older]);
    await besides('index', async (connection) => void (await connection.collection<{ _id: string; json: string; keys: object }>('things').insertMany(['a', 'b'].map((id) => ({ _id: `default/${id}`, version: 1, fields: {}, keys: { hash: '["h"]' }, json: '{}' })))));
    const { error } = await migrate('index', [strict]);
    expect(error).toMatchObject({ name: 'EngineError', retryable: false, message: expect.stringMatching(/^collection things, index "unique hash": [^\n]*duplicate[^\n]*$/i) });
  });

  test('a database that holds something else is refused before anything is made in it', async () => {
    await besides('foreign', async (connection) => void (await connection.collection<{ _id: string }>('things').insertOne({ _id: 'x', session: 'somebody else' } as { _id: string })));
    const { told, error } = await migrate('foreign', [first, newer]);
    expect(error).toMatchObject({ name: 'EngineError', retryable: false, message: 'OPSLOOP_MONGODB_URL: the collection things of the database foreign holds something else than documents of Opsloop: name another database' });
    expect(told).toEqual([]);
    const made = await besides('foreign', async (connection) => ({
      collections: (await connection.listCollections()).map(({ name }) => name),
      indexes: (await connection.collection('things').indexes()).map(({ name }) => name),
    }));
    expect(made).toEqual({ collections: ['things'], indexes: ['_id_'] });
  });
});
