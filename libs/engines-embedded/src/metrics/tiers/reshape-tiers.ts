import type { DuckDBConnection } from '@duckdb/node-api';
import { tierWidthMs, tiers } from '@opsloop/contracts/tier';
import { allTables, bucketOf, createWindowTables, hotOf, isWindow, singlesTables, sortedTables } from '../windows/window-tables.js';
import { markBuckets } from './dirty-marks.js';
import { finerTier, isStored, tablesOf, upperTier, type RolledTier } from './tier-tables.js';

/** Makes the tables fit another width of base windows, inside the caller's transaction. Safe twice. */
export async function reshapeTiers(connection: DuckDBConnection, windowMs: number, formerWindowMs: number): Promise<void> {
  await joinSingles(connection, windowMs);
  for (const tier of tiers) if (!isStored(tier, windowMs)) await retireTier(connection, tier as RolledTier, windowMs);
  const first = upperTier('base', windowMs);
  // What was read from the base windows until now is computed from them: its marks bring those of the tiers above.
  if (first !== undefined && !isStored(first, formerWindowMs)) await markAll(connection, first, windowMs);
}

/** Windows of one sample keep their width when that of base windows changes: they join the others. */
async function joinSingles(connection: DuckDBConnection, windowMs: number): Promise<void> {
  const [others, singles] = sortedTables('base') as [string, string];
  await connection.run(`INSERT INTO ${others} FROM ${singles} WHERE ${isWindow}`);
  await connection.run(`INSERT INTO ${hotOf(others)} FROM ${hotOf(singles)} WHERE ${isWindow}`);
  for (const table of singlesTables) await connection.run(`DROP TABLE ${table}`);
  await createWindowTables(connection, singlesTables, windowMs);
}

/** A tier that has become a copy keeps only what the finer tiers have dropped; where both have a part of a bucket, the whole one stays. */
async function retireTier(connection: DuckDBConnection, tier: RolledTier, windowMs: number): Promise<void> {
  const finer = finerTier(tier);
  const widthMs = tierWidthMs[tier];
  const [floor] = (await connection.runAndReadAll(`SELECT max(before)::DOUBLE FROM floors WHERE tier = '${finer}'`)).getRows()[0] as [number | null];
  const fromMs = floor === null ? Number.MIN_SAFE_INTEGER : Math.ceil(floor / widthMs) * widthMs;
  for (const table of allTables(tier)) {
    await connection.run(`DELETE FROM ${table} WHERE start >= ${fromMs} AND ${isWindow}`);
    for (const below of tablesOf(finer, windowMs)) {
      await connection.run(`DELETE FROM ${below} AS old USING ${table} AS whole
        WHERE old.start < ${fromMs} AND old.${isWindow} AND whole.series = old.series AND whole.start = ${bucketOf('old.start', widthMs)} AND whole.${isWindow}`);
    }
  }
  await moveMarks(connection, tier, upperTier(tier, windowMs));
}

async function moveMarks(connection: DuckDBConnection, from: RolledTier, to: RolledTier | undefined): Promise<void> {
  if (to !== undefined) await markBuckets(connection, to, `SELECT resource, start FROM dirty WHERE tier = '${from}'`);
  await connection.run(`DELETE FROM dirty WHERE tier = '${from}'`);
}

async function markAll(connection: DuckDBConnection, tier: RolledTier, windowMs: number): Promise<void> {
  for (const table of tablesOf(finerTier(tier), windowMs)) {
    await markBuckets(connection, tier, `SELECT resource, start FROM ${table} JOIN series ON series.id = ${table}.series WHERE ${isWindow}`);
  }
}
