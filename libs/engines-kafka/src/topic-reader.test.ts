import type { BusRecord } from '@opsloop/ports';
import { eventually } from '@opsloop/testing';
import type { KafkaCluster, KafkaConnection } from './kafka-connection.js';
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
