import { jest } from '@jest/globals';
import { mongoForTests, type MongoServer } from '@opsloop/native';
import { createMongoDocuments, migrateMongo } from '@opsloop/engines-mongo';
import { createTempDir, documentsConformance, machines, type DocumentsUnderTest } from '@opsloop/testing';

const engine = await mongoForTests(process.env);
const sometimes = 'start' in engine ? describe : describe.skip;
const title = 'reason' in engine ? `MongoDB (skipped: ${engine.reason})` : `on ${engine.on}`;
// A mongod has no clock that can be moved: what skips minutes waits for them.
if ('start' in engine && engine.isContainer) jest.setTimeout(600_000);
const others = { ...machines, name: 'suite-others' };
let databases = 0;
let server: MongoServer;
const dir = createTempDir();

async function createUnderTest(): Promise<DocumentsUnderTest> {
  const url = server.url.replace('/opsloop', `/suite-${databases++}`);
  await migrateMongo(url, [machines, others]);
  const open = async () => {
    const opened = createMongoDocuments({ url, specs: [machines] });
    await opened.start();
    return opened;
  };
  let documents = await open();
  return {
    get documents() {
      return documents;
    },
    async reopen() {
      await documents.stop(5_000);
      documents = await open();
    },
    destroy: () => documents.stop(5_000),
    skip: (ms) => server.skip(ms),
    migrate: async (specs) => void (await migrateMongo(url, specs)),
  };
}

sometimes(title, () => {
  beforeAll(async () => {
    if ('start' in engine) server = await engine.start({ dataDir: dir.path });
  }, 300_000);
  afterAll(async () => {
    await server.stop();
    dir.remove();
  });

  documentsConformance('they', createUnderTest);
});
