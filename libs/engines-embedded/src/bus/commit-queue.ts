/** Gathers what is published while the log is busy with the commit before, and hands it over as one commit. */
import type { OutgoingRecord } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import { createPartitioner } from './create-partitioner.js';
import { encodeRow, framedBytes, tocEntryBytes, type FramedRecord } from './frame.js';
import type { AppendedRow, GroupPositions } from './log-messages.js';

/** One commit: rows framed in the mailbox, and positions of groups. */
export interface Shipment {
  /** Memory of both threads. The next shipment overwrites it. */
  readonly mailbox: SharedArrayBuffer;
  readonly rows: readonly AppendedRow[];
  readonly positions: readonly GroupPositions[];
}

export interface CommitQueue {
  /** Resolves when the records are durable. */
  publish(topic: string, partitions: number, records: readonly OutgoingRecord[], nowMs: number): Promise<void>;
  /** Resolves when the positions are durable. Later calls before the commit replace the vector. */
  savePositions(positions: GroupPositions): Promise<void>;
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>;
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
/** Commits start at most this often, unless much has gathered: an fsync costs as much as dozens of records. */
const paceMs = 3;
const gatheredIsMuchBytes = 256 * 2 ** 10;
/** Positions alone are not urgent: they wait this long for records to travel with. */
const positionsWaitMs = 10;
const keyBytesAtMost = 4_096;
const headerBytesAtMost = 65_535;
const valueBytesAtMost = 16 * 2 ** 20;

const firstMailboxBytes = 2 ** 20;

export function createCommitQueue(send: (shipment: Shipment) => Promise<void>): CommitQueue {
  const partitionOfKey = createPartitioner();
  let gathered = gather();
  /** Those that are large enough and wait for the one under way. */
  const closed: Gathered[] = [];
  let mailbox = new SharedArrayBuffer(firstMailboxBytes);
  let busy = false;
  /** When the last commit started. */
  let startedMs = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let timerAtMs = 0;
  let turn: NodeJS.Immediate | undefined;

  function schedule(): void {
    if (busy || turn) return;
    const paceEndsMs = startedMs + paceMs - performance.now();
    if (closed.length > 0 || gathered.bytes > gatheredIsMuchBytes || (gathered.bytes > 0 && paceEndsMs <= 0)) {
      // What else is published in this turn of the event loop comes along.
      turn = setImmediate(() => void ship());
    } else if (gathered.bytes > 0) shipIn(paceEndsMs);
    else if (gathered.positions.size > 0) shipIn(positionsWaitMs);
  }

  function shipIn(ms: number): void {
    const atMs = performance.now() + ms;
    if (timer && timerAtMs <= atMs) return;
    clearTimeout(timer);
    timer = setTimeout(() => void ship(), ms);
    timerAtMs = atMs;
  }

  function close(): void {
    closed.push(gathered);
    gathered = gather();
  }

  function frame({ topics, bytes }: Gathered): AppendedRow[] {
    let size = bytes;
    for (const partitions of topics.values()) size += partitions.length * tocEntryBytes;
    if (size > mailbox.byteLength) mailbox = new SharedArrayBuffer(2 ** Math.ceil(Math.log2(size)));
    const target = Buffer.from(mailbox);
    let start = 0;
    return Array.from(topics, ([topic, partitions]) => {
      const row = { topic, start, end: encodeRow(target, start, partitions) };
      start = row.end;
      return row;
    });
  }

  async function ship(): Promise<void> {
    clearTimeout(timer);
    clearImmediate(turn);
    timer = turn = undefined;
    startedMs = performance.now();
    if (closed.length === 0) close();
    const next = closed.shift()!;
    busy = true;
    try {
      await send({ rows: frame(next), mailbox, positions: [...next.positions.values()] });
      for (const one of next.waiters) one.resolve();
    } catch (error) {
      for (const one of next.waiters) one.reject(error);
    } finally {
      busy = false;
      schedule();
    }
  }

  return {
    publish(topic, partitions, records, nowMs) {
      if (records.length === 0) return Promise.resolve();
      let framed: FramedRecord[];
      try {
        framed = records.map((record) => measure(record, record.partition === undefined ? partitionOfKey(record.key, partitions) : checkPartition(topic, partitions, record.partition), nowMs));
      } catch (error) {
        return Promise.reject(error);
      }
      let lists = gathered.topics.get(topic);
      if (!lists) gathered.topics.set(topic, (lists = Array.from({ length: partitions })));
      for (const record of framed) {
        (lists[record.partition] ??= []).push(record);
        gathered.bytes += framedBytes(record);
      }
      const done = wait(gathered);
      if (gathered.bytes > commitBytesAtMost) close();
      schedule();
      return done;
    },
    savePositions(vector) {
      gathered.positions.set(`${vector.topic} ${vector.group}`, vector);
      const done = wait(gathered);
      schedule();
      return done;
    },
    async drained() {
      while (busy || turn || timer) await new Promise((resolve) => setTimeout(resolve, 1));
    },
  };
}

function gather(): Gathered {
  return { topics: new Map(), positions: new Map(), waiters: [], bytes: 0 };
}

function wait({ waiters }: Gathered): Promise<void> {
  return new Promise((resolve, reject) => waiters.push({ resolve, reject }));
}

function measure({ key, value, headers, arrivalMs }: OutgoingRecord, partition: number, nowMs: number): FramedRecord {
  const headerText = headers === undefined ? '' : JSON.stringify(headers);
  const measured = {
    partition,
    key,
    keyBytes: Buffer.byteLength(key),
    headers: headerText === '{}' ? '' : headerText,
    headerBytes: headerText === '{}' ? 0 : Buffer.byteLength(headerText),
    value,
    arrivalMs: arrivalMs ?? nowMs,
  };
  if (measured.keyBytes === 0 || measured.keyBytes > keyBytesAtMost) refuse(`the key of a record must have 1 to ${keyBytesAtMost} bytes, this one has ${measured.keyBytes}`);
  if (measured.headerBytes > headerBytesAtMost) refuse(`the headers of record ${key} have ${measured.headerBytes} bytes, at most ${headerBytesAtMost} are allowed`);
  if (!(value instanceof Uint8Array)) refuse(`the value of record ${key} must be bytes`);
  if (value.length > valueBytesAtMost) refuse(`the value of record ${key} has ${value.length} bytes, at most ${valueBytesAtMost} are allowed`);
  return measured;
}

function checkPartition(topic: string, partitions: number, partition: number): number {
  if (!Number.isInteger(partition) || partition < 0 || partition >= partitions) refuse(`${topic} has the partitions 0 to ${partitions - 1}, not ${partition}`);
  return partition;
}

function refuse(message: string): never {
  throw new EngineError(message, { retryable: false });
}
