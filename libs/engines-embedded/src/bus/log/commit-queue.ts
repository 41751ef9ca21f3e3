/** Gathers what is published to a topic while the commit before is under way, and hands it over as one commit. */
import type { OutgoingRecord } from '@opsloop/ports';
import { createPartitioner, EngineError } from '@opsloop/ports';
import { recordBytes, type FramedRecord } from './frame.js';
import { checkPartition, measureRecord } from './measure-record.js';

/** What becomes one commit. */
export interface Gathered {
  readonly partitions: (FramedRecord[] | undefined)[];
  /** Of all records, framed. */
  readonly bytes: number;
  /** Vectors of groups that are to be saved with it; null: the group is forgotten. */
  readonly positions: ReadonlyMap<string, Float64Array | null>;
}

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

interface Gathering extends Gathered {
  readonly positions: Map<string, Float64Array | null>;
  readonly waiters: Waiter[];
  bytes: number;
}

/** A commit is cut here. */
const commitBytesAtMost = 8 * 2 ** 20;
/** Records that are published together are committed together. */
const publicationBytesAtMost = 64 * 2 ** 20;
/** Commits start at most this often, unless much has gathered: a synced write costs as much as dozens of records. */
const paceMs = 5;
const gatheredIsMuchBytes = 256 * 2 ** 10;
/** Positions alone are not urgent: they wait this long for records to travel with. */
const positionsWaitMs = 10;

export class CommitQueue {
  readonly #topic: string;
  readonly #partitions: number;
  readonly #commit: (gathered: Gathered) => Promise<void>;
  readonly #partitionOf = createPartitioner();
  #gathering: Gathering;
  /** Those that are large enough and wait for the one under way. */
  readonly #closed: Gathering[] = [];
  #busy = false;
  /** When the last commit started. */
  #startedMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = 0;
  #turn: NodeJS.Immediate | undefined;

  constructor(topic: string, partitions: number, commit: (gathered: Gathered) => Promise<void>) {
    this.#topic = topic;
    this.#partitions = partitions;
    this.#commit = commit;
    this.#gathering = gather(partitions);
  }

  /** Resolves when the records are durable. */
  publish(records: readonly OutgoingRecord[], nowMs: number): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    try {
      this.#add(records.map((record) => measureRecord(record, this.#choosePartition(record), nowMs)));
    } catch (error) {
      return Promise.reject(error);
    }
    const done = wait(this.#gathering);
    if (this.#gathering.bytes > commitBytesAtMost) this.#close();
    this.#schedule();
    return done;
  }

  /** Resolves when the positions are durable. Later calls before the commit replace the vector; without any the commit is made all the same. */
  savePositions(vectors: ReadonlyMap<string, Float64Array | null>): Promise<void> {
    for (const [group, vector] of vectors) this.#gathering.positions.set(group, vector);
    const done = wait(this.#gathering);
    this.#schedule();
    return done;
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    while (this.#busy || this.#turn || this.#timer) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  #choosePartition({ key, partition }: OutgoingRecord): number {
    return partition === undefined ? this.#partitionOf(key, this.#partitions) : checkPartition(this.#topic, this.#partitions, partition);
  }

  #add(records: readonly FramedRecord[]): void {
    let bytes = 0;
    for (const record of records) bytes += recordBytes(record);
    if (bytes > publicationBytesAtMost) throw new EngineError(`${bytes} bytes were published to ${this.#topic} at once, at most ${publicationBytesAtMost} are allowed`, { retryable: false });
    for (const record of records) (this.#gathering.partitions[record.partition] ??= []).push(record);
    this.#gathering.bytes += bytes;
  }

  #schedule(): void {
    if (this.#busy || this.#turn) return;
    const { bytes, waiters } = this.#gathering;
    const paceEndsMs = this.#startedMs + paceMs - performance.now();
    if (this.#closed.length > 0 || bytes > gatheredIsMuchBytes || (bytes > 0 && paceEndsMs <= 0)) {
      // What else is published in this turn of the event loop comes along.
      this.#turn = setImmediate(() => void this.#next());
    } else if (bytes > 0) this.#nextIn(paceEndsMs);
    else if (waiters.length > 0) this.#nextIn(positionsWaitMs);
  }

  #nextIn(ms: number): void {
    const atMs = performance.now() + ms;
    if (this.#timer && this.#timerAtMs <= atMs) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#next(), ms);
    this.#timerAtMs = atMs;
  }

  #close(): void {
    this.#closed.push(this.#gathering);
    this.#gathering = gather(this.#partitions);
  }

  async #next(): Promise<void> {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#timer = this.#turn = undefined;
    this.#startedMs = performance.now();
    if (this.#closed.length === 0) this.#close();
    const gathering = this.#closed.shift()!;
    this.#busy = true;
    try {
      await this.#commit(gathering);
      for (const one of gathering.waiters) one.resolve();
    } catch (error) {
      for (const one of gathering.waiters) one.reject(error);
    } finally {
      this.#busy = false;
      this.#schedule();
    }
  }
}

function gather(partitions: number): Gathering {
  return { partitions: Array.from({ length: partitions }), positions: new Map(), waiters: [], bytes: 0 };
}

function wait({ waiters }: Gathering): Promise<void> {
  return new Promise((resolve, reject) => waiters.push({ resolve, reject }));
}
