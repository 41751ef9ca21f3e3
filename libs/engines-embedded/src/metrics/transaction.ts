import type { DuckDBConnection } from '@duckdb/node-api';

/** Runs `work` in a transaction of the connection: committed when it resolves, rolled back when it rejects. */
export async function inTransaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    // Fails when the engine rolled back by itself (a commit that could not be written); there is nothing left to undo then.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
