import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import type { BusRecord } from '@opsloop/ports';
import { eventually } from '@opsloop/testing';
import kafkajs from 'kafkajs';
import type { FetchedMessage, KafkaCluster, KafkaConnection } from '../connection/kafka-connection.js';
import { TopicReader } from '../read/topic-reader.js';
import { registerCodecs } from './compression-codecs.js';

const require = createRequire(import.meta.url);
/** The parts of the client that write a batch, and read what a broker answers. */
const writeBatch = require('kafkajs/src/protocol/recordBatch/v0/index.js').RecordBatch as (batch: object) => Promise<{ buffer: Buffer }>;
const writeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (record: object) => object;
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object;
const readBatches = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as (decoder: object) => Promise<FetchedMessage[]>;

const { CompressionCodecs, CompressionTypes } = kafkajs;
const headerBytes = 61;
const lengthAt = 8;
const attributesAt = 21;

/** A batch as an agent writes it. */
async function batchOf(firstOffset: number, values: readonly string[], codec: number, compress: (records: Buffer) => Buffer): Promise<Buffer> {
  const records = values.map((value, offsetDelta) => writeRecord({ offsetDelta, timestampDelta: 0, key: 'k', value, headers: {} }));
  const { buffer: plain } = await writeBatch({ firstOffset, firstTimestamp: 5, maxTimestamp: 5, lastOffsetDelta: values.length - 1, records });
  const batch = Buffer.concat([plain.subarray(0, headerBytes), compress(plain.subarray(headerBytes))]);
  batch.writeInt32BE(batch.length - lengthAt - 4, lengthAt);
  batch.writeInt16BE(codec, attributesAt);
  return batch;
}

/** A frame whose only block is stored as it is. */
function lz4Frame(bytes: Buffer): Buffer {
  const frame = Buffer.concat([Buffer.from('04224d18604000', 'hex'), Buffer.alloc(4), bytes, Buffer.alloc(4)]);
  frame.writeUInt32LE(0x8000_0000 + bytes.length, 7);
  return frame;
}

let reader: TopicReader | undefined;
beforeAll(registerCodecs);
afterEach(() => reader?.stop());

/** Reads partition 0 of a broker that has these batches. */
async function read(batches: readonly Buffer[]) {
  const bytes = Buffer.concat(batches);
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  const asked: number[] = [];
  const cluster = {
    connect: async () => undefined, disconnect: async () => undefined, addTargetTopic: async () => undefined, refreshMetadata: async () => undefined, refreshMetadataIfNecessary: async () => undefined,
    findTopicPartitionMetadata: () => [{ partitionId: 0, leader: 1 }],
    findBroker: async () => ({
      async fetch({ topics }: { topics: { partitions: { fetchOffset: string }[] }[] }) {
        asked.push(Number(topics[0]!.partitions[0]!.fetchOffset));
        await new Promise((resolve) => setTimeout(resolve, 5));
        const messages = asked.at(-1) === 0 ? await readBatches(new Decoder(Buffer.concat([size, bytes]))) : [];
        return { responses: [{ topicName: 'intake', partitions: [{ partition: 0, highWatermark: '0', messages }] }] };
      },
    }),
  } as unknown as KafkaCluster;
  const counts = { clientRestarts: 0, lostRecords: 0, produceRequests: 0, publishedRecords: 0 };
  const warnings: string[] = [];
  const taken: BusRecord[] = [];
  reader = new TopicReader({ connection: { cluster: () => cluster } as KafkaConnection, topic: 'intake', counts, warn: (message) => void warnings.push(message) });
  await reader.start();
  reader.add(0, 0, { hasRoom: () => true, take: (records) => void taken.push(...records) });
  await eventually('what follows is asked for', () => asked.at(-1)! > 0);
  return { taken: taken.map(({ position, value }) => `${position} ${Buffer.from(value).toString()}`), lost: counts.lostRecords, warnings, next: asked.at(-1) };
}

it('reads compressed batches of others between plain ones', async () => {
  const seen = await read([
    await batchOf(0, ['a'], CompressionTypes.None, (bytes) => bytes),
    await batchOf(1, ['b', 'c'], CompressionTypes.GZIP, gzipSync),
    await batchOf(3, ['d', 'e'], CompressionTypes.LZ4, lz4Frame),
  ]);
  expect(seen).toEqual({ taken: ['0 a', '1 b', '2 c', '3 d', '4 e'], lost: 0, warnings: [], next: 5 });
});

it.each([
  ['gzip', CompressionTypes.GZIP],
  ['Snappy', CompressionTypes.Snappy],
  ['LZ4', CompressionTypes.LZ4],
  ['Zstandard', CompressionTypes.ZSTD],
])('a batch that is no %s is left out, counted and told, and what is around it is read', async (_, codec) => {
  const seen = await read([
    await batchOf(0, ['a'], CompressionTypes.None, (bytes) => bytes),
    await batchOf(1, ['b', 'c', 'd'], codec, () => Buffer.from('what nobody can decompress')),
    await batchOf(4, ['e'], CompressionTypes.None, (bytes) => bytes),
  ]);
  expect(seen).toMatchObject({ taken: ['0 a', '4 e'], lost: 3, next: 5 });
  expect(seen.warnings).toEqual([expect.stringMatching(/^intake partition 0: 3 records from position 1 on cannot be decompressed \(.+\); they are left out$/)]);
});

it('one at the end is left out too', async () => {
  expect(await read([await batchOf(0, Array.from({ length: 100 }, String), CompressionTypes.LZ4, () => Buffer.from('x'))])).toMatchObject({ taken: [], lost: 100, next: 100 });
});

const text = 'cpu,host=a usage=1 '.repeat(20);

it.each([
  ['Snappy', CompressionTypes.Snappy, 'fc02486370752c686f73743d612075736167653d3120fe1300fe1300fe1300fe1300fe1300a21300'],
  ['Snappy in blocks', CompressionTypes.Snappy, '82534e4150505900000000010000000100000028fc02486370752c686f73743d612075736167653d3120fe1300fe1300fe1300fe1300fe1300a21300'],
  ['LZ4', CompressionTypes.LZ4, '04224d186440a71f000000ff046370752c686f73743d612075736167653d31201300ff525067653d3120000000000c2a351a'],
  ['Zstandard', CompressionTypes.ZSTD, '28b52ffd0458d50000986370752c686f73743d612075736167653d31200100cd4c9d61557850d1'],
] as const)('decompresses what the usual programs make with %s', async (_, codec, hex) => {
  const { decompress } = CompressionCodecs[codec]() as { decompress(given: Buffer): Promise<Buffer> };
  expect((await decompress(Buffer.from(hex, 'hex'))).toString()).toBe(text);
});
