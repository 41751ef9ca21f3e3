import { partitionsOf, topics } from '@opsloop/contracts';
import { createSkewedClock } from '@opsloop/testing';
import type { Admin } from 'kafkajs';
import type { KafkaBusOptions } from './kafka-bus-options.js';
import { refuseStart } from './refuse-start.js';
import { createTopicCatalog } from './topics/topic-catalog.js';

const every = Object.values(topics).map(({ name }) => name);
const withDeadLetters = every.flatMap((name) => [name, `${name}.dlq`]);

/** A cluster where the `alive` brokers are up, and these topics are there, with copies on `placed`. */
async function startOn(alive: readonly number[], there: readonly string[], placed: readonly number[]): Promise<string[]> {
  const admin = {
    connect: async () => undefined,
    describeCluster: async () => ({ brokers: alive.map((nodeId) => ({ nodeId, host: 'localhost', port: 9092 })), controller: 1, clusterId: 'c' }),
    listTopics: async () => there,
    fetchTopicMetadata: async ({ topics: [name] }: { topics: string[] }) => ({ topics: [{ name, partitions: Array.from({ length: partitionsOf(name!) }, (_, partitionId) => ({ partitionId, replicas: placed })) }] }),
  } as unknown as Admin;
  const options: KafkaBusOptions = { brokers: ['localhost:9092'], clientId: 'test', prefix: '', replication: 3, retentionMs: Infinity, sessionMs: 6_000, clock: createSkewedClock() };
  const warnings: string[] = [];
  await refuseStart(admin, options, createTopicCatalog(admin, options), (message) => void warnings.push(message));
  return warnings;
}

it('starts while one of three brokers is away, and tells it', async () => {
  expect(await startOn([1, 2], withDeadLetters, [1, 2, 3])).toEqual([expect.stringMatching(/^OPSLOOP_KAFKA_REPLICATION=3 needs as many brokers, and 2 are up/)]);
});

it('starts while one is away though there was no dead letter yet, whose topics are made at the first one', async () => {
  expect(await startOn([1, 2], every, [1, 2, 3])).toHaveLength(1);
});

it('starts where all topics are there with fewer copies', async () => {
  expect(await startOn([1, 2], withDeadLetters, [1, 2])).toHaveLength(1);
});

it('tells nothing when all brokers are up', async () => {
  expect(await startOn([1, 2, 3], [], [])).toEqual([]);
});

it.each([
  ['none of the topics', [], []],
  ['some of them, with fewer copies', every, [1, 2]],
])('refuses a cluster that is too small where there are %s', async (_, there, placed) => {
  await expect(startOn([1, 2], there, placed)).rejects.toMatchObject({ retryable: false, message: 'OPSLOOP_KAFKA_REPLICATION=3 needs as many brokers, and this cluster has 2: set it to 2, or start more brokers' });
});

it.each([
  ['the settings, when no broker answers', 'connect', { retryable: false, message: expect.stringMatching(/^OPSLOOP_KAFKA_BROKERS=localhost:9092 cannot be reached/) }],
  ['nobody, when one answers and another has just died', 'describeCluster', { retryable: true }],
])('blames %s', async (_, dying, expected) => {
  const gone = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9092'), { name: 'KafkaJSConnectionError' });
  const admin = { connect: async () => undefined, describeCluster: async () => ({ brokers: [] }), [dying]: () => Promise.reject(gone) } as unknown as Admin;
  const options: KafkaBusOptions = { brokers: ['localhost:9092'], clientId: 'test', prefix: '', replication: 3, retentionMs: Infinity, sessionMs: 6_000, clock: createSkewedClock() };
  await expect(refuseStart(admin, options, createTopicCatalog(admin, options), () => undefined)).rejects.toMatchObject(expected);
});
