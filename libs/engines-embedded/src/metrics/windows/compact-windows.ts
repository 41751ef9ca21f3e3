import type { DuckDBConnection } from '@duckdb/node-api';
import type { Tier } from '@opsloop/contracts';
import { inChange } from '../committed-change.js';
import { newestStarts } from './newest-starts.js';
import { createWindowTables, hotOf, isWindow, sortedTables, storedColumns } from './window-tables.js';

/**
 * Moves all hot rows of a tier behind the sorted ones, as one run ordered by (series, start), in one transaction.
 * About 0.3 us a row; memory is bounded by the database's limit, beyond it the sort spills to the temp folder.
 */
export async function compactWindows(connection: DuckDBConnection, tier: Tier, windowMs: number, beforeCommit: () => void): Promise<void> {
  await inChange(connection, async (change) => {
    if (tier === 'base') await connection.run(`CREATE OR REPLACE TABLE series_last AS ${newestStarts()}`);
    for (const sorted of sortedTables(tier)) await compactTable(connection, sorted, windowMs, change);
    beforeCommit();
  });
}

async function compactTable(connection: DuckDBConnection, sorted: string, windowMs: number, change: number): Promise<void> {
  const hot = hotOf(sorted);
  const names = storedColumns(sorted).map(({ name }) => name).join(', ');
  // The number is put in behind the sort, which would carry it along for each row.
  await connection.run(`INSERT INTO ${sorted} SELECT * REPLACE (${change} AS change) FROM (SELECT ${names} FROM ${hot} WHERE ${isWindow} ORDER BY series, start)`);
  await connection.run(`DROP TABLE ${hot}`);
  await createWindowTables(connection, [hot], windowMs);
}
