import type { DuckDBConnection } from '@duckdb/node-api';
import { tiers, type Tier } from '@opsloop/contracts/tier';
import { inTransaction } from '../transaction.js';
import { bothTables, hotTable, isWindow } from '../window-tables.js';
import { upperTier } from './tier-tables.js';

/**
 * Deletes the windows of tiers, those of `heldWith`, that start before `beforeMs`, and remembers the time: a later
 * roll-up neither brings them back nor recomputes a bucket of which a part is gone. Runs of sorted rows are old or
 * young as a whole, so their row groups are freed at the next checkpoint and used again.
 * Returns the time before which no tier has anything, -Infinity while there is none.
 */
export async function dropWindows(connection: DuckDBConnection, held: readonly Tier[], beforeMs: number, windowMs: number): Promise<number> {
  return inTransaction(connection, async () => {
    const floors = new Map((await connection.runAndReadAll('SELECT tier, before::DOUBLE FROM floors')).getRows() as [Tier, number][]);
    for (const tier of beforeMs === -Infinity ? [] : held) {
      if (tier === 'base') await keepNewest(connection, beforeMs);
      for (const table of bothTables(tier)) await connection.run(`DELETE FROM ${table} WHERE start < ${beforeMs} AND ${isWindow}`);
      // What cannot be recomputed, or must not come back.
      await connection.run(`DELETE FROM dirty WHERE tier IN ('${tier}', '${upperTier(tier, windowMs) ?? tier}') AND start < ${beforeMs}`);
      if (beforeMs <= (floors.get(tier) ?? -Infinity)) continue;
      await connection.run(`DELETE FROM floors WHERE tier = '${tier}'`);
      await connection.run(`INSERT INTO floors VALUES ('${tier}', ${beforeMs})`);
      floors.set(tier, beforeMs);
    }
    return Math.min(...tiers.map((tier) => floors.get(tier) ?? -Infinity));
  });
}

/** A series whose base windows go before they were ever sorted has some in the tiers above: its newest start is known after a restart, too. */
async function keepNewest(connection: DuckDBConnection, beforeMs: number): Promise<void> {
  const unsorted = `SELECT series, start FROM ${hotTable('base')} WHERE start < ${beforeMs} AND ${isWindow}`;
  await connection.run(`CREATE OR REPLACE TABLE series_last AS SELECT series, max(start) AS start FROM (FROM series_last UNION ALL ${unsorted}) GROUP BY series`);
}
