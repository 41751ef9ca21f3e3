/** The migration as a process, as compose and Kubernetes run it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createMongoDocuments, migrateMongo } from '@opsloop/engines-mongo';
import { mongoForTests, type MongoServer } from '@opsloop/native';
import { createTempDir } from '@opsloop/testing';
import { root } from './deploy-files.js';

const engine = await mongoForTests(process.env);
const sometimes = 'start' in engine ? describe : describe.skip;
const title = 'reason' in engine ? `the migration (skipped: ${engine.reason})` : `the migration, on ${engine.on}`;

sometimes(title, () => {
  const dir = createTempDir();
  let mongo: MongoServer;
  beforeAll(async () => {
    if ('start' in engine) mongo = await engine.start({ dataDir: dir.path });
  }, 300_000);
  afterAll(async () => {
    await mongo.stop();
    dir.remove();
  });

  test('says what was done before it failed, and why it failed', async () => {
    const loose = { name: 'tokens' };
    await migrateMongo(mongo.url, [loose]);
    const documents = createMongoDocuments({ url: mongo.url, specs: [loose] });
    await documents.start();
    for (const name of ['a', 'b']) await documents.collection<{ id: string; tenant: string; hash: string }>(loose).insert({ id: `default/${name}`, tenant: 'default', hash: 'same' });
    await documents.stop(1_000);
    const env = { PATH: process.env['PATH'], OPSLOOP_DOCUMENTS: 'mongodb', OPSLOOP_MONGODB_URL: mongo.url, OPSLOOP_DATA_DIR: join(dir.path, 'data') };
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'services/migrate/dist/main.js')], { env, encoding: 'utf8', timeout: 60_000 });
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'migrate: collection tokens: document default/b has the unique key of another one: remove one of them, then migrate again\n' });
    expect(stdout).toMatch(/^collection definitions: \d+ indexes made\n/);
    expect(stdout).toContain('collection tokens: 2 indexes made\n');
  }, 90_000);
});
