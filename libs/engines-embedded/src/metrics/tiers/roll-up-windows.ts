import type { DuckDBConnection } from '@duckdb/node-api';
import { tierWidthMs } from '@opsloop/contracts/tier';
import { inChange } from '../committed-change.js';
import { allTables, hotTable } from '../windows/window-tables.js';
import type { StartSpan } from './cut-spans.js';
import { markBuckets, type Mark } from './dirty-marks.js';
import { rolledSql } from './rolled-sql.js';
import { upperTier, type RolledTier } from './tier-tables.js';

/** Dirty (resource, bucket) pairs of one transaction: some hundred thousand to a few million rows to read. */
export const marksPerSlice = { '1m': 2_500, '1h': 250, '1d': 600 } as const;

export interface RolledSlice {
  readonly rows: number;
  /** Those that were worked off. */
  readonly marks: readonly Mark[];
  /** Dirty buckets of the span were left for another slice. */
  readonly more: boolean;
}

/**
 * Recomputes the oldest dirty buckets of a stored tier in the span, in one transaction with the removal of their marks
 * and the marking of the next tier: a roll-up that was cut off has not happened, one that ran twice gives the same rows.
 * Only the marks of the span are looked at, however many there are.
 *
 * Buckets from which the lower tier has already dropped windows stay as they are: they could only lose. Buckets that
 * this tier has dropped do not come back.
 */
export function rollUpSlice(connection: DuckDBConnection, tier: RolledTier, span: StartSpan, windowMs: number, beforeCommit: () => void): Promise<RolledSlice> {
  const widthMs = tierWidthMs[tier];
  return inChange(connection, async (change) => {
    const limit = marksPerSlice[tier];
    const inSpan = `tier = '${tier}' AND dirty.start BETWEEN ${span.firstMs} AND ${span.lastMs}`;
    await connection.run(`CREATE OR REPLACE TEMP TABLE todo AS SELECT DISTINCT resource, start FROM dirty WHERE ${inSpan} ORDER BY start, resource LIMIT ${limit}`);
    const oldest = (await connection.runAndReadAll('SELECT resource, start::DOUBLE FROM temp.todo ORDER BY start')).getRows() as [number, number][];
    if (oldest.length === 0) return { rows: 0, marks: [], more: false };
    const more = oldest.length === limit;
    const whole = more ? wholeBuckets(oldest) : oldest;
    const wide = await areMost(connection, whole, widthMs);
    const marks = wide ? whole : oldest;
    const [from, to] = [marks[0]![1], marks.at(-1)![1]];
    if (wide) await connection.run(`DELETE FROM temp.todo WHERE start > ${to}`);
    const inRange = (start: string): string => `${start} >= ${from} AND ${start} < ${to + widthMs}`;
    await connection.run(`CREATE OR REPLACE TEMP TABLE rolled AS ${rolledSql({ tier, windowMs, range: inRange('start'), change, wide })}`);
    for (const table of allTables(tier)) {
      await connection.run(`DELETE FROM ${table} AS old USING temp.rolled WHERE old.series = rolled.series AND old.start = rolled.start AND ${inRange('old.start')}`);
    }
    const { rowsChanged } = await connection.run(`INSERT INTO ${hotTable(tier)} FROM temp.rolled`);
    const upper = upperTier(tier, windowMs);
    if (upper !== undefined) await markBuckets(connection, upper, 'FROM temp.todo', { firstMs: from, lastMs: to });
    await connection.run(`DELETE FROM dirty USING temp.todo WHERE ${inSpan} AND dirty.resource = todo.resource AND dirty.start = todo.start`);
    beforeCommit();
    return { rows: rowsChanged, marks, more };
  });
}

/** Without the last bucket, of which some marks may be left, unless it is the only one. */
function wholeBuckets(marks: readonly Mark[]): readonly Mark[] {
  const cutMs = marks.at(-1)![1];
  return marks[0]![1] === cutMs ? marks : marks.filter(([, startMs]) => startMs < cutMs);
}

/**
 * Most resources are dirty in most buckets from the first to the last: to compute all of them again costs less than to
 * look the dirty ones up (0.17 us a row instead of 0.29).
 */
async function areMost(connection: DuckDBConnection, marks: readonly Mark[], widthMs: number): Promise<boolean> {
  const buckets = (marks.at(-1)![1] - marks[0]![1]) / widthMs + 1;
  const [resources] = (await connection.runAndReadAll('SELECT count(*)::INTEGER FROM resources')).getRows()[0] as [number];
  return marks.length * 2 >= buckets * resources;
}
