import type { OutgoingRecord } from '@opsloop/ports';
import { EngineError, recordLimits } from '@opsloop/ports';
import type { FramedRecord } from './frame.js';

const { keyBytes: keyBytesAtMost, headerBytes: headerBytesAtMost, valueBytes: valueBytesAtMost } = recordLimits;

/** A record ready to be framed. Throws a non-retryable EngineError for what no commit could hold. */
export function measureRecord({ key, value, headers, arrivalMs }: OutgoingRecord, partition: number, nowMs: number): FramedRecord {
  const keyBytes = Buffer.byteLength(key);
  if (keyBytes === 0 || keyBytes > keyBytesAtMost) refuse(`the key of a record must have 1 to ${keyBytesAtMost} bytes, this one has ${keyBytes}`);
  if (!(value instanceof Uint8Array)) refuse(`the value of record ${key} must be bytes`);
  if (value.length > valueBytesAtMost) refuse(`the value of record ${key} has ${value.length} bytes, at most ${valueBytesAtMost} are allowed`);
  const headerText = headers === undefined ? '{}' : JSON.stringify(headers);
  const headerBytes = headerText === '{}' ? 0 : Buffer.byteLength(headerText);
  if (headerBytes > headerBytesAtMost) refuse(`the headers of record ${key} have ${headerBytes} bytes, at most ${headerBytesAtMost} are allowed`);
  return { partition, key, keyBytes, headers: headerText, headerBytes, value, arrivalMs: arrivalMs ?? nowMs };
}

/** The partition that a record asks for, when the topic has it. */
export function checkPartition(topic: string, partitions: number, partition: number): number {
  if (!Number.isInteger(partition) || partition < 0 || partition >= partitions) refuse(`${topic} has the partitions 0 to ${partitions - 1}, not ${partition}`);
  return partition;
}

function refuse(message: string): never {
  throw new EngineError(message, { retryable: false });
}
