import type { DuckDBConnection } from '@duckdb/node-api';
import type { Tier } from '@opsloop/contracts/tier';
import { inTransaction } from '../transaction.js';
import { newestStarts } from '../windows/newest-starts.js';
import { allTables, isWindow } from '../windows/window-tables.js';
import { upperTier } from './tier-tables.js';

/**
 * Deletes the windows of tiers, those of `heldWith`, that start before `beforeMs`, and remembers up to where there were
 * any: a later roll-up neither brings them back nor recomputes a bucket of which a part is gone. Not `beforeMs` itself,
 * which may come from a clock that runs ahead. Runs of sorted rows are old or young as a whole, so their row groups are
 * freed at the next checkpoint and used again.
 */
export async function dropWindows(connection: DuckDBConnection, held: readonly Tier[], beforeMs: number, windowMs: number): Promise<void> {
  if (beforeMs === -Infinity) return;
  await inTransaction(connection, async () => {
    const dropped = held.flatMap(allTables).map((table) => `SELECT start FROM ${table} WHERE start < ${beforeMs} AND ${isWindow}`);
    const [newest] = (await connection.runAndReadAll(`SELECT max(start)::DOUBLE FROM (${dropped.join(' UNION ALL ')})`)).getRows()[0] as [number | null];
    for (const tier of held) {
      if (tier === 'base') await keepNewest(connection, beforeMs);
      for (const table of allTables(tier)) await connection.run(`DELETE FROM ${table} WHERE start < ${beforeMs} AND ${isWindow}`);
      // What cannot be recomputed, or must not come back.
      await connection.run(`DELETE FROM dirty WHERE tier IN ('${tier}', '${upperTier(tier, windowMs) ?? tier}') AND start < ${beforeMs}`);
      if (newest !== null) await raiseFloor(connection, tier, newest + 1);
    }
  });
}

async function raiseFloor(connection: DuckDBConnection, tier: Tier, beforeMs: number): Promise<void> {
  const [floor] = (await connection.runAndReadAll(`SELECT max(before)::DOUBLE FROM floors WHERE tier = '${tier}'`)).getRows()[0] as [number | null];
  if (floor !== null && floor >= beforeMs) return;
  await connection.run(`DELETE FROM floors WHERE tier = '${tier}'`);
  await connection.run(`INSERT INTO floors VALUES ('${tier}', ${beforeMs})`);
}

/** A series whose base windows go before they were ever sorted has some in the tiers above: its newest start is known after a restart, too. */
async function keepNewest(connection: DuckDBConnection, beforeMs: number): Promise<void> {
  await connection.run(`CREATE OR REPLACE TABLE series_last AS ${newestStarts(`start < ${beforeMs} AND ${isWindow}`)}`);
}
