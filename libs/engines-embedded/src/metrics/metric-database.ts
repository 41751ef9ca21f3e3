import { copyFileSync, existsSync, mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { tiers } from '@opsloop/contracts/tier';
import { EngineError } from '@opsloop/ports';
import { createCommittedChange } from './committed-change.js';
import { DuckDBInstance } from './duckdb.js';
import { reshapeTiers } from './tiers/reshape-tiers.js';
import { inTransaction } from './transaction.js';
import { allTables, createWindowTables, singlesTables } from './windows/window-tables.js';

/**
 * Rises with every change of the tables below; a newer file is refused instead of misread. Up to 1, tiers no wider than
 * base windows held copies of them; up to 2, windows of one sample lay among the others.
 */
const formatVersion = 3;
/** Rows of a row group. Small enough that a run of sorted rows has many, of which a read of one series needs one or two. */
const rowGroupRows = 40_960;
/** Never reached: compaction decides when the log is folded in. It is the last resort when readers prevent that for long. */
const autoCheckpoint = '2GB';

export interface MetricDatabaseOptions {
  /** Made when missing. */
  readonly folder: string;
  readonly windowMs: number;
  readonly memoryLimitBytes: number;
  reach(faultPoint: string): void;
}

export interface MetricDatabase {
  /** The one connection that changes anything. */
  readonly writer: DuckDBConnection;
  connect(): Promise<DuckDBConnection>;
  close(): void;
}

/** Opens `history.duckdb` in the folder, repairs a log that was cut off while it was written, and makes missing tables. */
export async function openMetricDatabase({ folder, windowMs, memoryLimitBytes, reach }: MetricDatabaseOptions): Promise<MetricDatabase> {
  // DuckDB makes its files readable for all.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'history.duckdb');
  // Row group size and format are options of ATTACH alone, hence the empty main database.
  const instance = await DuckDBInstance.create(':memory:', {
    // One: a second thread of DuckDB's own waits for work by asking for it all the time, a quarter of what a write costs.
    // Reads run beside each other on connections, each on a thread of Node's pool.
    threads: '1',
    memory_limit: `${Math.round(memoryLimitBytes / 2 ** 20)}MiB`,
    temp_directory: join(folder, 'temp'),
    checkpoint_threshold: autoCheckpoint,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connections: DuckDBConnection[] = [];
  async function connect(): Promise<DuckDBConnection> {
    const connection = await instance.connect();
    connections.push(connection);
    return connection;
  }
  function close(): void {
    for (const connection of connections) connection.disconnectSync();
    instance.closeSync();
  }
  try {
    const writer = await connect();
    await attach(writer, path);
    await writer.run('USE history');
    await makeTables(writer, path, windowMs, () => reach('metric-store.before-tables-commit'));
    return {
      writer,
      async connect() {
        const connection = await connect();
        // Ids are dense integers: aggregates over up to 2^18 series use an array instead of a hash table.
        await connection.run('USE history; SET perfect_ht_threshold = 18');
        return connection;
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function attach(connection: DuckDBConnection, path: string): Promise<void> {
  const sql = `ATTACH '${path.replaceAll("'", "''")}' AS history (ROW_GROUP_SIZE ${rowGroupRows}, STORAGE_VERSION 'latest')`;
  try {
    await connection.run(sql);
  } catch (error) {
    if (!cutDamagedLog(`${path}.wal`, error)) throw error;
    await connection.run(sql);
  }
}

/**
 * A power cut can leave bytes at the end of the log that were never flushed. What was answered as durable lies before
 * them, so the log is cut there; the whole of it is kept beside, as `.damaged`.
 */
function cutDamagedLog(path: string, error: unknown): boolean {
  const at = /Corrupt WAL file: entry at byte position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  if (at === undefined || !existsSync(path)) return false;
  copyFileSync(path, `${path}.damaged`);
  truncateSync(path, Number(at));
  process.emitWarning(`the metric store's log ended in damaged bytes; it was cut at byte ${at} and kept as ${path}.damaged`);
  return true;
}

async function makeTables(connection: DuckDBConnection, path: string, windowMs: number, beforeCommit: () => void): Promise<void> {
  await connection.run('CREATE TABLE IF NOT EXISTS format (version INTEGER NOT NULL, window_ms INTEGER NOT NULL)');
  const found = (await connection.runAndReadAll('SELECT version, window_ms FROM format')).getRows()[0] as [number, number] | undefined;
  if (!found) {
    return inTransaction(connection, async () => {
      await createTables(connection, windowMs);
      beforeCommit();
    });
  }
  const [version, formerWindowMs] = found;
  if (version > formatVersion) {
    throw new EngineError(`${path} was written by a newer Opsloop (format ${version}, this one knows ${formatVersion}): start that version again, or set OPSLOOP_DATA_DIR to another folder`, { retryable: false });
  }
  if (version === formatVersion && formerWindowMs === windowMs) return;
  await inTransaction(connection, async () => {
    if (version < 3) await createWindowTables(connection, singlesTables, windowMs);
    await reshapeTiers(connection, windowMs, formerWindowMs);
    await connection.run(`UPDATE format SET version = ${formatVersion}, window_ms = ${windowMs}`);
    beforeCommit();
  });
}

async function createTables(connection: DuckDBConnection, windowMs: number): Promise<void> {
  await connection.run('CREATE TABLE resources (id INTEGER NOT NULL, hash VARCHAR NOT NULL, tenant VARCHAR NOT NULL, provider VARCHAR NOT NULL, region VARCHAR NOT NULL, kind VARCHAR NOT NULL, uid VARCHAR NOT NULL)');
  await connection.run('CREATE TABLE series (id INTEGER NOT NULL, resource INTEGER NOT NULL, metric VARCHAR NOT NULL, labels VARCHAR NOT NULL)');
  // The newest start of each series in the base windows that were sorted or dropped: known at the start without reading them all.
  await connection.run('CREATE TABLE series_last (series INTEGER NOT NULL, start BIGINT NOT NULL)');
  await connection.run('CREATE TABLE dirty (tier VARCHAR NOT NULL, resource INTEGER NOT NULL, start BIGINT NOT NULL)');
  await createCommittedChange(connection);
  await connection.run('CREATE TABLE floors (tier VARCHAR NOT NULL, before BIGINT NOT NULL)');
  await createWindowTables(connection, tiers.flatMap(allTables), windowMs);
  await connection.run(`INSERT INTO format VALUES (${formatVersion}, ${windowMs})`);
}
