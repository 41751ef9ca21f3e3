import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '@opsloop/ports';
import { syncFolder } from './segment-file.js';

/** Of frames and files. */
const version = 1;

/** Marks a folder as written in this format. Throws a non-retryable EngineError for one that a newer build wrote. */
export async function claimFormat(folder: string): Promise<void> {
  const path = join(folder, 'format');
  const found = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? undefined : Promise.reject(error)));
  // Empty: builds that wrote it in place were cut off, or the disk was full.
  if (found === undefined || found === '') return writeFormat(folder, path);
  if (Number(found) !== version) {
    throw new EngineError(`${folder} was written by a newer Opsloop (format ${found.trim()}, this one knows ${version}): start that version again, or set OPSLOOP_DATA_DIR to another folder`, { retryable: false });
  }
}

/** There whole or not at all. */
async function writeFormat(folder: string, path: string): Promise<void> {
  const half = `${path}.new`;
  const file = await open(half, 'w', 0o600);
  try {
    await file.writeFile(`${version}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(half, path);
  await syncFolder(folder);
}
