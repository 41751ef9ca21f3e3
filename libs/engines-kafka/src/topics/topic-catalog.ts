import { partitionsOf, topics } from '@opsloop/contracts';
import { EngineError } from '@opsloop/ports';
import type { Admin } from 'kafkajs';
import { toEngineError } from '../connection/kafka-failure.js';
import type { KafkaBusOptions } from '../kafka-bus-options.js';
import { checkTopic, createTopic, type TopicSpec } from './create-topic.js';

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
  /**
   * Topics that are not there, and the brokers that have copies of those that are. Throws a non-retryable EngineError when
   * one is there with another number of partitions.
   */
  check(): Promise<{ readonly missing: readonly string[]; readonly brokerIds: ReadonlySet<number> }>;
}

const deadLettersKeptMs = 30 * 86_400_000;
const declared: readonly string[] = Object.values(topics).flatMap(({ name }) => [name, `${name}.dlq`]);

export function createTopicCatalog(admin: Admin, { prefix, replication, retentionMs }: KafkaBusOptions): TopicCatalog {
  const ready = new Map<string, Promise<void>>();
  const nameOf = (topic: string) => `${prefix}${topic}`;

  function specOf(topic: string): TopicSpec {
    const keepMs = topic.endsWith('.dlq') ? Math.max(retentionMs, deadLettersKeptMs) : retentionMs;
    return { name: nameOf(topic), partitions: partitions(topic), replication, keepMs, stamp: topic === topics.intake.name ? 'LogAppendTime' : 'CreateTime' };
  }

  async function create(topic: string): Promise<void> {
    try {
      if (!(await checkTopic(admin, specOf(topic)))) await createTopic(admin, specOf(topic));
    } catch (error) {
      ready.delete(topic);
      throw toEngineError(`the topic ${nameOf(topic)} cannot be created`, error);
    }
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
      if (!one) ready.set(topic, (one = create(topic)));
      return one;
    },
    async check() {
      const there = new Set(await admin.listTopics());
      const brokerIds = new Set<number>();
      for (const topic of declared) {
        if (!there.has(nameOf(topic))) continue;
        for (const { replicas } of (await checkTopic(admin, specOf(topic))) ?? []) for (const one of replicas) brokerIds.add(one);
      }
      return { missing: declared.filter((topic) => !there.has(nameOf(topic))), brokerIds };
    },
  };
}

const counts = new Map<string, number>();

function partitions(topic: string): number {
  let count = counts.get(topic);
  if (count !== undefined) return count;
  try {
    count = partitionsOf(topic);
  } catch (error) {
    throw new EngineError((error as Error).message, { retryable: false, cause: error });
  }
  counts.set(topic, count);
  return count;
}
