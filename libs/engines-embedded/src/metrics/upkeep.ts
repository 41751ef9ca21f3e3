import { setTimeout as sleep } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { tiers, type Tier } from '@opsloop/contracts/tier';
import { compactWindows } from './windows/compact-windows.js';
import type { QueryGate } from './query-gate.js';
import { hotTables, isWindow } from './windows/window-tables.js';

/** Attempts to fold the log in beside running queries, a second apart, before new queries are held back for it. */
const politeAttempts = 20;
const attemptPauseMs = 1_000;

export interface UpkeepOptions {
  readonly writer: DuckDBConnection;
  readonly gate: QueryGate;
  /** Runs work that changes the file, one after the other. */
  enqueue<T>(work: () => Promise<T>): Promise<T>;
  readonly windowMs: number;
  /** Hot rows of a tier at which it is compacted. */
  readonly compactRows: number;
  reach(faultPoint: string): void;
  onFailure(error: unknown): void;
}

/** Compacts tiers whose hot table is long enough, and folds DuckDB's log into its file afterwards. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #hotRows = new Map<Tier, number>();
  readonly #compactAt = new Map<Tier, number>();
  #folding = false;
  /** Why the last attempt failed; undefined when it worked. */
  trouble: string | undefined;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    for (const tier of tiers) {
      const hot = hotTables(tier).map((table) => `SELECT count(*) AS rows FROM ${table} WHERE ${isWindow}`);
      const [rows] = (await this.#options.writer.runAndReadAll(`SELECT sum(rows)::INTEGER FROM (${hot.join(' UNION ALL ')})`)).getRows()[0] as [number];
      this.#hotRows.set(tier, rows);
      this.#compactAt.set(tier, this.#options.compactRows);
    }
  }

  /** Rows went to the hot table of a tier. */
  added(tier: Tier, rows: number): void {
    const hot = this.#hotRows.get(tier)! + rows;
    this.#hotRows.set(tier, hot);
    if (hot < this.#compactAt.get(tier)!) return;
    this.#compactAt.set(tier, Infinity);
    void this.#compact(tier);
  }

  /** Rows were deleted: their space is free after the log was folded in. */
  deleted(): void {
    void this.#fold();
  }

  async #compact(tier: Tier): Promise<void> {
    const { enqueue, writer, windowMs, compactRows, reach } = this.#options;
    try {
      await enqueue(async () => {
        await compactWindows(writer, tier, windowMs, () => reach('metric-store.before-compaction-commit'));
        this.#hotRows.set(tier, 0);
      });
      this.#compactAt.set(tier, compactRows);
      this.trouble = undefined;
      await this.#fold();
    } catch (error) {
      // The rows stay where they are and are read from there; the next attempt comes a while later.
      this.#compactAt.set(tier, this.#hotRows.get(tier)! + compactRows / 4);
      this.#failed(error);
    }
  }

  async #fold(): Promise<void> {
    if (this.#folding) return;
    this.#folding = true;
    const { enqueue, gate } = this.#options;
    try {
      for (let attempt = 0; attempt < politeAttempts; attempt++) {
        if (await enqueue(() => this.#checkpoint())) return;
        await sleep(attemptPauseMs, undefined, { ref: false });
      }
      await gate.whileIdle(() => enqueue(() => this.#checkpoint()));
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#folding = false;
    }
  }

  /** False when running queries did not allow it. */
  async #checkpoint(): Promise<boolean> {
    this.#options.reach('metric-store.before-checkpoint');
    try {
      await this.#options.writer.run('CHECKPOINT history');
      return true;
    } catch (error) {
      if (error instanceof Error && error.message.includes('Cannot CHECKPOINT')) return false;
      throw error;
    }
  }

  #failed(error: unknown): void {
    this.trouble = error instanceof Error ? error.message : String(error);
    this.#options.onFailure(error);
  }
}
