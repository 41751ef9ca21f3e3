import { collections, type Settings } from '@opsloop/contracts';
import { checkEngineSettings } from './check-engine-settings.js';

/** Brings the engines that the settings choose to the schema of this version, and tells what it did, each line when it was done. Embedded engines do it at their start. */
export async function migrateEngines(settings: Settings, tell: (line: string) => void): Promise<void> {
  checkEngineSettings(settings, false);
  if (settings.DOCUMENTS === 'embedded') return tell('nothing to do: embedded documents bring themselves up to date at the start');
  const { migrateMongo } = await import('@opsloop/engines-mongo');
  await migrateMongo(settings.MONGODB_URL!, Object.values(collections), tell);
}
