import { collections, type Settings } from '@opsloop/contracts';
import { checkEngineSettings } from './check-engine-settings.js';

/** Brings the engines that the settings choose to the schema of this version, and tells what it did. Embedded engines do it at their start. */
export async function migrateEngines(settings: Settings): Promise<string[]> {
  checkEngineSettings(settings, false);
  if (settings.DOCUMENTS === 'embedded') return ['nothing to do: embedded documents bring themselves up to date at the start'];
  const { migrateMongo } = await import('@opsloop/engines-mongo');
  return migrateMongo(settings.MONGODB_URL!, Object.values(collections));
}
