import type { DuckDBConnection } from '@duckdb/node-api';
import { tierWidthMs } from '@opsloop/contracts/tier';
import { readDoubles } from '../windows/read-windows.js';
import { bucketOf } from '../windows/window-tables.js';
import { firstBucketMs, upperTier, type RolledTier } from './tier-tables.js';

export type Mark = readonly [resource: number, startMs: number];

const resourcesAtMost = 2 ** 26;

/** The stored marks of the first tier that is computed from base windows, known without asking the database. */
export class FirstMarks {
  /** Undefined where base windows are as wide as the widest tier. */
  readonly tier: RolledTier | undefined;
  readonly #bucketMs: number;
  /** `bucket number * 2^26 + resource`. */
  #known = new Set<number>();

  constructor(windowMs: number) {
    this.tier = upperTier('base', windowMs);
    this.#bucketMs = firstBucketMs(windowMs);
  }

  async load(connection: DuckDBConnection): Promise<void> {
    const [resources, starts] = await readDoubles(connection, `SELECT resource::DOUBLE, start::DOUBLE FROM dirty WHERE tier = '${this.tier}'`, 2);
    this.#known = new Set(Array.from(resources!, (resource, index) => this.#keyOf([resource, starts![index]!])));
  }

  /** Those that are to be stored. */
  missing(marks: readonly Mark[]): Mark[] {
    return this.tier === undefined ? [] : marks.filter((mark) => !this.#known.has(this.#keyOf(mark)));
  }

  add(marks: readonly Mark[]): void {
    for (const mark of marks) this.#known.add(this.#keyOf(mark));
  }

  remove(marks: readonly Mark[]): void {
    for (const mark of marks) this.#known.delete(this.#keyOf(mark));
  }

  #keyOf([resource, startMs]: Mark): number {
    return Math.floor(startMs / this.#bucketMs) * resourcesAtMost + resource;
  }
}

/** Marks the buckets of a tier that the (resource, start) of `pairs`, a query, lie in, unless they are marked. */
export async function markBuckets(connection: DuckDBConnection, tier: RolledTier, pairs: string): Promise<void> {
  await connection.run(`INSERT INTO dirty
    SELECT DISTINCT '${tier}', resource, ${bucketOf('start', tierWidthMs[tier])} AS start FROM (${pairs})
    EXCEPT SELECT tier, resource, start FROM dirty WHERE tier = '${tier}'`);
}
