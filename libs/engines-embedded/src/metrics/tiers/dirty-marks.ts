import type { DuckDBConnection } from '@duckdb/node-api';
import { tierWidthMs } from '@opsloop/contracts/tier';
import { readDoubles } from '../windows/read-windows.js';
import { bucketOf } from '../windows/window-tables.js';
import { cutSpans, type StartSpan } from './cut-spans.js';
import type { RolledTier } from './tier-tables.js';

export type Mark = readonly [resource: number, startMs: number];

/** Buckets whose marks are counted at a time. */
const countedBuckets = 100_000;

/** Marks the buckets of a tier that the (resource, start) of `pairs`, a query, lie in, unless they are marked. All lie in `span` where one is given: only marks of it are looked at then. */
export async function markBuckets(connection: DuckDBConnection, tier: RolledTier, pairs: string, span?: StartSpan): Promise<void> {
  const among = span ? `AND start BETWEEN ${bucketOf(`${span.firstMs}`, tierWidthMs[tier])} AND ${span.lastMs}` : '';
  await connection.run(`INSERT INTO dirty
    SELECT DISTINCT '${tier}', resource, ${bucketOf('start', tierWidthMs[tier])} AS start FROM (${pairs})
    EXCEPT SELECT tier, resource, start FROM dirty WHERE tier = '${tier}' ${among}`);
}

/** Spans of dirty buckets of a tier that end at or before `untilMs`, the oldest first, with fewer than `atMost` marks each, or of one bucket; `more` when there may be others behind them. */
export async function dirtySpans(connection: DuckDBConnection, tier: RolledTier, untilMs: number, atMost: number): Promise<{ readonly spans: readonly StartSpan[]; readonly more: boolean }> {
  const [starts, marks] = (await readDoubles(connection, `SELECT start::DOUBLE, count(*)::DOUBLE FROM dirty
    WHERE tier = '${tier}' AND start <= ${Math.floor(untilMs) - tierWidthMs[tier]} GROUP BY start ORDER BY start LIMIT ${countedBuckets}`, 2)) as [Float64Array, Float64Array];
  return { spans: cutSpans(starts, marks, atMost), more: starts.length === countedBuckets };
}
