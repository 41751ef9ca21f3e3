/** Indexes of a large collection: the server says nothing until one is made, longer than services wait for an answer. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { mongoForTests, type MongoServer } from '@opsloop/native';
import { migrateMongo } from '@opsloop/engines-mongo';
import { createTempDir, machines } from '@opsloop/testing';

const engine = await mongoForTests(process.env);
const sometimes = 'start' in engine ? describe : describe.skip;
const title = 'reason' in engine ? `a slow migration of MongoDB (skipped: ${engine.reason})` : `a slow migration, on ${engine.on}`;
const silentMs = 25_000;

/** Hands on everything, and the answer to the first command that makes an index so much later. */
function slowProxy(port: number): Server {
  let held = false;
  return createServer((client) => {
    const server = connect(port, '127.0.0.1');
    let heldUntil: Promise<void> = Promise.resolve();
    client.on('data', (chunk: Buffer) => {
      if (!held && chunk.includes('createIndexes')) {
        held = true;
        heldUntil = new Promise((resolve) => setTimeout(resolve, silentMs));
      }
      server.write(chunk);
    });
    server.on('data', (chunk: Buffer) => void heldUntil.then(() => client.write(chunk)));
    const end = (one: Socket, other: Socket) => one.on('error', () => other.destroy()).on('close', () => other.destroy());
    end(client, server);
    end(server, client);
  });
}

sometimes(title, () => {
  const dir = createTempDir();
  let server: MongoServer;
  let proxy: Server;
  beforeAll(async () => {
    if ('start' in engine) server = await engine.start({ dataDir: dir.path });
    proxy = slowProxy(server.port);
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  }, 300_000);
  afterAll(async () => {
    proxy.close();
    await server.stop();
    dir.remove();
  });

  test('an index that takes longer than any answer to a service is waited for', async () => {
    const told: string[] = [];
    const startedAt = performance.now();
    await migrateMongo(`mongodb://127.0.0.1:${(proxy.address() as AddressInfo).port}/slow?directConnection=true`, [machines], (line) => told.push(line));
    expect(performance.now() - startedAt).toBeGreaterThan(silentMs - 1_000);
    expect(told).toEqual(['collection suite-machines: 6 indexes made', 'documents in slow have format 1']);
  }, 120_000);
});
