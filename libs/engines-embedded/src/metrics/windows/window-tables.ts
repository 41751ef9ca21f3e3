import type { DuckDBConnection } from '@duckdb/node-api';
import type { Tier } from '@opsloop/contracts/tier';

/**
 * New rows of a tier go to a `hot` table in order of arrival; when it is long enough, compaction moves them to the
 * `sorted` one beside it, as one run ordered by (series, start), where a read of one series skips almost all row groups.
 *
 * Where agents send no more often than a window is wide, a base window is one sample: its count is 1, and min, max and
 * last are its sum. Batches of nothing else, newer than what is there and of the width of today, go to a second pair of
 * tables, which store six columns of eleven and compute the others, so that they are read like any table.
 *
 * Over all tables of a tier (series, start, width) is unique at all times, so reads need not look for the highest revision.
 *
 * `change` is the number of the transaction that put the row there. DuckDB shows rows of large appends to other
 * connections while their commit is still being written, together with the rows that the same commit removes. Readers
 * therefore take rows up to the last change that their snapshot knows (see committed-change). The planner would strike
 * that condition out when the statistics say that it always holds, so every table has one row that it never holds for:
 * the guard, which starts before everything.
 *
 * In rows of roll-ups and of corrections min, max and last are null where they equal sum: that saves bytes in the file.
 */
const columnTypes = {
  series: 'INTEGER', start: 'BIGINT', width: 'INTEGER', revision: 'BIGINT', count: 'INTEGER',
  sum: 'DOUBLE', min: 'DOUBLE', max: 'DOUBLE', last: 'DOUBLE', last_offset: 'INTEGER', change: 'BIGINT',
} as const;

export type ColumnName = keyof typeof columnTypes;
export interface StoredColumn {
  readonly name: ColumnName;
  readonly type: (typeof columnTypes)[ColumnName];
}

const columns = Object.entries(columnTypes).map(([name, type]) => ({ name, type }) as StoredColumn);
const nullable: readonly ColumnName[] = ['min', 'max', 'last'];
const singles = 'windows_base_single';

/** What the columns are that a table of single samples does not store. */
function computed(widthMs: number): Partial<Record<ColumnName, string>> {
  return { width: `${widthMs}`, count: '1', min: 'NULL', max: 'NULL', last: 'NULL' };
}

/** The columns that a table stores, in order. */
export function storedColumns(table: string): readonly StoredColumn[] {
  return table.startsWith(singles) ? columns.filter(({ name }) => !(name in computed(0))) : columns;
}

const guardStart = Number.MIN_SAFE_INTEGER;

/** True for rows that are windows. */
export const isWindow = `start > ${guardStart}`;

/** Makes empty tables of windows; single samples have the width of base windows. */
export async function createWindowTables(connection: DuckDBConnection, tables: readonly string[], windowMs: number): Promise<void> {
  const guard: Partial<Record<ColumnName, string>> = { start: `${guardStart}`, change: `${2n ** 63n - 1n}`, min: 'NULL', max: 'NULL', last: 'NULL' };
  for (const table of tables) {
    await connection.run(`CREATE TABLE ${table} (${columnsSql(table.startsWith(singles) ? computed(windowMs) : {})})`);
    await connection.run(`INSERT INTO ${table} VALUES (${storedColumns(table).map(({ name }) => guard[name] ?? '0').join(', ')})`);
  }
}

/** The statement that makes a table of the same columns which this connection alone sees. */
export function createPrivateTable(table: string): string {
  return `CREATE TEMP TABLE ${table} (${columnsSql({})})`;
}

function columnsSql(instead: Partial<Record<ColumnName, string>>): string {
  return columns.map(({ name, type }) => {
    if (instead[name] !== undefined) return `${name} ${type} AS (${instead[name]}::${type})`;
    return `${name} ${type}${nullable.includes(name) ? '' : ' NOT NULL'}`;
  }).join(', ');
}

/** Where new rows of a tier go, those for `hotSingles` apart. */
export const hotTable = (tier: Tier): string => hotOf(`windows_${tier}`);
/** Where batches of base windows of one sample go. */
export const hotSingles = hotOf(singles);
export const singlesTables = [singles, hotSingles];

/** The sorted tables of a tier, and the hot one of each. */
export const sortedTables = (tier: Tier): readonly string[] => (tier === 'base' ? ['windows_base', singles] : [`windows_${tier}`]);
export function hotOf(sorted: string): string {
  return `${sorted}_hot`;
}
export const hotTables = (tier: Tier): readonly string[] => sortedTables(tier).map(hotOf);
export const allTables = (tier: Tier): readonly string[] => [...sortedTables(tier), ...hotTables(tier)];

/** Start of the bucket of `widthMs` that a start lies in, as SQL; right before 1970 too. */
export function bucketOf(start: string, widthMs: number): string {
  return `(${start} - ((${start} % ${widthMs}) + ${widthMs}) % ${widthMs})`;
}

/** The stored aggregates over the windows of a group, as SQL. */
export const aggregateSql = {
  count: 'sum(count)',
  sum: 'sum(sum)',
  min: 'min(coalesce(min, sum))',
  max: 'max(coalesce(max, sum))',
  last: 'arg_max(coalesce(last, sum), start + last_offset)',
  avg: 'sum(sum) / sum(count)',
} as const;
