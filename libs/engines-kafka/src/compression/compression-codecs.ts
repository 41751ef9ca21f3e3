/** What kafkajs needs to read compressed batches. It knows gzip alone, and throws a whole answer away for one batch that it cannot read. */
import { promisify } from 'node:util';
import { unzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import kafkajs from 'kafkajs';
import { ByteSink, decompressedBytesAtMost } from './byte-sink.js';
import { decompressLz4 } from './decompress-lz4.js';
import { decompressSnappy } from './decompress-snappy.js';

const { CompressionCodecs, CompressionTypes } = kafkajs;
const unzipBytes = promisify<Buffer, { maxOutputLength: number }, Buffer>(unzip);
/** Of each record that stands for one that cannot be read; why is its value. */
const unreadableHeader = 'opsloop-unreadable';
/** Where the fields of a batch are, before its records: https://kafka.apache.org/documentation/#recordbatch */
const lengthAt = -53;
const lengthBehindIt = 49;
const lastOffsetDeltaAt = -38;
const countAt = -4;

/** From then on kafkajs reads gzip, Snappy, LZ4 and Zstandard; a batch that cannot be decompressed becomes as many records that tell why. */
export function registerCodecs(): void {
  const readers: [keyof typeof CompressionCodecs, (given: Buffer) => Buffer | Promise<Buffer>][] = [
    [CompressionTypes.GZIP, (given) => unzipBytes(given, { maxOutputLength: decompressedBytesAtMost })],
    [CompressionTypes.Snappy, decompressSnappy],
    [CompressionTypes.LZ4, decompressLz4],
    [CompressionTypes.ZSTD, decompressZstd],
  ];
  for (const [type, read] of readers) CompressionCodecs[type] = () => ({ compress: () => Promise.reject(new Error('nothing is compressed here')), decompress: (given: Buffer) => readOrTell(given, read) });
}

/** Why the record that the broker has cannot be read; undefined: it can. */
export function whyUnreadable({ headers }: { readonly headers?: Readonly<Record<string, unknown>> }): string | undefined {
  const why = headers?.[unreadableHeader];
  return why === undefined ? undefined : String(why);
}

async function readOrTell(given: Buffer, read: (given: Buffer) => Buffer | Promise<Buffer>): Promise<Buffer> {
  try {
    return await read(given);
  } catch (error) {
    const batch = batchAround(given);
    if (!batch) throw error;
    return unreadableRecords(batch, error instanceof Error ? error.message : String(error));
  }
}

function decompressZstd(given: Buffer): Buffer {
  const sink = new ByteSink(4 * given.length);
  new Decompress((chunk) => sink.append(chunk)).push(given, true);
  return sink.all();
}

/** kafkajs hands over the end of a batch, in the memory of the answer that it came in; undefined: it is a message of before batches. */
function batchAround({ buffer, byteOffset, length }: Buffer): { count: number; lastOffsetDelta: number } | undefined {
  if (byteOffset + lengthAt < 0) return undefined;
  const before = new DataView(buffer, byteOffset + lengthAt, -lengthAt);
  if (before.getInt32(0) !== lengthBehindIt + length) return undefined;
  return { count: before.getInt32(countAt - lengthAt), lastOffsetDelta: before.getInt32(lastOffsetDeltaAt - lengthAt) };
}

/** The last one has the last position of the batch: what follows it is read next. */
function unreadableRecords({ count, lastOffsetDelta }: { count: number; lastOffsetDelta: number }, why: string): Buffer {
  const header = [...varInt(1), ...sized(unreadableHeader), ...sized(why)];
  const none = varInt(-1);
  const records = Array.from({ length: count }, (_, i) => {
    const fields = [0, ...varInt(0), ...varInt(i === count - 1 ? lastOffsetDelta : i), ...none, ...none, ...header];
    return Buffer.from([...varInt(fields.length), ...fields]);
  });
  return Buffer.concat(records);
}

function sized(text: string): number[] {
  const bytes = Buffer.from(text);
  return [...varInt(bytes.length), ...bytes];
}

/** Small numbers of either sign take few bytes. */
function varInt(value: number): number[] {
  const bytes: number[] = [];
  let left = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; left >= 0x80; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return [...bytes, left];
}
