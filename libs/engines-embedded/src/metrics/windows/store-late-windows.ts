import type { DuckDBConnection } from '@duckdb/node-api';
import { tierWidthMs, tiers } from '@opsloop/contracts/tier';
import { isStored, type RolledTier } from '../tiers/tier-tables.js';
import { appendColumns } from './append-columns.js';
import type { WindowColumns } from './window-columns.js';
import { allTables, createPrivateTable, hotTable, hotTables } from './window-tables.js';

/** Once per connection, outside of transactions. */
export async function prepareLateWindows(connection: DuckDBConnection): Promise<void> {
  await connection.run(createPrivateTable('arrived'));
}

/**
 * Stores base windows that may be there already, inside the caller's transaction: of each (series, start, width) the
 * highest revision stays, and an equal revision changes nothing. The joins run with these few rows as the build side,
 * so that only row groups of their time range are read. What a tier that is read together with the base windows holds
 * already, from when these were narrower, would be counted twice: it stays as it is.
 */
export async function storeLateWindows(connection: DuckDBConnection, late: WindowColumns, change: number, windowMs: number): Promise<void> {
  await connection.run('TRUNCATE temp.arrived');
  await appendColumns(connection, 'arrived', late, change, 'temp');
  await connection.run(`CREATE OR REPLACE TEMP TABLE late AS FROM temp.arrived
    QUALIFY row_number() OVER (PARTITION BY series, start, width ORDER BY revision DESC) = 1`);
  const [fromMs, toMs] = rangeOf(late);
  await leaveOutHeld(connection, fromMs, windowMs);
  const sameWindow = `old.series = late.series AND old.start = late.start AND old.width = late.width AND old.start BETWEEN ${fromMs} AND ${toMs}`;
  const tables = await tablesWith(connection, fromMs);
  for (const table of tables) {
    await connection.run(`DELETE FROM temp.late USING ${table} AS old WHERE ${sameWindow} AND old.revision >= late.revision`);
  }
  for (const table of tables) await connection.run(`DELETE FROM ${table} AS old USING temp.late WHERE ${sameWindow}`);
  await connection.run(`INSERT INTO ${hotTable('base')} SELECT * REPLACE (nullif(min, sum) AS min, nullif(max, sum) AS max, nullif(last, sum) AS last) FROM temp.late`);
}

async function leaveOutHeld(connection: DuckDBConnection, fromMs: bigint, windowMs: number): Promise<void> {
  for (const tier of tiers.filter((one): one is RolledTier => !isStored(one, windowMs))) {
    for (const table of allTables(tier)) {
      await connection.run(`DELETE FROM temp.late USING ${table} AS held WHERE held.start > ${fromMs - BigInt(tierWidthMs[tier])}
        AND held.series = late.series AND held.start < late.start + late.width AND held.start + held.width > late.start`);
    }
  }
}

/** The tables that may hold windows which start at `fromMs` or later: mostly what is late is not sorted yet. */
async function tablesWith(connection: DuckDBConnection, fromMs: bigint): Promise<readonly string[]> {
  const [sortedTo] = (await connection.runAndReadAll('SELECT max(start) FROM series_last')).getRows()[0] as [bigint | null];
  return sortedTo === null || sortedTo < fromMs ? hotTables('base') : allTables('base');
}

function rangeOf({ rows, startMs }: WindowColumns): readonly [bigint, bigint] {
  let least = startMs[0]!;
  let most = least;
  for (let row = 1; row < rows; row++) {
    if (startMs[row]! < least) least = startMs[row]!;
    if (startMs[row]! > most) most = startMs[row]!;
  }
  return [least, most];
}
