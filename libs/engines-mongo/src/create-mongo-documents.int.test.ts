import { installMongoServer, startMongoServer, type MongoServer, type MongoServerProgram } from '@opsloop/native';
import { createMongoDocuments, migrateMongo } from '@opsloop/engines-mongo';
import { createTempDir, documentsConformance, machines, type DocumentsUnderTest } from '@opsloop/testing';

const installed = await installMongoServer(process.env);
const sometimes = 'reason' in installed ? describe.skip : describe;
const title = `MongoDB wire protocol, on mongo-java-server${'reason' in installed ? ` (skipped: ${installed.reason})` : ''}`;
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
    server = await startMongoServer({ program: installed as MongoServerProgram, dataDir: dir.path });
  }, 300_000);
  afterAll(async () => {
    await server.stop();
    dir.remove();
  });

  documentsConformance('they', createUnderTest);
});
