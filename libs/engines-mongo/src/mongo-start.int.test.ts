import { mongoForTests, type MongoServer } from '@opsloop/native';
import { createMongoDocuments, migrateMongo } from '@opsloop/engines-mongo';
import { createTempDir, machine, machines, type Machine } from '@opsloop/testing';
import { createConnection } from 'mongoose';

const engine = await mongoForTests(process.env);

const sometimes = 'start' in engine ? describe : describe.skip;
const title = 'reason' in engine ? `documents in MongoDB at their start (skipped: ${engine.reason})` : `documents at their start, on ${engine.on}`;

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
  const migrate = async (url: string, specs: Parameters<typeof migrateMongo>[1]): Promise<string[]> => {
    const told: string[] = [];
    await migrateMongo(url, specs, (line) => told.push(line));
    return told;
  };
  const startError = async (url: string, specs: Parameters<typeof migrateMongo>[1] = [machines]): Promise<string> => {
    const documents = createMongoDocuments({ url, specs });
    const error = await documents.start().then(() => undefined, (reason: unknown) => reason);
    await documents.stop(1_000);
    expect(error).toMatchObject({ name: 'EngineError', retryable: false });
    return (error as Error).message;
  };

  test.each([
    ['no address', () => 'localhost:27017', /^OPSLOOP_MONGODB_URL: it is not an address of MongoDB \([^\n]*\): write mongodb:\/\/user:password@host:27017\/name$/],
    ['nobody there', () => 'mongodb://somebody:secret@127.0.0.1:1/opsloop', /^OPSLOOP_MONGODB_URL: no MongoDB answers at 127\.0\.0\.1:1 \([^\n]*ECONNREFUSED[^\n]*\): start it, or mend the address$/],
    ['a user that the server refuses', () => database('opsloop').replace('//', '//somebody:secret@'), /^OPSLOOP_MONGODB_URL: 127\.0\.0\.1:\d+ refuses the user or the password \([^\n]*\): mend them, or name the database of the user with \?authSource=$/],
    ['an empty database', () => database('empty'), /^OPSLOOP_MONGODB_URL: the database empty has not the schema of this version \(there is none\): run `npm run migrate` \(in the image: `node services\/migrate\/dist\/main\.js`\) with the same settings$/],
  ])('%s: one line that names the setting and the mend, and no password', async (_what, url, expected) => {
    const message = await startError(url());
    expect(message).toMatch(expected);
    expect(message).not.toContain('secret');
  });

  test('a collection, a field or an index that was not migrated is named', async () => {
    const url = database('older');
    await migrateMongo(url, [machines]);
    expect(await startError(url, [machines, { name: 'suite-others' }, { name: 'suite-tags', indexes: [['tag']] }])).toMatch(/\(collection suite-tags has no tag\): run `npm run migrate`/);
    await migrateMongo(url, [{ name: 'suite-others' }]);
    expect(await startError(url, [{ ...machines, indexes: [...machines.indexes, ['up', 'rank']] }])).toMatch(/\(collection suite-machines has no index on fields\.up, fields\.rank, _id\)/);
  });

  test('a collection that nobody named at the start is refused at its first use, until it is migrated', async () => {
    const url = database('late');
    await migrateMongo(url, [machines]);
    const documents = createMongoDocuments({ url, specs: [machines] });
    await documents.start();
    const late = { name: 'suite-late', unique: [['serial']] };
    const collection = documents.collection<Machine>(late);
    await expect(collection.insert(machine(1))).rejects.toMatchObject({ name: 'EngineError', retryable: false, message: expect.stringMatching(/collection suite-late has no serial/) });
    await migrateMongo(url, [late]);
    expect(await collection.insert(machine(1, { serial: 'a' }))).toMatchObject({ version: 1 });
    expect(await collection.insert(machine(2, { serial: 'a' }))).toBe('exists');
    await documents.stop(1_000);
  });

  test('the schema of a newer version stops the start and the migration', async () => {
    const url = database('newer');
    await migrateMongo(url, [machines]);
    const connection = await createConnection(url).asPromise();
    await connection.getClient().db('newer').collection<{ _id: string; version: number }>('opsloop-schema').updateOne({ _id: 'format' }, { $set: { version: 2 } });
    await connection.close();
    expect(await startError(url)).toMatch(/^OPSLOOP_MONGODB_URL: the documents in newer belong to a newer Opsloop \(format 2, this one knows 1\): start that one, or name another database$/);
    await expect(migrateMongo(url, [machines])).rejects.toThrow('newer Opsloop');
  });

  test('a migration says what it did, and nothing the second time', async () => {
    const url = database('twice');
    expect(await migrate(url, [machines])).toEqual(['collection suite-machines: 6 indexes made', 'documents in twice have format 1']);
    expect(await migrate(url, [machines])).toEqual(['documents in twice have format 1']);
    expect(await migrate(url, [{ name: 'suite-machines', unique: [['serial']] }])).toContain('collection suite-machines: the index "index up" is not needed any more: drop it when no older version runs');
  });

  test('a unique key that is declared later is kept from then on, and told when documents break it already', async () => {
    const url = database('unique');
    const loose = { name: 'suite-machines', indexes: [['serial']] };
    await migrateMongo(url, [loose]);
    const documents = createMongoDocuments({ url, specs: [loose] });
    await documents.start();
    for (const [i, serial] of ['a', 'b', 'b'].entries()) await documents.collection<Machine>(loose).insert(machine(i, { serial }));
    await documents.stop(1_000);
    const strict = { name: 'suite-machines', unique: [['serial']] };
    await expect(migrateMongo(url, [strict])).rejects.toThrow(/document default\/2 has the unique key of another one: remove one of them, then migrate again/);
    expect(await startError(url, [strict])).toMatch(/has no serial/);
  });

  test('without the name of a database it is opsloop', async () => {
    expect((await migrate(`mongodb://127.0.0.1:${server.port}/?maxPoolSize=3`, [machines])).at(-1)).toBe('documents in opsloop have format 1');
  });

  test('what was under way at stop is finished; afterwards calls are told to try again; both are safe twice', async () => {
    const url = database('stopping');
    await migrateMongo(url, [machines]);
    const documents = createMongoDocuments({ url, specs: [machines] });
    await documents.stop(100);
    await documents.start();
    await documents.start();
    await documents.check();
    const collection = documents.collection<Machine>(machines);
    const inserts = Promise.all(Array.from({ length: 300 }, (_, i) => collection.insert(machine(i))));
    await documents.stop(60_000);
    expect(await inserts).toHaveLength(300);
    for (const call of [() => collection.get('default/1'), () => documents.check(), () => documents.now()]) await expect(call()).rejects.toMatchObject({ name: 'EngineError', retryable: true });
    await documents.stop(100);
  }, 90_000);
});
