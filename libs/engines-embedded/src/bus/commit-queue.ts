/** Gathers what is published while the log is busy with the commit before, and hands it over as one commit. */
import type { OutgoingRecord } from '@opsloop/ports';
import { EngineError, partitionOf } from '@opsloop/ports';
import { encodeRow, framedBytes, tocEntryBytes, type FramedRecord } from './frame.js';
import type { AppendedRow, GroupPositions } from './log-messages.js';

/** One commit: rows framed in one buffer, and positions of groups. */
export interface Shipment {
  readonly buffer: ArrayBuffer;
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

interface PendingTopic {
  readonly partitions: (FramedRecord[] | undefined)[];
  bytes: number;
}

/** A commit is cut here: other work of the log's thread waits for it. */
const commitBytesAtMost = 8 * 2 ** 20;
/** Positions alone are not urgent: they wait this long for records to travel with. */
const positionsWaitMs = 5;
const keyBytesAtMost = 4_096;
const headerBytesAtMost = 65_535;
const valueBytesAtMost = 16 * 2 ** 20;

export function createCommitQueue(send: (shipment: Shipment) => Promise<void>): CommitQueue {
  let pending = new Map<string, PendingTopic>();
  let pendingBytes = 0;
  let positions = new Map<string, GroupPositions>();
  let waiters: Waiter[] = [];
  /** Shipments that are complete and wait for the one under way. */
  const closed: { shipment: Shipment; waiters: Waiter[] }[] = [];
  let busy = false;
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;

  function wait(): Promise<void> {
    return new Promise((resolve, reject) => waiters.push({ resolve, reject }));
  }

  function schedule(): void {
    if (busy || turn) return;
    if (pending.size > 0 || closed.length > 0) {
      clearTimeout(timer);
      timer = undefined;
      turn = setImmediate(() => {
        turn = undefined;
        void ship();
      });
    } else if (positions.size > 0) {
      timer ??= setTimeout(() => {
        timer = undefined;
        void ship();
      }, positionsWaitMs);
    }
  }

  function close(): void {
    closed.push({ shipment: frame(pending, pendingBytes, [...positions.values()]), waiters });
    pending = new Map();
    pendingBytes = 0;
    positions = new Map();
    waiters = [];
  }

  async function ship(): Promise<void> {
    if (busy) return;
    if (closed.length === 0) close();
    const { shipment, waiters: waiting } = closed.shift()!;
    busy = true;
    try {
      await send(shipment);
      for (const one of waiting) one.resolve();
    } catch (error) {
      for (const one of waiting) one.reject(error);
    } finally {
      busy = false;
      schedule();
    }
  }

  return {
    publish(topic, partitions, records, nowMs) {
      if (records.length === 0) return Promise.resolve();
      let framed: { record: FramedRecord; partition: number }[];
      try {
        framed = records.map((record) => ({ record: measure(record, nowMs), partition: choosePartition(topic, partitions, record) }));
      } catch (error) {
        return Promise.reject(error);
      }
      let one = pending.get(topic);
      if (!one) pending.set(topic, (one = { partitions: Array.from({ length: partitions }), bytes: 0 }));
      for (const { record, partition } of framed) {
        (one.partitions[partition] ??= []).push(record);
        const bytes = framedBytes(record);
        one.bytes += bytes;
        pendingBytes += bytes;
      }
      const done = wait();
      if (pendingBytes > commitBytesAtMost) close();
      schedule();
      return done;
    },
    savePositions(vector) {
      positions.set(`${vector.topic} ${vector.group}`, vector);
      const done = wait();
      schedule();
      return done;
    },
    async drained() {
      while (busy || turn || timer || closed.length > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    },
  };
}

function frame(pending: ReadonlyMap<string, PendingTopic>, recordBytes: number, positions: readonly GroupPositions[]): Shipment {
  let tocBytes = 0;
  for (const one of pending.values()) tocBytes += one.partitions.length * tocEntryBytes;
  const buffer = new ArrayBuffer(recordBytes + tocBytes);
  const target = Buffer.from(buffer);
  const rows: AppendedRow[] = [];
  let at = 0;
  for (const [topic, one] of pending) {
    const end = encodeRow(target, at, one.partitions);
    rows.push({ topic, start: at, end });
    at = end;
  }
  return { buffer, rows, positions };
}

function measure({ key, value, headers, arrivalMs }: OutgoingRecord, nowMs: number): FramedRecord {
  const headerText = headers === undefined ? '' : JSON.stringify(headers);
  const measured = {
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

function choosePartition(topic: string, partitions: number, { key, partition }: OutgoingRecord): number {
  if (partition === undefined) return partitionOf(key, partitions);
  if (!Number.isInteger(partition) || partition < 0 || partition >= partitions) refuse(`${topic} has the partitions 0 to ${partitions - 1}, not ${partition}`);
  return partition;
}

function refuse(message: string): never {
  throw new EngineError(message, { retryable: false });
}
