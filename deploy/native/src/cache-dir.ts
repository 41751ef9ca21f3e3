import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A folder outside the checkout for what launchers install; made when it is not there. XDG_CACHE_HOME moves it. */
export function cacheDir(name: string, environment: Readonly<Record<string, string | undefined>>): string {
  const folder = join(environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'opsloop', name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
