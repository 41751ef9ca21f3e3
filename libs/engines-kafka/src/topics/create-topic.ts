import { EngineError, recordLimits } from '@opsloop/ports';
import type { Admin, PartitionMetadata } from 'kafkajs';

export interface TopicSpec {
  /** In Kafka. */
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  /** Infinity: for ever. */
  readonly keepMs: number;
  /** Of records that others write: their own clocks are not believed. */
  readonly stamp: 'CreateTime' | 'LogAppendTime';
}

const maxMessageBytes = recordLimits.valueBytes + 2 ** 20;
const createdWithinMs = 60_000;
const askAgainMs = 20;

/** Resolves when all leaders take records. Another process may create it at the same time. */
export async function createTopic(admin: Admin, spec: TopicSpec): Promise<void> {
  const { name, partitions, replication, keepMs, stamp } = spec;
  const configEntries = Object.entries({
    'retention.ms': Number.isFinite(keepMs) ? keepMs : -1,
    // One copy may be away; with two of three a record outlives the loss of its leader.
    'min.insync.replicas': Math.max(1, replication - 1),
    'max.message.bytes': maxMessageBytes,
    // The brokers would compress anew what we send as it is.
    'compression.type': 'producer',
    'message.timestamp.type': stamp,
    // A collector whose clock is ahead must not be refused for good.
    'message.timestamp.after.max.ms': '9223372036854775807',
  }).map(([key, value]) => ({ name: key, value: String(value) }));
  await admin.createTopics({ topics: [{ topic: name, numPartitions: partitions, replicationFactor: replication, configEntries }], waitForLeaders: false });
  const endMs = performance.now() + createdWithinMs;
  while (!(await isReady(admin, spec))) {
    if (performance.now() > endMs) throw new EngineError(`the topic ${name} has no leaders after ${createdWithinMs} ms`, { retryable: true });
    await new Promise((resolve) => setTimeout(resolve, askAgainMs));
  }
}

/** Its partitions; undefined: it is not there. Throws a non-retryable EngineError when it has another number of them: keys would be elsewhere. */
export async function checkTopic(admin: Admin, { name, partitions }: TopicSpec): Promise<readonly PartitionMetadata[] | undefined> {
  // Asked for a topic that is not there, kafkajs fails in ways that say nothing.
  if (!(await admin.listTopics()).includes(name)) return undefined;
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
  const there = topics[0]?.partitions ?? [];
  if (there.length === partitions) return there;
  throw new EngineError(`the topic ${name} has ${there.length} partitions and must have ${partitions}: delete it, or set OPSLOOP_KAFKA_PREFIX to a name that nobody uses`, { retryable: false });
}

/** Brokers hear of a new topic one after the other, and a leader may be named before it knows: all are asked. */
async function isReady(admin: Admin, spec: TopicSpec): Promise<boolean> {
  try {
    return (await checkTopic(admin, spec)) !== undefined && (await admin.fetchTopicOffsets(spec.name)).length === spec.partitions;
  } catch (error) {
    if (error instanceof EngineError) throw error;
    return false;
  }
}
