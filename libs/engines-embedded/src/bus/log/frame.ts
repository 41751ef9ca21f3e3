/**
 * A row of the log: what one commit made durable of one topic. In the file rows lie one behind the other, each a frame:
 *
 * - head, 32 bytes: CRC-32 of all that follows it, length of the frame (uint32 each), row number, time of the commit in
 *   ms (float64 each), length of the positions, number of partitions (uint32 each);
 * - table of contents, 16 bytes a partition: position behind its last record (float64), offset of its first record
 *   from the end of the table, number of records (uint32 each);
 * - records: a head of 16 bytes (value, key and header lengths, arrival time), key, headers as JSON, value;
 * - positions of groups as JSON, `[["group", [1, 2, ...]], ...]`; null instead of a vector: the group is forgotten.
 *
 * Frames, records and values start at multiples of 8, so that readers may lay typed arrays over them.
 */
import { crc32 } from 'node:zlib';
import type { BusRecord } from '@opsloop/ports';
import type { CopyMemory } from './copy-memory.js';

const frameHeadBytes = 32;
const tocEntryBytes = 16;
const recordHeadBytes = 16;
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

/** Per partition the last position that the group is done with; 0: none. */
export type GroupVectors = ReadonlyMap<string, Float64Array | null>;

export interface NewFrame {
  readonly row: number;
  readonly timeMs: number;
  /** Per partition the position of the next record, before this row. */
  readonly next: Float64Array;
  readonly partitions: readonly (readonly FramedRecord[] | undefined)[];
  /** From `encodePositions`. */
  readonly positions: Uint8Array;
}

const aligned = (bytes: number) => (bytes + 7) & ~7;

export function recordBytes(record: FramedRecord): number {
  return aligned(recordHeadBytes + record.keyBytes + record.headerBytes) + aligned(record.value.length);
}

/** Length of a frame whose records have `bytes` bytes altogether. */
export function frameBytes(partitions: number, bytes: number, positions: Uint8Array): number {
  return headBytes(partitions) + bytes + aligned(positions.length);
}

/** Of the head and the table of contents: what tells where a row stands. */
export function headBytes(partitions: number): number {
  return frameHeadBytes + partitions * tocEntryBytes;
}

/** Fills `frame`, which has exactly the length that `frameBytes` says; what was in it goes. */
export function encodeFrame(frame: Buffer, { row, timeMs, next, partitions, positions }: NewFrame): void {
  // Between records there are bytes that nothing else is written to.
  frame.fill(0);
  const start = headBytes(partitions.length);
  let at = start;
  partitions.forEach((records, partition) => {
    const entry = frameHeadBytes + partition * tocEntryBytes;
    const count = records?.length ?? 0;
    frame.writeDoubleLE(next[partition]! + count, entry);
    frame.writeUInt32LE(at - start, entry + 8);
    frame.writeUInt32LE(count, entry + 12);
    if (records) for (const record of records) at = encodeRecord(frame, at, record);
  });
  frame.set(positions, at);
  sealFrame(frame, { row, timeMs, partitions: partitions.length, positionsBytes: positions.length });
}

/** Writes the head of a frame that is complete otherwise. */
export function sealFrame(frame: Buffer, { row, timeMs, partitions, positionsBytes }: { row: number; timeMs: number; partitions: number; positionsBytes: number }): void {
  frame.writeUInt32LE(frame.length, 4);
  frame.writeDoubleLE(row, 8);
  frame.writeDoubleLE(timeMs, 16);
  frame.writeUInt32LE(positionsBytes, 24);
  frame.writeUInt32LE(partitions, 28);
  frame.writeUInt32LE(crc32(frame.subarray(4)), 0);
}

function encodeRecord(target: Buffer, start: number, { key, keyBytes, headers, headerBytes, value, arrivalMs }: FramedRecord): number {
  target.writeUInt32LE(value.length, start);
  target.writeUInt16LE(keyBytes, start + 4);
  target.writeUInt16LE(headerBytes, start + 6);
  target.writeDoubleLE(arrivalMs, start + 8);
  target.write(key, start + recordHeadBytes, keyBytes, 'utf8');
  if (headerBytes > 0) target.write(headers, start + recordHeadBytes + keyBytes, headerBytes, 'utf8');
  const valueStart = start + aligned(recordHeadBytes + keyBytes + headerBytes);
  target.set(value, valueStart);
  return valueStart + aligned(value.length);
}

