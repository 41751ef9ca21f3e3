import type { BusRecord } from '@opsloop/ports';
import { eventually } from '@opsloop/testing';
import type { KafkaCluster, KafkaConnection } from '../connection/kafka-connection.js';
import { TopicReader } from './topic-reader.js';

/** Brokers that answer each fetch, whoever leads: `leaders` is what they will say of that, by partition, when they are asked the next time. */
function brokersThatLead(leaders: number[]) {
  const asked: { leader: string; partitions: number[] }[] = [];
  let known = leaders.slice();
  const cluster = {
    connect: async () => undefined, disconnect: async () => undefined, addTargetTopic: async () => undefined,
    refreshMetadata: async () => void (known = leaders.slice()), refreshMetadataIfNecessary: async () => void (known = leaders.slice()),
    findTopicPartitionMetadata: () => known.map((leader, partitionId) => ({ partitionId, leader })),
    findBroker: async ({ nodeId }: { nodeId: string }) => ({
      async fetch({ topics }: { topics: { partitions: { partition: number }[] }[] }) {
        asked.push({ leader: nodeId, partitions: topics[0]!.partitions.map(({ partition }) => partition) });
        await new Promise((resolve) => setTimeout(resolve, 5));
        return { responses: [] };
      },
    }),
  };
  return { leaders, asked, connection: { cluster: () => cluster as unknown as KafkaCluster } as KafkaConnection };
}

const sink = { hasRoom: () => true, take: (_records: BusRecord[]) => undefined };
const warnings: string[] = [];
let living: TopicReader | undefined;
afterEach(() => living?.stop());

function readerOf(connection: KafkaConnection): TopicReader {
  return (living = new TopicReader({ connection, topic: 'windows', counts: { clientRestarts: 0, lostRecords: 0, produceRequests: 0, publishedRecords: 0 }, warn: (message) => void warnings.push(message) }));
}

it.each([
  ['one of its partitions', [1, 1], [1, 3]],
  ['all of them', [1, 1], [3, 3]],
  ['none, and then those of one that died', [1, 3], [1, 1]],
])('reads on where a broker that led nothing before leads %s, though no fetch fails', async (_, before, after) => {
  const { leaders, asked, connection } = brokersThatLead([...before]);
  const reader = readerOf(connection);
  await reader.start();
  for (const partition of [0, 1]) reader.add(partition, 0, sink);
  const readsAll = (wanted: readonly number[]): boolean => wanted.every((leader, partition) => asked.some((one) => one.leader === String(leader) && one.partitions.includes(partition)));
  await eventually('both are read', () => readsAll(before));
  asked.length = 0;
  leaders.splice(0, leaders.length, ...after);
  await eventually('both are read from their new leaders', () => readsAll(after));
  asked.length = 0;
  leaders.splice(0, leaders.length, ...before);
  await eventually('and where they were before', () => readsAll(before));
  expect(warnings).toEqual([]);
});

/** One partition of one broker. `cut` takes its end away; what `write` adds then stands where other records were. */
function createLog() {
  const log: string[] = [];
  const deceived = { times: 0 };
  const cluster = {
    connect: async () => undefined, disconnect: async () => undefined, addTargetTopic: async () => undefined, refreshMetadata: async () => undefined, refreshMetadataIfNecessary: async () => undefined,
    findTopicPartitionMetadata: () => [{ partitionId: 0, leader: 1 }],
    fetchTopicsOffset: async ([{ fromBeginning }]: [{ fromBeginning: boolean }]) => [{ partitions: [{ partition: 0, offset: String(fromBeginning ? 0 : log.length) }] }],
    findBroker: async () => ({
      async fetch({ topics }: { topics: { partitions: { fetchOffset: string }[] }[] }) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        const from = Number(topics[0]!.partitions[0]!.fetchOffset);
        if (from > log.length || deceived.times-- > 0) throw Object.assign(new Error('out of range'), { name: 'KafkaJSOffsetOutOfRange', partition: 0 });
        const messages = log.slice(from).map((text, i) => ({ key: Buffer.from('k'), value: Buffer.from(text), offset: String(from + i), timestamp: text }));
        return { responses: [{ partitions: [{ partition: 0, messages }] }] };
      },
    }),
  };
  return {
    write: (from: number, to: number) => void log.push(...Array.from({ length: to - from }, (_, i) => String(from + i))),
    cut: (end: number) => void log.splice(end),
    deceived,
    connection: { cluster: () => cluster as unknown as KafkaCluster } as KafkaConnection,
  };
}

function createGroupSink() {
  const taken: number[] = [];
  const rewound: number[] = [];
  return { taken, rewound, hasRoom: () => true, take: (records: BusRecord[]) => void taken.push(...records.map(({ value }) => Number(Buffer.from(value)))), rewind: (nextOffset: number) => void rewound.push(nextOffset) };
}

it('a log that has lost its end before it is read at all: the group goes on at the oldest record', async () => {
  const log = createLog();
  log.write(0, 50);
  const reader = readerOf(log.connection);
  await reader.start();
  const group = createGroupSink();
  reader.add(0, 100, group);
  await eventually('it is sent back', () => group.rewound.length > 0);
  expect([group.rewound, group.taken]).toEqual([[0], []]);
  expect(warnings.pop()).toMatch(/lost at least 50 records at its end; going on at 0/);
});

it('a log that loses its end while it is read: the group goes on behind what is still as it was read, and misses nothing new', async () => {
  const log = createLog();
  log.write(0, 40);
  const reader = readerOf(log.connection);
  await reader.start();
  const group = createGroupSink();
  reader.add(0, 0, group);
  await eventually('the first are taken', () => group.taken.length === 40);
  log.write(40, 100);
  await eventually('all are taken', () => group.taken.length === 100);
  log.cut(45);
  log.write(200, 210);
  await eventually('it is sent back', () => group.rewound.length > 0);
  expect(group.rewound).toEqual([40]);
  reader.add(0, 40, group);
  await eventually('what is new is taken', () => group.taken.includes(209));
  expect(group.taken.slice(100)).toEqual([40, 41, 42, 43, 44, 200, 201, 202, 203, 204, 205, 206, 207, 208, 209]);
  warnings.length = 0;
});

it('one that only looks on is read on where the log ends now', async () => {
  const log = createLog();
  log.write(0, 50);
  const reader = readerOf(log.connection);
  await reader.start();
  const { taken, hasRoom, take } = createGroupSink();
  reader.add(0, 100, { hasRoom, take });
  await eventually('it is told', () => warnings.length > 0);
  log.write(300, 302);
  await eventually('what comes is taken', () => taken.length === 2);
  expect(taken).toEqual([300, 301]);
  warnings.length = 0;
});

it('a broker that is mistaken once about the place sends nobody back', async () => {
  const log = createLog();
  log.write(0, 50);
  const reader = readerOf(log.connection);
  await reader.start();
  const group = createGroupSink();
  log.deceived.times = 1;
  reader.add(0, 50, group);
  log.write(50, 52);
  await eventually('what comes is taken', () => group.taken.length === 2);
  expect([group.rewound, warnings]).toEqual([[], []]);
});
