import type { ChildProcess } from 'node:child_process';
import type { Bus } from '@opsloop/ports';

/** A bus on data of its own, and what a suite may do to it. */
export interface BusUnderTest {
  /** The one that is open now: another one after `reopen`. */
  readonly bus: Bus;
  /** Stops it, and opens the same data again. Also after `stop`. */
  reopen(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it and deletes the data. */
  destroy(): Promise<void>;
  /** Moves the engine's clock. */
  skip(ms: number): void;
  /**
   * Starts a process that opens the same data (the bus is stopped meanwhile) and publishes to alarms.v1, as fast as it
   * can, the keys default/0 to default/7 with the values 0, 1, 2 ... for each. It writes a line `key value` when a
   * record is acknowledged.
   */
  spawnPublisher(): ChildProcess;
  /** Makes the engine fail for a while. */
  readonly outage: { begin(): Promise<void>; end(): Promise<void> };
}

export interface CreateBusOptions {
  /** Size above which the bus pushes back. */
  readonly maxBytes?: number;
  /** Memory for subscribers at the tail. */
  readonly tailBytes?: number;
}

export type CreateBus = (options?: CreateBusOptions) => Promise<BusUnderTest>;

/** Topics of the suite: an internal one, the one at the edge, one with a dead-letter topic. */
export const suiteTopic = 'alarms.v1';
export const edgeTopic = 'metrics.raw.v1';
