import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Database from 'libsql';
import { EngineError } from '@opsloop/ports';
import { createPrivately } from '../sqlite/open-database.js';

export interface DataDirLock {
  release(): void;
}

/**
 * Makes this process the one user of a data folder, which is created when missing. The lock is SQLite's on a file, so
 * the system drops it with the process, however that ends. Throws a non-retryable EngineError of one line when another
 * process has it.
 */
export function lockDataDir(dataDir: string): DataDirLock {
  const path = join(dataDir, 'lock.db');
  let database: Database.Database | undefined;
  try {
    // Documents tell of people and machines. In a folder that was there before, each file is private by itself.
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    createPrivately(path);
    database = new Database(path);
    // A rollback journal: its exclusive lock keeps even readers out.
    database.prepare('PRAGMA journal_mode=DELETE').all();
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    throw refusal(dataDir, error);
  }
  const locked = database;
  return {
    release() {
      if (!locked.open) return;
      // Closing alone waits for statements that are not collected yet.
      locked.exec('ROLLBACK');
      locked.close();
    },
  };
}

function refusal(dataDir: string, error: unknown): EngineError {
  const folder = resolve(dataDir);
  const busy = error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
  const message = busy
    ? `OPSLOOP_DATA_DIR: another Opsloop is using ${folder}: stop it first, or set OPSLOOP_DATA_DIR to another folder`
    : `OPSLOOP_DATA_DIR: ${folder} cannot be used (${error instanceof Error ? error.message : String(error)}): make it a writable folder, or set OPSLOOP_DATA_DIR to another one`;
  return new EngineError(message, { retryable: false, cause: error });
}
