/** Ways to write the values of a raw batch, beside the one in use: bytes, and microseconds of CPU to write and read a batch. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { RawBatch } from '@opsloop/contracts';
import { ByteReader, ByteWriter, createRawBatchDecoder, encodeRawBatch } from '@opsloop/wire';

export interface EncodingResult {
  readonly name: string;
  readonly bytesPerBatch: number;
  readonly writeUsPerBatch: number;
  readonly readUsPerBatch: number;
}

interface Encoding {
  readonly name: string;
  write(batch: RawBatch): Uint8Array;
  /** Returns one value, so that nothing is skipped. */
  read(bytes: Uint8Array): number;
}

/** Batches of full rows; the best of `rounds` counts. */
export function measureRawEncodings(batches: readonly RawBatch[], rounds = 15): EncodingResult[] {
  return [doubles(), decimals(), deflated(), json()].map((encoding) => {
    let [writeUs, readUs, sizeBytes] = [Infinity, Infinity, 0];
    for (let round = 0; round < rounds; round++) {
      let written: Uint8Array[] = [];
      writeUs = Math.min(writeUs, cpuUs(() => (written = batches.map((batch) => encoding.write(batch)))));
      readUs = Math.min(readUs, cpuUs(() => written.forEach((bytes) => encoding.read(bytes))));
      sizeBytes = written.reduce((sum, bytes) => sum + bytes.length, 0);
    }
    return { name: encoding.name, bytesPerBatch: Math.round(sizeBytes / batches.length), writeUsPerBatch: writeUs / batches.length, readUsPerBatch: readUs / batches.length };
  });
}

function doubles(): Encoding {
  const decoder = createRawBatchDecoder();
  return { name: 'doubles (in use)', write: encodeRawBatch, read: (bytes) => decoder.decode(bytes).rows[0]!.values[0]! };
}

/** Values with up to four decimals as integers of variable length, others as doubles; around them the same message. */
function decimals(): Encoding {
  const writer = new ByteWriter();
  const decoder = createRawBatchDecoder();
  const scales = [1, 10, 100, 1_000, 10_000];
  return {
    name: 'decimals of variable length',
    write(batch) {
      const { timeMs, values } = batch.rows[0]!;
      writer.reset();
      writer.raw(encodeRawBatch({ ...batch, rows: [] }));
      writer.f64(timeMs);
      for (const value of values) {
        const scale = scales.findIndex((factor) => Number.isSafeInteger(value * factor) && (value * factor) / factor === value);
        if (scale < 0 || value < 0) {
          writer.u8(5);
          writer.f64(value);
        } else {
          writer.u8(scale);
          writer.varint(value * scales[scale]!);
        }
      }
      return writer.finish();
    },
    read(bytes) {
      // The message in front is as long as before: it is found by reading it.
      const reader = new ByteReader(bytes);
      reader.u8();
      for (let block = 0; block < 2; block++) {
        const sizeBytes = reader.varint();
        reader.take(8 + sizeBytes);
      }
      reader.take(9);
      const batch = decoder.decode(bytes.subarray(0, reader.offset));
      reader.f64();
      const values = new Float64Array(batch.dictionary.size);
      for (let i = 0; i < values.length; i++) {
        const scale = reader.u8();
        values[i] = scale === 5 ? reader.f64() : reader.varint() / scales[scale]!;
      }
      return values[0]!;
    },
  };
}

function deflated(): Encoding {
  const decoder = createRawBatchDecoder();
  return {
    name: 'doubles, deflated',
    write: (batch) => deflateRawSync(encodeRawBatch(batch), { level: 1 }),
    read: (bytes) => decoder.decode(inflateRawSync(bytes)).rows[0]!.values[0]!,
  };
}

function json(): Encoding {
  return {
    name: 'JSON',
    write: ({ dictionary, rows, ...rest }) => Buffer.from(JSON.stringify({ ...rest, dictionary: { ...dictionary, metricOf: [...dictionary.metricOf], labelsOf: [...dictionary.labelsOf] }, rows: rows.map(({ timeMs, values }) => ({ timeMs, values: [...values] })) })),
    read: (bytes) => (JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as RawBatch).rows[0]!.values[0]!,
  };
}

function cpuUs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
