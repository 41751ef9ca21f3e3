import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '@opsloop/ports';

/** Of frames and files. */
const version = 1;

/** Marks a folder as written in this format. Throws a non-retryable EngineError for one that a newer build wrote. */
export async function claimFormat(folder: string): Promise<void> {
  const path = join(folder, 'format');
  const found = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? undefined : Promise.reject(error)));
  if (found === undefined) return writeFile(path, `${version}\n`);
  if (Number(found) !== version) {
    throw new EngineError(`${folder} was written by a newer Opsloop (format ${found.trim()}, this one knows ${version}): start that version again, or set OPSLOOP_DATA_DIR to another folder`, { retryable: false });
  }
}
