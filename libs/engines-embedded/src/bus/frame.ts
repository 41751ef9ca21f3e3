/**
 * One row of the log: the records of one topic that one commit made durable, framed by partition.
 *
 * The table of contents has 16 bytes a partition: position behind its last record (float64, filled in by the worker
 * that commits), offset of its first record, number of records (uint32 each). A record is a head of 16 bytes (value,
 * key and header lengths, arrival time), key, headers as JSON, value; records and values start at multiples of 8, so
 * that readers may lay typed arrays over them.
 */
import type { BusRecord } from '@opsloop/ports';

export const tocEntryBytes = 16;
const headBytes = 16;
const noHeaders = Object.freeze({});

/** A record with its lengths measured, waiting for the next commit. */
export interface FramedRecord {
  readonly partition: number;
  readonly key: string;
  readonly keyBytes: number;
  /** JSON; not written when `headerBytes` is 0. */
  readonly headers: string;
  readonly headerBytes: number;
  readonly value: Uint8Array;
  readonly arrivalMs: number;
}

const aligned = (bytes: number) => (bytes + 7) & ~7;

export function framedBytes(record: FramedRecord): number {
  return aligned(headBytes + record.keyBytes + record.headerBytes) + aligned(record.value.length);
}

/** Writes table of contents and records at `start`; answers with the end. */
export function encodeRow(target: Buffer, start: number, partitions: readonly (readonly FramedRecord[] | undefined)[]): number {
  const base = start + partitions.length * tocEntryBytes;
  let at = base;
  partitions.forEach((records, partition) => {
    const entry = start + partition * tocEntryBytes;
    target.writeUInt32LE(at - base, entry + 8);
    target.writeUInt32LE(records?.length ?? 0, entry + 12);
    if (records) for (const record of records) at = encodeRecord(target, at, record);
  });
  return at;
}

function encodeRecord(target: Buffer, start: number, { key, keyBytes, headers, headerBytes, value, arrivalMs }: FramedRecord): number {
  target.writeUInt32LE(value.length, start);
  target.writeUInt16LE(keyBytes, start + 4);
  target.writeUInt16LE(headerBytes, start + 6);
  target.writeDoubleLE(arrivalMs, start + 8);
  target.write(key, start + headBytes, keyBytes, 'utf8');
  if (headerBytes > 0) target.write(headers, start + headBytes + keyBytes, headerBytes, 'utf8');
  const valueStart = start + aligned(headBytes + keyBytes + headerBytes);
  target.set(value, valueStart);
  return valueStart + aligned(value.length);
}

/** The position behind the last record of the partition, as of this row. */
export function nextPosition(toc: Buffer, partition: number): number {
  return toc.readDoubleLE(partition * tocEntryBytes);
}

export function setNextPosition(toc: Buffer, partition: number, next: number): void {
  toc.writeDoubleLE(next, partition * tocEntryBytes);
}

export function recordCount(toc: Buffer, partition: number): number {
  return toc.readUInt32LE(partition * tocEntryBytes + 12);
}

/** The records of one partition, without copying: their values are views of `bytes`. */
export function decodeRecords(toc: Buffer, bytes: Buffer, partition: number): BusRecord[] {
  const count = recordCount(toc, partition);
  const records: BusRecord[] = [];
  let position = nextPosition(toc, partition) - count;
  let at = toc.readUInt32LE(partition * tocEntryBytes + 8);
  for (let i = 0; i < count; i++) {
    const valueBytes = bytes.readUInt32LE(at);
    const keyEnd = at + headBytes + bytes.readUInt16LE(at + 4);
    const headerEnd = keyEnd + bytes.readUInt16LE(at + 6);
    const valueStart = at + aligned(headerEnd - at);
    records.push({
      key: bytes.toString('utf8', at + headBytes, keyEnd),
      value: bytes.subarray(valueStart, valueStart + valueBytes),
      headers: headerEnd > keyEnd ? (JSON.parse(bytes.toString('utf8', keyEnd, headerEnd)) as Record<string, string>) : noHeaders,
      position: position++,
      arrivalMs: bytes.readDoubleLE(at + 8),
    });
    at = valueStart + aligned(valueBytes);
  }
  return records;
}
