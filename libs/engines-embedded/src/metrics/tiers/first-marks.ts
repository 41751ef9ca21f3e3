import type { DuckDBConnection } from '@duckdb/node-api';
import { readDoubles } from '../windows/read-windows.js';
import type { Mark } from './dirty-marks.js';
import { upperTier, type RolledTier } from './tier-tables.js';

/** The minutes of 10,000 resources for most of half an hour. 10 MB, and 50 where each is of a bucket of its own. */
const defaultAtMost = 250_000;

/**
 * The stored marks of the first tier that is computed from base windows, known without asking the database: all of them
 * but where a long replay or a roll-up that does not get on has made more than `atMost`, which memory has no place for.
 */
export class FirstMarks {
  /** Undefined where base windows are as wide as the widest tier. */
  readonly tier: RolledTier | undefined;
  readonly #atMost: number;
  /** Start of a bucket -> resources; the bucket that became known last comes last. */
  readonly #known = new Map<number, Set<number>>();
  #size = 0;
  #areAll = true;

  constructor(windowMs: number, atMost = defaultAtMost) {
    this.tier = upperTier('base', windowMs);
    this.#atMost = atMost;
  }

  /** False when a mark that is missing here may be stored nevertheless. */
  get areAll(): boolean {
    return this.#areAll;
  }

  /** Those of the newest buckets, as many as there is place for. */
  async load(connection: DuckDBConnection): Promise<void> {
    this.#known.clear();
    this.#size = 0;
    const ofTier = `FROM dirty WHERE tier = '${this.tier}'`;
    const [[total, fromMs]] = (await connection.runAndReadAll(`SELECT coalesce(max(marks), 0)::DOUBLE, min(start) FILTER (marks <= ${this.#atMost})::DOUBLE
      FROM (SELECT start, sum(count(*)) OVER (ORDER BY start DESC) AS marks ${ofTier} GROUP BY start)`)).getRows() as [[number, number | null]];
    this.#areAll = total <= this.#atMost;
    if (fromMs === null) return;
    const [resources, starts] = await readDoubles(connection, `SELECT resource::DOUBLE, start::DOUBLE ${ofTier} AND start >= ${fromMs} ORDER BY start`, 2);
    this.add(Array.from(resources!, (resource, index) => [resource, starts![index]!]));
  }

  /** Those that are not known. */
  missing(marks: readonly Mark[]): Mark[] {
    return this.tier === undefined ? [] : marks.filter(([resource, startMs]) => !this.#known.get(startMs)?.has(resource));
  }

  add(marks: readonly Mark[]): void {
    for (const [resource, startMs] of marks) {
      let resources = this.#known.get(startMs);
      if (!resources) this.#known.set(startMs, (resources = new Set()));
      this.#size -= resources.size;
      this.#size += resources.add(resource).size;
    }
    this.#keepToLimit();
  }

  remove(marks: readonly Mark[]): void {
    for (const [resource, startMs] of marks) {
      const resources = this.#known.get(startMs);
      if (!resources?.delete(resource)) continue;
      this.#size--;
      if (resources.size === 0) this.#known.delete(startMs);
    }
  }

  /** What became known first is the least likely to come again: a replay goes through old buckets one after the other. */
  #keepToLimit(): void {
    for (const [startMs, resources] of this.#known) {
      if (this.#size <= this.#atMost) return;
      this.#known.delete(startMs);
      this.#size -= resources.size;
      this.#areAll = false;
    }
  }
}
