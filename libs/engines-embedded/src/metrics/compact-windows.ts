import type { DuckDBConnection } from '@duckdb/node-api';
import type { Tier } from '@opsloop/contracts';
import { inChange } from './committed-change.js';
import { createWindowTable, hotTable, isWindow, sortedTable } from './window-tables.js';

/**
 * Moves all hot rows of a tier behind the sorted ones, as one run ordered by (series, start), in one transaction.
 * About 0.3 us a row; memory is bounded by the database's limit, beyond it the sort spills to the temp folder.
 */
export async function compactWindows(connection: DuckDBConnection, tier: Tier, beforeCommit: () => void): Promise<void> {
  const hot = hotTable(tier);
  await inChange(connection, async (change) => {
    // The number is put in behind the sort, which would carry it along for each row.
    await connection.run(`INSERT INTO ${sortedTable(tier)} SELECT * REPLACE (${change} AS change) FROM (FROM ${hot} WHERE ${isWindow} ORDER BY series, start)`);
    if (tier === 'base') {
      await connection.run(`CREATE OR REPLACE TABLE series_last AS
        SELECT series, max(start) AS start FROM (FROM series_last UNION ALL SELECT series, start FROM ${hot} WHERE ${isWindow}) GROUP BY series`);
    }
    await connection.run(`DROP TABLE ${hot}`);
    for (const sql of createWindowTable(hot)) await connection.run(sql);
    beforeCommit();
  });
}
