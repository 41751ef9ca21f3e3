import type { DuckDBConnection } from '@duckdb/node-api';
import { inTransaction } from './transaction.js';

/** Once, when the tables are made. */
export async function createCommittedChange(connection: DuckDBConnection): Promise<void> {
  await connection.run('CREATE TABLE committed (change BIGINT NOT NULL)');
  await connection.run('INSERT INTO committed VALUES (0)');
}

/** The number of the last change that the connection's transaction, or else the next statement, sees. */
async function readCommittedChange(connection: DuckDBConnection): Promise<number> {
  return (await connection.runAndReadAll('SELECT change::DOUBLE FROM committed')).getRows()[0]![0] as number;
}

/** Runs `work` in a transaction with the number of its own, which is committed with it. */
export function inChange<T>(connection: DuckDBConnection, work: (change: number) => Promise<T>): Promise<T> {
  return inTransaction(connection, async () => {
    const change = (await readCommittedChange(connection)) + 1;
    const result = await work(change);
    await connection.run(`UPDATE committed SET change = ${change}`);
    return result;
  });
}

/** Runs `read` over one snapshot, with the number of its last change. */
export function inSnapshot<T>(connection: DuckDBConnection, read: (change: number) => Promise<T>): Promise<T> {
  return inTransaction(connection, async () => read(await readCommittedChange(connection)));
}
