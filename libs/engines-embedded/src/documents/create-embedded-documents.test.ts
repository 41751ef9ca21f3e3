import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { createSkewedClock, createTempDir, documentsConformance, eventually, killWorkers, machine, machines, pause, type DocumentsUnderTest, type Machine } from '@opsloop/testing';

async function createUnderTest(): Promise<DocumentsUnderTest> {
  const dir = createTempDir();
  const clock = createSkewedClock();
  const open = async () => {
    const opened = createEmbeddedDocuments({ dataDir: dir.path, clock });
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
    async destroy() {
      await documents.stop(5_000);
      dir.remove();
    },
    skip: clock.skip,
  };
}

documentsConformance('the embedded documents', createUnderTest);

describe('the embedded documents, beyond the port', () => {
  test('what was under way at stop is finished; afterwards calls are told to try again', async () => {
    const dir = createTempDir();
    const documents = createEmbeddedDocuments({ dataDir: dir.path, clock: createSkewedClock() });
    await documents.stop(100);
    await documents.start();
    await documents.check();
    const collection = documents.collection<Machine>(machines);
    const inserts = Promise.all(Array.from({ length: 2_000 }, (_, i) => collection.insert(machine(i))));
    await documents.stop(5_000);
    expect(await inserts).toHaveLength(2_000);
    await expect(collection.get('default/1')).rejects.toMatchObject({ name: 'EngineError', retryable: true });
    await expect(documents.check()).rejects.toMatchObject({ retryable: true });
    await documents.stop(100);
    dir.remove();
  });

  test('a stop that is cut off in the middle of writes leaves those undone that wait, and nothing half', async () => {
    const dir = createTempDir();
    for (let round = 0; round < 5; round++) {
      const documents = createEmbeddedDocuments({ dataDir: dir.path, clock: createSkewedClock() });
      await documents.start();
      const collection = documents.collection<Machine>(machines);
      const writes = Array.from({ length: 20_000 }, (_, i) => collection.insert(machine(round * 20_000 + i)).then(() => true, () => false));
      await pause(20 * round);
      await documents.stop(0);
      const done = await Promise.all(writes);
      expect(done).toContain(false);
    }
    dir.remove();
  });

  test('a lease that was taken while the clock ran ahead ends when it is set back, though not by the little that clocks are set', async () => {
    const dir = createTempDir();
    const clock = createSkewedClock();
    const documents = createEmbeddedDocuments({ dataDir: dir.path, clock });
    await documents.start();
    const collection = documents.collection<Machine>(machines);
    await collection.insert(machine(1));
    const claimAs = async (owner: string) => (await collection.claim({}, { owner, leaseMs: 60_000 })).length;
    clock.skip(365 * 86_400_000);
    expect(await claimAs('dies')).toBe(1);
    clock.skip(-50_000);
    expect(await claimAs('other')).toBe(0);
    clock.skip(-364 * 86_400_000);
    expect(await claimAs('other')).toBe(1);
    expect(await claimAs('third')).toBe(0);
    await documents.stop(1_000);
    dir.remove();
  });

  test.each([['heavy', 2 ** 20, 100], ['full', 1, 99]])('a page that is %s does not keep the log of its file from being emptied', async (_, bytes, limit) => {
    const dir = createTempDir();
    const documents = createEmbeddedDocuments({ dataDir: dir.path, clock: createSkewedClock() });
    await documents.start();
    const collection = documents.collection<Machine>(machines);
    for (let i = 0; i < 200; i++) await collection.insert(machine(i), new Uint8Array(i < 12 ? bytes : 1));
    const { nextCursor } = await collection.find({}, { limit });
    expect(nextCursor).toBeDefined();
    for (let i = 200; i < 280; i++) await collection.insert(machine(i), new Uint8Array(2 ** 20));
    expect(statSync(join(dir.path, 'documents.db-wal')).size).toBeLessThan(48 * 2 ** 20);
    await documents.stop(1_000);
    dir.remove();
  });

  test.each(['before', 'after'] as const)('a worker that dies %s a write: callers are told to try again, and it works again by itself', async (when) => {
    const dir = createTempDir();
    const troubles: string[] = [];
    const documents = createEmbeddedDocuments({ dataDir: dir.path, clock: createSkewedClock(), onTrouble: (error) => troubles.push(error?.message ?? 'mended') });
    await documents.start();
    const collection = documents.collection<Machine>(machines);
    await collection.insert(machine(1));
    const alive = killWorkers(() => true, when);
    const dying = collection.replace(machine(1, { state: 'new' }), 1);
    await expect(dying).rejects.toMatchObject({ name: 'EngineError', retryable: true });
    alive();
    await expect(collection.get('default/1')).rejects.toMatchObject({ retryable: true });
    await eventually('it works again', () => collection.insert(machine(2)).then(() => true, () => false));
    const { doc, version } = (await collection.get('default/1'))!;
    expect([doc.state, version]).toEqual(when === 'before' ? [undefined, 1] : ['new', 2]);
    expect(troubles).toEqual(['the embedded documents: its worker thread has died', 'mended']);
    await documents.stop(1_000);
    dir.remove();
  });
});
