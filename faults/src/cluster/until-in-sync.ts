import { Kafka, logLevel } from 'kafkajs';

const everyMs = 500;
const withinMs = 120_000;

/**
 * Waits until every partition has all its copies in sync: with one copy behind, the death of another broker is a second
 * failure, and nothing is taken until a copy is back. Throws with the partitions that are behind.
 */
export async function untilInSync(brokers: readonly string[]): Promise<void> {
  const admin = new Kafka({ clientId: 'faults', brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const endMs = performance.now() + withinMs;
    for (;;) {
      const { topics } = await admin.fetchTopicMetadata();
      const behind = topics.flatMap(({ name, partitions }) => partitions.filter(({ isr, replicas }) => isr.length < replicas.length).map(({ partitionId }) => `${name}/${partitionId}`));
      if (behind.length === 0) return;
      if (performance.now() > endMs) throw new Error(`not in sync within ${withinMs / 1000} s: ${behind.slice(0, 10).join(', ')}${behind.length > 10 ? ` and ${behind.length - 10} more` : ''}`);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  } finally {
    await admin.disconnect();
  }
}
