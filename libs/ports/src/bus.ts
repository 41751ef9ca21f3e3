/** The durable, partitioned log between services. At least once; order holds per key. */

export interface OutgoingRecord {
  /** Starts with the tenant. Decides the partition unless `partition` is given. */
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** For ticks and co-partitioned forwarding; leave out everywhere else. */
  readonly partition?: number;
  /** Arrival time in ms since the epoch; the bus stamps its own clock when left out. */
  readonly arrivalMs?: number;
}

export interface BusRecord {
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** Rises strictly within a partition; gaps are allowed. A safe integer. */
  readonly position: number;
  readonly arrivalMs: number;
}

export interface BatchContext {
  /** Aborts when the partition is lost or the subscription stops. */
  readonly signal: AbortSignal;
}

export interface BusHandlers {
  /** Awaited before the first batch of a partition. `isRewound`: its log has lost its end, and positions that were handed out come again with other records. */
  onAssigned?(partition: number, isRewound?: boolean): Promise<void>;
  /**
   * Awaited before the next batch of the same partition is handed out: a slow handler is the back-pressure.
   * A rejection redelivers the same batch after a backoff; it never skips a record.
   */
  onBatch(partition: number, records: readonly BusRecord[], context: BatchContext): Promise<void>;
  /** Best effort: correctness rests on checkpoints and replay. */
  onLost?(partition: number): Promise<void>;
}

export interface Subscription {
  /** Everything up to and including `position` is done with; the group starts behind it next time. Durable when it resolves. */
  commit(partition: number, position: number): Promise<void>;
  /** Takes no more batches, waits for the running handlers, releases the partitions. Safe twice. */
  stop(): Promise<void>;
}

export interface TopicLag {
  readonly topic: string;
  readonly group: string;
  readonly partition: number;
  /** Records published and not yet committed by the group. */
  readonly records: number;
}

export interface Bus {
  /** Resolves when every record is durable. Throws a retryable EngineError when it could not be made so. */
  publish(topic: string, records: readonly OutgoingRecord[]): Promise<void>;
  /** Joins a group: each partition is handed to one member. A new group starts at the oldest record. */
  subscribe(topic: string, group: string, handlers: BusHandlers): Promise<Subscription>;
  /** Reads without a group, every partition: live streams and listings. Nothing is committed. */
  tail(topic: string, from: TailFrom, onRecords: (partition: number, records: readonly BusRecord[]) => void | Promise<void>): Promise<{ stop(): Promise<void> }>;
  /**
   * True while the log is above its size limit: every edge asks before it takes anything, and answers 429 then. `publish`
   * goes on taking what is inside, ticks and what consumers make of records: whoever frees the log may have to publish
   * first. Far above the limit it throws a retryable EngineError, to whomever.
   */
  isFull(): boolean;
  lag(): Promise<readonly TopicLag[]>;
  /** Behind the newest record of the partition: every record that is there lies before it, none that comes later does. */
  nextPosition(topic: string, partition: number): Promise<number>;
}

/** `latest`: only what comes; `oldest`: all that is kept; otherwise from an arrival time, or behind a position per partition (those that are not named: only what comes). */
export type TailFrom = 'latest' | 'oldest' | { readonly arrivalMs: number } | { readonly positions: Readonly<Record<number, number>> };
