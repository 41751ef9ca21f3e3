/** Gathers what is published while the log is busy with the commit before, and hands it over as one commit. */
import type { OutgoingRecord } from '@opsloop/ports';
import { createPartitioner, EngineError } from '@opsloop/ports';
import { encodeRow, framedBytes, tocEntryBytes, type FramedRecord } from './frame.js';
import type { AppendedRow, GroupPositions } from './log-messages.js';
import { checkPartition, measureRecord } from './measure-record.js';

/** One commit: rows framed in the mailbox, and positions of groups. */
export interface Shipment {
  /** Memory of both threads. The next shipment overwrites it. */
  readonly mailbox: SharedArrayBuffer;
  readonly rows: readonly AppendedRow[];
  readonly positions: readonly GroupPositions[];
}

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/** What becomes one commit. */
interface Gathered {
  /** Per topic, per partition. */
  readonly topics: Map<string, (FramedRecord[] | undefined)[]>;
  readonly positions: Map<string, GroupPositions>;
  readonly waiters: Waiter[];
  bytes: number;
}

/** A commit is cut here: other work of the log's thread waits for it. */
const commitBytesAtMost = 8 * 2 ** 20;
/** Records that are published together are committed together. */
const publicationBytesAtMost = 64 * 2 ** 20;
/** Commits start at most this often, unless much has gathered: an fsync costs as much as dozens of records. Of 3, 5 and 7 ms, 5 took the least CPU per sample. */
const paceMs = 5;
const gatheredIsMuchBytes = 256 * 2 ** 10;
/** Positions alone are not urgent: they wait this long for records to travel with. */
const positionsWaitMs = 10;
const firstMailboxBytes = 2 ** 20;

export class CommitQueue {
  readonly #send: (shipment: Shipment) => Promise<void>;
  readonly #partitionOf = createPartitioner();
  #gathered = gather();
  /** Those that are large enough and wait for the one under way. */
  readonly #closed: Gathered[] = [];
  #mailbox = new SharedArrayBuffer(firstMailboxBytes);
  #busy = false;
  /** When the last commit started. */
  #startedMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = 0;
  #turn: NodeJS.Immediate | undefined;

  constructor(send: (shipment: Shipment) => Promise<void>) {
    this.#send = send;
  }

  /** Resolves when the records are durable. */
  publish(topic: string, partitions: number, records: readonly OutgoingRecord[], nowMs: number): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    try {
      const framed = records.map((record) => measureRecord(record, this.#choosePartition(topic, partitions, record), nowMs));
      this.#add(topic, partitions, framed);
    } catch (error) {
      return Promise.reject(error);
    }
    const done = wait(this.#gathered);
    if (this.#gathered.bytes > commitBytesAtMost) this.#close();
    this.#schedule();
    return done;
  }

  /** Resolves when the positions are durable. Later calls before the commit replace the vector. */
  savePositions(vector: GroupPositions): Promise<void> {
    this.#gathered.positions.set(`${vector.topic} ${vector.group}`, vector);
    const done = wait(this.#gathered);
    this.#schedule();
    return done;
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    while (this.#busy || this.#turn || this.#timer) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  #choosePartition(topic: string, partitions: number, { key, partition }: OutgoingRecord): number {
    return partition === undefined ? this.#partitionOf(key, partitions) : checkPartition(topic, partitions, partition);
  }

  #add(topic: string, partitions: number, records: readonly FramedRecord[]): void {
    let bytes = 0;
    for (const record of records) bytes += framedBytes(record);
    if (bytes > publicationBytesAtMost) throw new EngineError(`${bytes} bytes were published to ${topic} at once, at most ${publicationBytesAtMost} are allowed`, { retryable: false });
    const { topics } = this.#gathered;
    let lists = topics.get(topic);
    if (!lists) topics.set(topic, (lists = Array.from({ length: partitions })));
    for (const record of records) (lists[record.partition] ??= []).push(record);
    this.#gathered.bytes += bytes;
  }

  #schedule(): void {
    if (this.#busy || this.#turn) return;
    const { bytes, positions } = this.#gathered;
    const paceEndsMs = this.#startedMs + paceMs - performance.now();
    if (this.#closed.length > 0 || bytes > gatheredIsMuchBytes || (bytes > 0 && paceEndsMs <= 0)) {
      // What else is published in this turn of the event loop comes along.
      this.#turn = setImmediate(() => void this.#ship());
    } else if (bytes > 0) this.#shipIn(paceEndsMs);
    else if (positions.size > 0) this.#shipIn(positionsWaitMs);
  }

  #shipIn(ms: number): void {
    const atMs = performance.now() + ms;
    if (this.#timer && this.#timerAtMs <= atMs) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ship(), ms);
    this.#timerAtMs = atMs;
  }

  #close(): void {
    this.#closed.push(this.#gathered);
    this.#gathered = gather();
  }

  async #ship(): Promise<void> {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#timer = this.#turn = undefined;
    this.#startedMs = performance.now();
    if (this.#closed.length === 0) this.#close();
    const next = this.#closed.shift()!;
    this.#busy = true;
    try {
      await this.#send({ rows: this.#frame(next), mailbox: this.#mailbox, positions: [...next.positions.values()] });
      for (const one of next.waiters) one.resolve();
    } catch (error) {
      for (const one of next.waiters) one.reject(error);
    } finally {
      this.#busy = false;
      this.#schedule();
    }
  }

  #frame({ topics, bytes }: Gathered): AppendedRow[] {
    let size = bytes;
    for (const partitions of topics.values()) size += partitions.length * tocEntryBytes;
    if (size > this.#mailbox.byteLength) this.#mailbox = new SharedArrayBuffer(2 ** Math.ceil(Math.log2(size)));
    const target = Buffer.from(this.#mailbox);
    let start = 0;
    return Array.from(topics, ([topic, partitions]) => {
      const row = { topic, start, end: encodeRow(target, start, partitions) };
      start = row.end;
      return row;
    });
  }
}

function gather(): Gathered {
  return { topics: new Map(), positions: new Map(), waiters: [], bytes: 0 };
}

function wait({ waiters }: Gathered): Promise<void> {
  return new Promise((resolve, reject) => waiters.push({ resolve, reject }));
}