export function encodePositions(vectors: GroupVectors): Uint8Array {
  if (vectors.size === 0) return new Uint8Array(0);
  return Buffer.from(JSON.stringify(Array.from(vectors, ([group, vector]) => [group, vector && Array.from(vector)])));
}

/** Length that the frame at `at` claims; undefined where there is no head of a frame. */
export function claimedBytes(bytes: Buffer, at: number): number | undefined {
  if (at + frameHeadBytes > bytes.length) return undefined;
  const length = bytes.readUInt32LE(at + 4);
  return length >= headBytes(bytes.readUInt32LE(at + 28)) && length % 8 === 0 ? length : undefined;
}

/** Whether this is a frame, whole and unchanged. */
export function isWhole(frame: Buffer): boolean {
  return claimedBytes(frame, 0) === frame.length && crc32(frame.subarray(4)) === frame.readUInt32LE(0);
}

export function rowOf(frame: Buffer): number {
  return frame.readDoubleLE(8);
}

/** When it was committed. */
export function timeOf(frame: Buffer): number {
  return frame.readDoubleLE(16);
}

/** How many partitions its topic had. */
export function partitionsOf(frame: Buffer): number {
  return frame.readUInt32LE(28);
}

/** The position behind the last record of the partition, as of this row. */
export function nextPosition(frame: Buffer, partition: number): number {
  return frame.readDoubleLE(frameHeadBytes + partition * tocEntryBytes);
}

export function recordCount(frame: Buffer, partition: number): number {
  return frame.readUInt32LE(frameHeadBytes + partition * tocEntryBytes + 12);
}

export function decodePositions(frame: Buffer): GroupVectors {
  const length = frame.readUInt32LE(24);
  if (length === 0) return new Map();
  // Behind it there are up to 7 bytes that fill the frame up.
  const start = frame.length - aligned(length);
  const entries = JSON.parse(frame.toString('utf8', start, start + length)) as [string, number[] | null][];
  return new Map(entries.map(([group, vector]) => [group, vector && Float64Array.from(vector)]));
}

/** The records of one partition, without copying: their values are views of `frame`. */
export function decodeRecords(frame: Buffer, partition: number): BusRecord[] {
  return decodeFrom(recordsOf(frame, partition), frame, partition);
}

/** The records of one partition: their values are views of a copy. */
export function copyRecords(frame: Buffer, partition: number, memory: CopyMemory): BusRecord[] {
  return decodeFrom(memory.copy(recordsOf(frame, partition)), frame, partition);
}

/** Up to where those of the next partition begin. */
function recordsOf(frame: Buffer, partition: number): Buffer {
  const partitions = partitionsOf(frame);
  const start = headBytes(partitions);
  const offset = (p: number) => start + frame.readUInt32LE(frameHeadBytes + p * tocEntryBytes + 8);
  const end = partition + 1 < partitions ? offset(partition + 1) : frame.length - aligned(frame.readUInt32LE(24));
  return frame.subarray(offset(partition), end);
}

function decodeFrom(bytes: Buffer, frame: Buffer, partition: number): BusRecord[] {
  const count = recordCount(frame, partition);
  const records: BusRecord[] = [];
  let position = nextPosition(frame, partition) - count;
  let at = 0;
  for (let i = 0; i < count; i++) {
    const valueBytes = bytes.readUInt32LE(at);
    const keyEnd = at + recordHeadBytes + bytes.readUInt16LE(at + 4);
    const headerEnd = keyEnd + bytes.readUInt16LE(at + 6);
    const valueStart = at + aligned(headerEnd - at);
    records.push({
      key: bytes.toString('utf8', at + recordHeadBytes, keyEnd),
      value: bytes.subarray(valueStart, valueStart + valueBytes),
      headers: headerEnd > keyEnd ? (JSON.parse(bytes.toString('utf8', keyEnd, headerEnd)) as Record<string, string>) : noHeaders,
      position: position++,
      arrivalMs: bytes.readDoubleLE(at + 8),
    });
    at = valueStart + aligned(valueBytes);
  }
  return records;
}
