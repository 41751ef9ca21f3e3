import { partitionsOf, topics } from '@opsloop/contracts';
import { EngineError } from '@opsloop/ports';
import type { Admin } from 'kafkajs';
import type { KafkaBusOptions } from './kafka-bus-options.js';
import { toEngineError } from './kafka-failure.js';
import { valueBytesAtMost } from './record-codec.js';

/** Topics as this installation names them in Kafka; each is created when it is used first. */
export interface TopicCatalog {
  /** Throws a non-retryable EngineError for a topic that contracts do not declare. */
  partitions(topic: string): number;
  /** Its name in Kafka. */
  nameOf(topic: string): string;
  groupOf(topic: string, group: string): string;
  /** Topic and group of a group's name in Kafka; undefined: not one of ours. */
  readGroup(name: string): { topic: string; group: string } | undefined;
  /** Resolves when the topic is there. */
  ensure(topic: string): Promise<void>;
  /** Throws a non-retryable EngineError when a topic is there with another number of partitions. */
  check(): Promise<void>;
}

const maxMessageBytes = valueBytesAtMost + 2 ** 20;
const createdWithinMs = 10_000;
const askAgainMs = 20;
const dayMs = 86_400_000;
const deadLetterDays = 30;
const declared: readonly string[] = Object.values(topics).flatMap(({ name }) => [name, `${name}.dlq`]);

export function createTopicCatalog(admin: Admin, { prefix, replication, retentionMs }: KafkaBusOptions): TopicCatalog {
  const known = new Map<string, number>();
  const ready = new Map<string, Promise<void>>();
  const nameOf = (topic: string) => `${prefix}${topic}`;

  function partitions(topic: string): number {
    let count = known.get(topic);
    if (count !== undefined) return count;
    try {
      count = partitionsOf(topic);
    } catch (error) {
      throw new EngineError((error as Error).message, { retryable: false, cause: error });
    }
    known.set(topic, count);
    return count;
  }

  /** Undefined: it is not there. */
  async function countThere(topic: string): Promise<number | undefined> {
    // Asked for a topic that is not there, kafkajs fails in ways that say nothing.
    if (!(await admin.listTopics()).includes(nameOf(topic))) return undefined;
    const { topics: found } = await admin.fetchTopicMetadata({ topics: [nameOf(topic)] });
    return found[0]?.partitions.length;
  }

  async function checkOne(topic: string): Promise<boolean> {
    const there = await countThere(topic);
    if (there !== undefined && there !== partitions(topic)) {
      throw new EngineError(`the topic ${nameOf(topic)} has ${there} partitions and must have ${partitions(topic)}: delete it, or set OPSLOOP_KAFKA_PREFIX to a name that nobody uses`, { retryable: false });
    }
    return there !== undefined;
  }

  /** Brokers hear of a new topic one after the other, and a leader may be named before it knows: all are asked. */
  async function hasLeaders(topic: string): Promise<boolean> {
    try {
      return (await countThere(topic)) !== undefined && (await admin.fetchTopicOffsets(nameOf(topic))).length === partitions(topic);
    } catch {
      return false;
    }
  }

  async function create(topic: string): Promise<void> {
    if (await checkOne(topic)) return;
    const keepMs = topic.endsWith('.dlq') ? Math.max(retentionMs, deadLetterDays * dayMs) : retentionMs;
    const configEntries = Object.entries({
      'retention.ms': Number.isFinite(keepMs) ? keepMs : -1,
      'min.insync.replicas': Math.max(1, replication - 1),
      'max.message.bytes': maxMessageBytes,
      'message.timestamp.type': 'CreateTime',
      // A collector whose clock is ahead must not be refused for good.
      'message.timestamp.after.max.ms': '9223372036854775807',
    }).map(([name, value]) => ({ name, value: String(value) }));
    // False: another process was faster.
    await admin.createTopics({ topics: [{ topic: nameOf(topic), numPartitions: partitions(topic), replicationFactor: replication, configEntries }], waitForLeaders: false });
    const endMs = performance.now() + createdWithinMs;
    while (!(await hasLeaders(topic))) {
      if (performance.now() > endMs) throw new EngineError(`the topic ${nameOf(topic)} has no leaders after ${createdWithinMs} ms`, { retryable: true });
      await new Promise((resolve) => setTimeout(resolve, askAgainMs));
    }
    await checkOne(topic);
  }

  return {
    partitions,
    nameOf,
    groupOf: (topic, group) => `${prefix}${topic}/${group}`,
    readGroup(name) {
      const slash = name.indexOf('/');
      if (slash < 0 || !name.startsWith(prefix)) return undefined;
      const topic = name.slice(prefix.length, slash);
      return declared.includes(topic) ? { topic, group: name.slice(slash + 1) } : undefined;
    },
    ensure(topic) {
      partitions(topic);
      let one = ready.get(topic);
      if (!one) {
        one = create(topic).catch((error: unknown) => {
          ready.delete(topic);
          throw toEngineError(`the topic ${nameOf(topic)} cannot be created`, error);
        });
        ready.set(topic, one);
      }
      return one;
    },
    async check() {
      const there = new Set(await admin.listTopics());
      for (const topic of declared) if (there.has(nameOf(topic))) await checkOne(topic);
    },
  };
}
