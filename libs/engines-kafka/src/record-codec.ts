import type { Message } from 'kafkajs';
import type { BusRecord, OutgoingRecord } from '@opsloop/ports';
import { EngineError, recordLimits } from '@opsloop/ports';
import type { FetchedMessage } from './connection/kafka-connection.js';

/** Kafka's own time of a record is whole milliseconds; the rest of an arrival time stands in this header. */
const arrivalHeader = 'opsloop-arrival-ms';
const { keyBytes: keyBytesAtMost, headerBytes: headerBytesAtMost, valueBytes: valueBytesAtMost } = recordLimits;
/** What Kafka adds to a record at most, near enough for limits. */
const overheadBytes = 64;
const noBytes = Buffer.alloc(0);
const noHeaders = {};
/** Others may write without a key; ours always have one, and so have what readers get. */
const noKey = 'none';

export interface MeasuredMessage {
  readonly message: Message & { readonly partition: number };
  readonly sizeBytes: number;
}

/** A record ready to be sent. Throws a non-retryable EngineError for what no topic would take. */
export function toMessage({ key, value, headers, arrivalMs }: OutgoingRecord, partition: number, nowMs: number): MeasuredMessage {
  const keyBytes = Buffer.byteLength(key);
  if (keyBytes === 0 || keyBytes > keyBytesAtMost) refuse(`the key of a record must have 1 to ${keyBytesAtMost} bytes, this one has ${keyBytes}`);
  if (!(value instanceof Uint8Array)) refuse(`the value of record ${key} must be bytes`);
  if (value.length > valueBytesAtMost) refuse(`the value of record ${key} has ${value.length} bytes, at most ${valueBytesAtMost} are allowed`);
  const arrival = arrivalMs ?? nowMs;
  const stampMs = Math.max(0, Math.floor(arrival));
  const message: MeasuredMessage['message'] = {
    key,
    value: Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    partition,
    timestamp: String(stampMs),
  };
  let headerBytes = 0;
  if (headers !== undefined || arrival !== stampMs) {
    message.headers = arrival === stampMs ? { ...headers } : { ...headers, [arrivalHeader]: String(arrival) };
    for (const [name, text] of Object.entries(message.headers)) headerBytes += Buffer.byteLength(name) + Buffer.byteLength(text as string);
    if (headerBytes > headerBytesAtMost) refuse(`the headers of record ${key} have ${headerBytes} bytes, at most ${headerBytesAtMost} are allowed`);
  }
  return { message, sizeBytes: keyBytes + value.length + headerBytes + overheadBytes };
}

/**
 * Records of one partition as their reader gets them. Their values share a copy of their own: in the answer of the broker, a
 * partition that waits would hold what came beside it for all the others.
 */
export function toRecords(messages: readonly FetchedMessage[]): BusRecord[] {
  let sizeBytes = 0;
  for (const { value } of messages) sizeBytes += value?.length ?? 0;
  const values = sizeBytes === 0 ? noBytes : Buffer.allocUnsafeSlow(sizeBytes);
  let end = 0;
  return messages.map(({ key, value, offset, timestamp, headers }) => {
    const begin = end;
    if (value) end += value.copy(values, begin);
    const read = readHeaders(headers);
    return { key: key?.toString() || noKey, value: end === begin ? noBytes : values.subarray(begin, end), headers: read.headers, position: Number(offset), arrivalMs: read.arrivalMs ?? Number(timestamp) };
  });
}

/** Of a name that comes more than once, the last value counts. */
function readHeaders(given: FetchedMessage['headers']): { headers: Record<string, string>; arrivalMs?: number } {
  if (given === undefined) return { headers: noHeaders };
  let arrivalMs: number | undefined;
  let headers: Record<string, string> = noHeaders;
  for (const [name, value] of Object.entries(given)) {
    const text = String((Array.isArray(value) ? value.at(-1) : value) ?? '');
    if (name === arrivalHeader) arrivalMs = Number(text);
    else headers = headers === noHeaders ? { [name]: text } : Object.assign(headers, { [name]: text });
  }
  return arrivalMs === undefined ? { headers } : { headers, arrivalMs };
}

/** The partition that a record asks for, when the topic has it. */
export function checkPartition(topic: string, partitions: number, partition: number): number {
  if (!Number.isInteger(partition) || partition < 0 || partition >= partitions) refuse(`${topic} has the partitions 0 to ${partitions - 1}, not ${partition}`);
  return partition;
}

function refuse(message: string): never {
  throw new EngineError(message, { retryable: false });
}
