import type { KafkaCluster } from './kafka-connection.js';
import { failureOf } from './kafka-failure.js';

/** Answers of a broker that has not heard of a topic, or of its own lead in it, which another broker knows already. */
const notHeardYet = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION']);
const askAgainMs = 100;
/** How long who starts gives the brokers to hear of a topic. */
export const heardWithinMs = 30_000;

/** Connects, and learns who leads the topic. Brokers hear of a new topic one after the other: each is asked again for `withinMs`, then its answer is thrown. */
export async function connectToTopic(cluster: KafkaCluster, topic: string, withinMs: number): Promise<void> {
  await cluster.connect();
  await onceHeard(() => cluster.addTargetTopic(topic), withinMs);
}

/** What `ask` answers once the brokers have heard of the topic; `refresh` runs before each further try. Every other failure is thrown at once. */
export async function onceHeard<T>(ask: () => Promise<T>, withinMs: number, refresh: () => Promise<unknown> = async () => undefined): Promise<T> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!notHeardYet.has(failureOf(error).type ?? '') || performance.now() >= untilMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, askAgainMs));
    await refresh().catch(() => undefined);
  }
}
