import { tierWidthMs } from '@opsloop/contracts/tier';
import { aggregateSql, bucketOf } from '../windows/window-tables.js';
import { finerTier, tablesOf, type RolledTier } from './tier-tables.js';

export interface Rolled {
  readonly tier: RolledTier;
  readonly windowMs: number;
  /** The condition on `start` that takes in the buckets. */
  readonly range: string;
  readonly change: number;
  /** Every resource, and not those of temp.todo alone. */
  readonly wide: boolean;
}

/** The rows of a tier's buckets, computed from the finer tier, as SQL. Without buckets of which either tier has dropped a part. */
export function rolledSql({ tier, windowMs, range, change, wide }: Rolled): string {
  const finer = finerTier(tier);
  const widthMs = tierWidthMs[tier];
  const { count, sum, min, max, last } = aggregateSql;
  const bucket = bucketOf('one.start', widthMs);
  return `SELECT series, bucket AS start, ${widthMs}::INTEGER AS width, max(revision) AS revision, ${count}::INTEGER AS count, ${sum} AS sum,
      nullif(${min}, ${sum}) AS min, nullif(${max}, ${sum}) AS max, nullif(${last}, ${sum}) AS last, (max(start + last_offset) - bucket)::INTEGER AS last_offset, ${change}::BIGINT AS change
    FROM (
      SELECT one.*, ${bucket} AS bucket
      FROM (${tablesOf(finer, windowMs).map((table) => `SELECT * FROM ${table} WHERE ${range}`).join(' UNION ALL ')}) AS one
      ${wide ? '' : `JOIN series ON series.id = one.series JOIN temp.todo ON todo.resource = series.resource AND todo.start = ${bucket}`}
      WHERE ${bucket} >= coalesce((SELECT max(before) FROM floors WHERE tier IN ('${finer}', '${tier}')), ${bucket})
    ) AS one
    GROUP BY series, bucket
    -- Finite windows may add up to what is not: no tier keeps that.
    HAVING isfinite(${sum})`;
}
