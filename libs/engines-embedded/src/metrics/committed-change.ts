import type { DuckDBConnection } from '@duckdb/node-api';
import { inTransaction } from './transaction.js';

/** Once, when the tables are made. */
export async function createCommittedChange(connection: DuckDBConnection): Promise<void> {
  await connection.run('CREATE TABLE committed (change BIGINT NOT NULL)');
  await connection.run('INSERT INTO committed VALUES (0)');
}

/** What the one writing connection knows of its last change; a failure makes it read again. */
const lastChanges = new WeakMap<DuckDBConnection, number>();

/** Runs `work` in a transaction with the number of its own, which is committed with it. For the one connection that writes. */
export async function inChange<T>(connection: DuckDBConnection, work: (change: number) => Promise<T>): Promise<T> {
  const change = (lastChanges.get(connection) ?? (await readCommittedChange(connection))) + 1;
  lastChanges.delete(connection);
  const result = await inTransaction(connection, async () => {
    const done = await work(change);
    await connection.run(`UPDATE committed SET change = ${change}`);
    return done;
  });
  lastChanges.set(connection, change);
  return result;
}

/** Runs `read` over one snapshot, with the number of its last change. */
export function inSnapshot<T>(connection: DuckDBConnection, read: (change: number) => Promise<T>): Promise<T> {
  return inTransaction(connection, async () => read(await readCommittedChange(connection)));
}

async function readCommittedChange(connection: DuckDBConnection): Promise<number> {
  return (await connection.runAndReadAll('SELECT change::DOUBLE FROM committed')).getRows()[0]![0] as number;
}
