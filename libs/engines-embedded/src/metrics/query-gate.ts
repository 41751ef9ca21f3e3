import type { DuckDBConnection } from '@duckdb/node-api';
import { EngineError } from '@opsloop/ports';

export interface QueryGateOptions {
  /** One query runs on each at a time. */
  readonly connections: readonly DuckDBConnection[];
  /** Longest time that a query may run, ms. */
  readonly limitMs: number;
}

/** Queries that wait; more are refused, so that a flood is not paid for with memory. */
const waitingAtMost = 256;

/** Hands connections to queries, a few at a time, and ends those that take too long. */
export class QueryGate {
  readonly #limitMs: number;
  readonly #free: DuckDBConnection[];
  readonly #running = new Set<DuckDBConnection>();
  readonly #waiting: (() => void)[] = [];
  #held = false;
  #ended = false;
  #idle: (() => void)[] = [];

  constructor({ connections, limitMs }: QueryGateOptions) {
    this.#free = [...connections];
    this.#limitMs = limitMs;
  }

  async run<T>(query: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#take();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      connection.interrupt();
    }, this.#limitMs);
    try {
      return await query(connection);
    } catch (error) {
      if (!late) throw error;
      throw new EngineError(`the query was ended after ${this.#limitMs / 1000} s: ask for a shorter range, fewer series or a coarser tier`, { retryable: true, cause: error });
    } finally {
      clearTimeout(timer);
      this.#giveBack(connection);
    }
  }

  /** Lets no query start until `work` is done, which starts when those under way have ended. */
  async whileIdle<T>(work: () => Promise<T>): Promise<T> {
    this.#held = true;
    try {
      await this.#untilIdle();
      return await work();
    } finally {
      this.#held = false;
      for (let places = this.#free.length; places > 0; places--) this.#waiting.shift()?.();
    }
  }

  /** Fails the queries that wait and those under way; resolves when none is left. */
  async end(): Promise<void> {
    this.#ended = true;
    for (const wake of this.#waiting.splice(0)) wake();
    for (const connection of this.#running) connection.interrupt();
    await this.#untilIdle();
  }

  async #take(): Promise<DuckDBConnection> {
    while (this.#held || this.#ended || this.#free.length === 0) {
      if (this.#ended) throw new EngineError('the metric store is stopping', { retryable: true });
      if (this.#waiting.length >= waitingAtMost) throw new EngineError(`${waitingAtMost} queries are waiting already`, { retryable: true });
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const connection = this.#free.pop()!;
    this.#running.add(connection);
    return connection;
  }

  #giveBack(connection: DuckDBConnection): void {
    this.#running.delete(connection);
    this.#free.push(connection);
    if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    if (!this.#held) this.#waiting.shift()?.();
  }

  async #untilIdle(): Promise<void> {
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }
}
