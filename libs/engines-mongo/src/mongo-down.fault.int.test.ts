import { mongoForTests, type MongoServer } from '@opsloop/native';
import { createMongoDocuments, migrateMongo, type MongoDocuments } from '@opsloop/engines-mongo';
import type { Collection } from '@opsloop/ports';
import { createTempDir, eventually, machine, machines, type Machine, type TempDir } from '@opsloop/testing';

const engine = await mongoForTests(process.env);
const downMs = 30_000;

const sometimes = 'start' in engine ? describe : describe.skip;
const title = 'reason' in engine ? `documents in MongoDB while their server (skipped: ${engine.reason})` : `documents while ${engine.on},`;

sometimes(title, () => {
  let dir: TempDir;
  let server: MongoServer;
  let documents: MongoDocuments;
  let collection: Collection<Machine>;
  const troubles: boolean[] = [];
  beforeEach(async () => {
    dir = createTempDir();
    if ('start' in engine) server = await engine.start({ dataDir: dir.path });
    await migrateMongo(server.url, [machines]);
    troubles.length = 0;
    documents = createMongoDocuments({ url: server.url, specs: [machines], onTrouble: (error) => troubles.push(error !== undefined) });
    await documents.start();
    collection = documents.collection<Machine>(machines);
  }, 300_000);
  afterEach(async () => {
    await documents.stop(1_000);
    await server.stop();
    dir.remove();
  });

  /** The same call again while it may succeed later, as the runner of handlers does it. */
  async function untilAnswered<R>(call: () => Promise<R>): Promise<{ answer: R; tries: number }> {
    for (let tries = 1; ; tries++) {
      try {
        return { answer: await call(), tries };
      } catch (error) {
        expect(error).toMatchObject({ name: 'EngineError', retryable: true });
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  test('is killed in the middle of writes: what was answered is there, what was not is there whole or not at all', async () => {
    const answered: number[] = [];
    const writes = Array.from({ length: 8 }, async (_, writer) => {
      for (let i = writer; i < 1_600; i += 8) {
        const { answer } = await untilAnswered(() => collection.insert(machine(i, { serial: `s${i}`, state: 'new' }), Uint8Array.of(i % 256)));
        if (answer !== 'exists') answered.push(i);
      }
    });
    for (let kills = 0; kills < 3; kills++) {
      const before = answered.length;
      await eventually('writes go on', () => answered.length >= before + 100, 60_000);
      await server.kill();
      await server.start();
    }
    await Promise.all(writes);
    const found: Machine[] = [];
    for (let cursor: string | undefined, last = false; !last; ) {
      const page = await collection.find({ state: 'new' }, { limit: 1_000, ...(cursor !== undefined && { cursor }) });
      for (const { doc, version, bytes } of page.items) {
        found.push(doc);
        expect([version, bytes![0], doc.serial]).toEqual([1, Number(doc.id.slice('default/'.length)) % 256, `s${doc.id.slice('default/'.length)}`]);
      }
      cursor = page.nextCursor;
      last = cursor === undefined;
    }
    expect(found).toHaveLength(1_600);
    expect(answered.length).toBeGreaterThan(1_500);
    // The unique key came through as whole as the documents.
    expect(await collection.insert(machine('other', { serial: 's3' }))).toBe('exists');
  }, 240_000);

  test('is down for 30 s: every call is told to try again, then claims go on, and the fence holds', async () => {
    await collection.insert(machine('held', { state: 'due' }));
    await collection.insert(machine('free', { state: 'due' }));
    const [held] = await collection.claim({ state: 'due', id: 'default/held' }, { owner: 'before', leaseMs: 10_000 });
    await server.kill();
    const back = new Promise<void>((resolve, reject) => setTimeout(() => server.start().then(resolve, reject), downMs));
    const claims = await Promise.all(Array.from({ length: 30 }, (_, i) => untilAnswered(() => collection.claim({ state: 'due' }, { owner: `worker ${i}`, leaseMs: 60_000 }))));
    await back;
    expect(Math.min(...claims.map(({ tries }) => tries))).toBeGreaterThan(2);
    // The lease of before ran out while the server was down.
    expect(claims.flatMap(({ answer }) => answer.map(({ doc }) => doc.id)).toSorted()).toEqual(['default/free', 'default/held']);
    expect(await collection.replace(machine('held', { state: 'done by the old owner' }), held!.version)).toBe('conflict');
    await documents.check();
    expect(troubles).toEqual([true, false]);
  }, 240_000);

  test('says nothing for 30 s: calls end, and are answered when it goes on', async () => {
    await collection.insert(machine(1));
    await server.freeze();
    const waking = setTimeout(() => void server.thaw(), downMs);
    const { answer, tries } = await untilAnswered(() => collection.get('default/1'));
    clearTimeout(waking);
    expect(answer).toMatchObject({ version: 1 });
    expect(tries).toBeGreaterThan(1);
  }, 240_000);
});
