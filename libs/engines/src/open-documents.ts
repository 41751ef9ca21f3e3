import { collections, type Settings } from '@opsloop/contracts';
import type { Clock, Documents } from '@opsloop/ports';
import { tellTrouble, type Checked, type EngineLog, type EnginePart } from './engine-part.js';

/** Loads only the engine that the settings choose. */
export async function openDocuments(settings: Settings, clock: Clock, logger: EngineLog): Promise<Documents & EnginePart & Checked> {
  const onTrouble = tellTrouble(logger, 'documents cannot be written; writers wait and try again', 'documents can be written again');
  if (settings.DOCUMENTS === 'mongodb') {
    const { createMongoDocuments } = await import('@opsloop/engines-mongo');
    return createMongoDocuments({
      url: settings.MONGODB_URL!,
      specs: Object.values(collections),
      onTrouble,
      onFilled: (collection, documents) => logger.info({ collection, documents }, 'an older version wrote documents without fields of this one: they were filled in'),
      onUnfilled: (error) => logger.error({ err: error }, 'a document that an older version wrote cannot be filled in, so it may not be found'),
    });
  }
  const { createEmbeddedDocuments } = await import('@opsloop/engines-embedded');
  return createEmbeddedDocuments({ dataDir: settings.DATA_DIR, clock, specs: Object.values(collections), onTrouble });
}
