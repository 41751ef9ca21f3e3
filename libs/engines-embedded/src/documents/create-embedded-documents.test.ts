import { createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { createSkewedClock, createTempDir, documentsConformance, machine, machines, type DocumentsUnderTest, type Machine } from '@opsloop/testing';

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
});
