import { closeSync, existsSync, openSync } from 'node:fs';
import Database from 'libsql';
import { EngineError } from '@opsloop/ports';

export type Sqlite = Database.Database;
export type SqliteValue = string | number | Uint8Array | null;

export interface DatabaseFile {
  readonly path: string;
  /** Version of the tables that this build writes; a file with a higher one is refused. */
  readonly schemaVersion: number;
  readonly pageBytes: number;
  /** The write-ahead log is copied into the file when it has grown by this much. */
  readonly checkpointBytes: number;
}

/**
 * Opens a database file whose only user is this process: write-ahead log, fsync at every commit.
 * Throws a non-retryable EngineError for a file that a newer build wrote.
 */
export function openDatabase({ path, schemaVersion, pageBytes, checkpointBytes }: DatabaseFile): Sqlite {
  createPrivately(path);
  const database = new Database(path);
  try {
    database.exec(`PRAGMA page_size=${pageBytes}`);
    // One process owns the file: no shared memory, no lock call per transaction.
    database.exec('PRAGMA locking_mode=EXCLUSIVE');
    database.prepare('PRAGMA journal_mode=WAL').all();
    database.exec('PRAGMA synchronous=FULL');
    database.prepare(`PRAGMA wal_autocheckpoint=${Math.ceil(checkpointBytes / pageBytes)}`).all();
    database.prepare(`PRAGMA journal_size_limit=${checkpointBytes * 2}`).all();
    database.exec('PRAGMA cache_size=-16384');
    const found = numberOf(database, 'PRAGMA user_version');
    if (found > schemaVersion) {
      throw new EngineError(`${path} was written by a newer Opsloop (schema ${found}, this one knows ${schemaVersion}): start that version again, or set OPSLOOP_DATA_DIR to another folder`, { retryable: false });
    }
    if (found < schemaVersion) database.exec(`PRAGMA user_version=${schemaVersion}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A new file is its owner's alone, and so are the logs that SQLite makes after its pattern: a data folder may be open to others. */
export function createPrivately(path: string): void {
  // One that is there is not touched: to close it would drop this process's locks on it.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
}

/** The single number that a statement answers with. */
export function numberOf(database: Sqlite, sql: string): number {
  const [value] = database.prepare(sql).raw().get([]) as [number];
  return value;
}

/** Runs `work` in one transaction; whatever it throws leaves the file as it was. */
export function inTransaction<T>(database: Sqlite, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk has rolled back already.
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
