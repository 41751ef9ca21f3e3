import type { Tier } from '@opsloop/contracts/tier';

/**
 * Each tier has two tables of the same shape. New rows go to `hot` in order of arrival; when it is long enough,
 * compaction moves them to `sorted` as one run ordered by (series, start), where a read of one series skips almost
 * all row groups. Over both tables (series, start, width) is unique at all times, so reads need not look for the
 * highest revision.
 *
 * `change` is the number of the transaction that put the row there. DuckDB shows rows of large appends to other
 * connections while their commit is still being written, together with the rows that the same commit removes. Readers
 * therefore take rows up to the last change that their snapshot knows (see committed-change). The planner would strike
 * that condition out when the statistics say that it always holds, so every table has one row that it never holds for:
 * the guard, of width 0.
 *
 * min, max and last are null where they equal sum (windows of one sample): that halves the bytes of the usual row.
 */
export const windowColumnTypes = [
  ['series', 'INTEGER'], ['start', 'BIGINT'], ['width', 'INTEGER'], ['revision', 'BIGINT'], ['count', 'INTEGER'],
  ['sum', 'DOUBLE'], ['min', 'DOUBLE'], ['max', 'DOUBLE'], ['last', 'DOUBLE'], ['last_offset', 'INTEGER'], ['change', 'BIGINT'],
] as const;

const nullable: readonly string[] = ['min', 'max', 'last'];

const windowTableColumns = windowColumnTypes.map(([name, type]) => `${name} ${type}${nullable.includes(name) ? '' : ' NOT NULL'}`).join(', ');

const guard = `(0, ${Number.MIN_SAFE_INTEGER}, 0, 0, 0, 0, NULL, NULL, NULL, 0, ${2n ** 63n - 1n})`;

/** True for rows that are windows. */
export const isWindow = 'width > 0';

/** Statements that make an empty table of windows. */
export function createWindowTable(table: string): readonly string[] {
  return [`CREATE TABLE ${table} (${windowTableColumns})`, `INSERT INTO ${table} VALUES ${guard}`];
}

/** The statement that makes a table of the same columns which this connection alone sees. */
export function createPrivateTable(table: string): string {
  return `CREATE TEMP TABLE ${table} (${windowTableColumns})`;
}

export const sortedTable = (tier: Tier): string => `windows_${tier}`;
export const hotTable = (tier: Tier): string => `windows_${tier}_hot`;
export const bothTables = (tier: Tier): readonly string[] => [sortedTable(tier), hotTable(tier)];

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
