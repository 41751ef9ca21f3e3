import type { TopicLag } from '@opsloop/ports';
import type { Admin } from 'kafkajs';
import type { TopicCatalog } from './topic-catalog.js';

/** What each group of this installation has not committed, by the brokers' own account. */
export async function readLag(admin: Admin, catalog: TopicCatalog): Promise<TopicLag[]> {
  const { groups } = await admin.listGroups();
  const ours = groups.flatMap(({ groupId }) => {
    const one = catalog.readGroup(groupId);
    return one ? [{ groupId, ...one }] : [];
  });
  const ends = new Map<string, Map<number, { low: number; high: number }>>();
  for (const topic of new Set(ours.map((one) => one.topic))) {
    const offsets = await admin.fetchTopicOffsets(catalog.nameOf(topic));
    ends.set(topic, new Map(offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }])));
  }
  const lags = await Promise.all(ours.map(async ({ groupId, topic, group }) => {
    const [committed] = await admin.fetchOffsets({ groupId, topics: [catalog.nameOf(topic)] });
    return (committed?.partitions ?? []).flatMap(({ partition, offset }) => {
      const end = ends.get(topic)?.get(partition);
      // What retention has deleted cannot be read any more.
      return end ? [{ topic, group, partition, records: Math.max(0, end.high - Math.max(Number(offset), end.low)) }] : [];
    });
  }));
  return lags.flat();
}
