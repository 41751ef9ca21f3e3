import { join } from 'node:path';
import { createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { createSkewedClock, createTempDir } from '@opsloop/testing';
import Database from 'libsql';
import { inTransaction, openDatabase, type Sqlite } from './open-database.js';

const dir = createTempDir();
afterAll(() => dir.remove());

const open = (name: string, schemaVersion = 1): Sqlite => openDatabase({ path: join(dir.path, name), schemaVersion, pageBytes: 4_096, checkpointBytes: 2 ** 20 });

test('every commit is synced: write-ahead log, synchronous FULL', () => {
  const database = open('durable.db');
  expect(database.prepare('PRAGMA journal_mode').raw().get([])).toEqual(['wal']);
  expect(database.prepare('PRAGMA synchronous').raw().get([])).toEqual([2]);
  database.close();
});

test('a transaction that throws leaves the file as it was, and the next one works', () => {
  const database = open('atomic.db');
  database.exec('CREATE TABLE t (a)');
  expect(() => inTransaction(database, () => {
    database.exec('INSERT INTO t VALUES (1)');
    throw new Error('no');
  })).toThrow('no');
  inTransaction(database, () => database.exec('INSERT INTO t VALUES (2)'));
  expect(database.prepare('SELECT a FROM t').raw().all([])).toEqual([[2]]);
  database.close();
});

test('a file of a newer build is refused with one line, and left alone', async () => {
  const newer = new Database(join(dir.path, 'documents.db'));
  newer.exec('PRAGMA user_version=99');
  newer.close();
  const engine = createEmbeddedDocuments({ dataDir: dir.path, clock: createSkewedClock() });
  await expect(engine.start()).rejects.toMatchObject({ name: 'EngineError', retryable: false, message: expect.stringMatching(/^.*documents.db was written by a newer Opsloop \(schema 99, this one knows 1\): .*OPSLOOP_DATA_DIR.*$/) });
  await engine.stop(1_000);
  expect(new Database(join(dir.path, 'documents.db')).prepare('PRAGMA user_version').raw().get([])).toEqual([99]);
});
