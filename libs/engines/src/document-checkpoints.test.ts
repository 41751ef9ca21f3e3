import { collections } from '@opsloop/contracts';
import { createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { checkpointsConformance, createSkewedClock, createTempDir } from '@opsloop/testing';
import { createDocumentCheckpoints } from './document-checkpoints.js';

checkpointsConformance('checkpoints over documents', async () => {
  const dir = createTempDir();
  const clock = createSkewedClock();
  const open = async () => {
    const opened = createEmbeddedDocuments({ dataDir: dir.path, clock });
    await opened.start();
    return opened;
  };
  let documents = await open();
  return {
    get checkpoints() {
      return createDocumentCheckpoints({ documents, clock });
    },
    async reopen() {
      await documents.stop(5_000);
      documents = await open();
    },
    async destroy() {
      await documents.stop(5_000);
      dir.remove();
    },
    storedChunks: async () => (await documents.collection(collections.checkpointChunks).find({}, { limit: 1_000 })).items.length,
  };
});
