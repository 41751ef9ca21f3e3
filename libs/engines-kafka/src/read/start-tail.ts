import type { BusRecord, TailFrom } from '@opsloop/ports';
import { heardWithinMs, onceHeard } from '../connection/connect-to-topic.js';
import type { KafkaCluster, KafkaConnection } from '../connection/kafka-connection.js';
import { toEngineError } from '../connection/kafka-failure.js';
import type { KafkaBusCounts } from '../kafka-bus-options.js';
import { readLimits } from './read-limits.js';
import { TopicReader, type ReaderSink } from './topic-reader.js';

export interface TailOptions {
  readonly connection: KafkaConnection;
  /** Its name in Kafka. */
  readonly topic: string;
  readonly partitions: number;
  readonly from: TailFrom;
  readonly counts: KafkaBusCounts;
  onRecords(partition: number, records: readonly BusRecord[]): void | Promise<void>;
  warn(message: string, error: unknown): void;
}

/** Follows every partition of a topic without a group. Resolves when its place is found: what is published from then on is seen. */
export async function startTail(options: TailOptions): Promise<{ stop(): Promise<void> }> {
  const { connection, topic, counts, warn } = options;
  const reader = new TopicReader({ connection, topic, counts, warn });
  try {
    await reader.start();
    for (const [partition, offset] of await firstOffsets(reader.cluster, options)) reader.add(partition, offset, createFollower(options, partition, () => reader.wake()));
  } catch (error) {
    await reader.stop();
    throw toEngineError(`${topic} cannot be followed`, error);
  }
  let stopping: Promise<void> | undefined;
  return { stop: () => (stopping ??= reader.stop()) };
}

/** Hands on what comes of one partition, in order; a slow reader is the back-pressure. */
function createFollower({ topic, from, onRecords, warn }: TailOptions, partition: number, wakeReader: () => void): ReaderSink {
  const sinceMs = typeof from === 'object' && 'arrivalMs' in from ? from.arrivalMs : -Infinity;
  let waiting = 0;
  let waitingBytes = 0;
  let last = Promise.resolve();
  return {
    hasRoom: () => waiting < readLimits.waitingRecords && waitingBytes < readLimits.waitingBytes,
    take(records) {
      // Kafka finds times by whole milliseconds, and records may come out of the order of their arrival.
      const wanted = sinceMs === -Infinity ? records : records.filter(({ arrivalMs }) => arrivalMs >= sinceMs);
      if (wanted.length === 0) return;
      const sizeBytes = wanted.reduce((sum, { value }) => sum + value.length, 0);
      waiting += wanted.length;
      waitingBytes += sizeBytes;
      last = last.then(() => onRecords(partition, wanted)).catch((error: unknown) => warn(`a follower of ${topic} failed; it goes on behind these records`, error)).then(() => {
        waiting -= wanted.length;
        waitingBytes -= sizeBytes;
        wakeReader();
      });
    },
  };
}

async function firstOffsets(cluster: KafkaCluster, { topic, partitions: count, from }: TailOptions): Promise<Map<number, number>> {
  const partitions = Array.from({ length: count }, (_, partition) => ({ partition }));
  const find = async (at: { fromBeginning: boolean } | { fromTimestamp: number }) => {
    const ask = () => cluster.fetchTopicsOffset([{ topic, partitions, ...at } as Parameters<KafkaCluster['fetchTopicsOffset']>[0][0]]);
    const [found] = await onceHeard(ask, heardWithinMs, () => cluster.refreshMetadata());
    return new Map(found!.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  };
  if (from === 'oldest') return find({ fromBeginning: true });
  const ends = await find({ fromBeginning: false });
  if (from === 'latest') return ends;
  if ('arrivalMs' in from) {
    const found = await find({ fromTimestamp: Math.max(0, Math.floor(from.arrivalMs)) });
    // -1: nothing has come since.
    return new Map([...found].map(([partition, offset]) => [partition, offset < 0 ? ends.get(partition)! : offset]));
  }
  return new Map([...ends].map(([partition, end]) => [partition, partition in from.positions ? from.positions[partition]! + 1 : end]));
}
