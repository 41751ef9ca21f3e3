import type { DuckDBConnection } from '@duckdb/node-api';
import { tierWidthMs, tiers } from '@opsloop/contracts/tier';
import { readDoubles } from '../windows/read-windows.js';
import { allTables, bucketOf, createWindowTables, hotOf, isWindow, singlesTables, sortedTables } from '../windows/window-tables.js';
import { cutSpans, type StartSpan } from './cut-spans.js';
import { markBuckets } from './dirty-marks.js';
import { rolledSql } from './rolled-sql.js';
import { finerTier, isStored, tablesOf, upperTier, type RolledTier } from './tier-tables.js';

/**
 * Makes the tables fit another width of base windows, inside the caller's transaction. Safe twice. Tiers are made of
 * spans of `rowsAtATime` finer windows: runs as long as those of compaction, in memory that does not grow with the history.
 */
export async function reshapeTiers(connection: DuckDBConnection, windowMs: number, formerWindowMs: number, rowsAtATime = 1_000_000): Promise<void> {
  await joinSingles(connection, windowMs);
  for (const tier of tiers) if (!isStored(tier, windowMs)) await retireTier(connection, tier as RolledTier, windowMs);
  // The finest first: the others are made from it.
  for (const tier of tiers) if (isStored(tier, windowMs) && !isStored(tier, formerWindowMs)) await makeTier(connection, tier as RolledTier, windowMs, rowsAtATime);
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

/**
 * A tier that was read from the finer ones until now is made from them, where it has no rows of its own. No marks: there
 * would be one for each bucket of each resource. The tiers above stay as they are, they were computed from the same windows.
 */
async function makeTier(connection: DuckDBConnection, tier: RolledTier, windowMs: number, rowsAtATime: number): Promise<void> {
  const [sorted] = sortedTables(tier);
  for (const { firstMs, lastMs } of await spansOf(connection, tier, windowMs, rowsAtATime)) {
    const range = `start >= ${firstMs} AND start < ${lastMs + unitOf(tier)}`;
    const held = allTables(tier).map((table) => `SELECT series, start FROM ${table} WHERE ${range}`).join(' UNION ALL ');
    // Change 0: nobody reads before the tables fit.
    await connection.run(`INSERT INTO ${sorted} SELECT rolled.* FROM (${rolledSql({ tier, windowMs, range, change: 0, wide: true })}) AS rolled
      ANTI JOIN (${held}) AS held USING (series, start) ORDER BY series, start`);
  }
}

async function spansOf(connection: DuckDBConnection, tier: RolledTier, windowMs: number, rowsAtATime: number): Promise<readonly StartSpan[]> {
  const finer = tablesOf(finerTier(tier), windowMs).map((table) => `SELECT start FROM ${table} WHERE ${isWindow}`).join(' UNION ALL ');
  const [units, rows] = await readDoubles(connection, `SELECT ${bucketOf('start', unitOf(tier))}::DOUBLE AS unit, count(*)::DOUBLE FROM (${finer}) GROUP BY unit ORDER BY unit`, 2);
  return cutSpans(units!, rows!, rowsAtATime);
}

/** What spans are made of, ms: whole buckets. */
function unitOf(tier: RolledTier): number {
  return Math.max(tierWidthMs[tier], tierWidthMs['1h']);
}
