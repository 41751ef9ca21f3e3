import type { BusHandlers, Clock, Subscription } from '@opsloop/ports';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import { toEngineError } from '../connection/kafka-failure.js';
import type { KafkaBusCounts } from '../kafka-bus-options.js';
import { createPartitionPump, type PartitionPump } from '../read/partition-pump.js';
import { TopicReader } from '../read/topic-reader.js';
import { GroupMember } from './group-member.js';

export interface SubscriptionOptions {
  readonly connection: KafkaConnection;
  /** Names in Kafka. */
  readonly topic: string;
  readonly group: string;
  readonly partitions: number;
  readonly sessionMs: number;
  readonly handlers: BusHandlers;
  readonly counts: KafkaBusCounts;
  readonly clock: Clock;
  warn(message: string, error: unknown): void;
}

/** Joins the group and reads what it is assigned. Throws a retryable EngineError when the brokers do not answer. */
export async function startSubscription(options: SubscriptionOptions): Promise<Subscription> {
  const { connection, topic, group, partitions, sessionMs, handlers, counts, clock, warn } = options;
  const pumps = new Map<number, PartitionPump>();
  const reader = new TopicReader({ connection, topic, counts, warn });
  const member = new GroupMember({
    connection, topic, group, partitions, sessionMs, counts, warn,
    onAssigned(partition, offset) {
      const pump = createPartitionPump({
        name: `${group} partition ${partition}`, partition, handlers, clock, warn,
        isCurrent: () => member.isCurrent(),
        begin(sink, rewoundTo) {
          // Written down at once: by the next commit the log may have grown beyond the old position.
          if (rewoundTo !== undefined) member.commit(partition, rewoundTo).catch((error: unknown) => warn(`${group} partition ${partition}: where it goes on in a log that lost its end could not be committed`, error));
          reader.add(partition, rewoundTo ?? offset, sink);
        },
        wakeReader: () => reader.wake(),
      });
      pumps.set(partition, pump);
    },
    async onLost(partition) {
      const pump = pumps.get(partition);
      reader.remove(partition);
      await pump?.release();
      // A handler that was being assigned may have begun to read in between.
      reader.remove(partition);
      pumps.delete(partition);
    },
  });
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    await member.stop();
    await reader.stop();
  };
  try {
    await reader.start();
    await member.start();
  } catch (error) {
    await stop();
    throw toEngineError(`${group} cannot be joined`, error);
  }
  return {
    // A position is the record that is done with; Kafka keeps the one to begin with.
    commit: (partition, position) => member.commit(partition, position + 1),
    stop: () => (stopping ??= stop()),
  };
}
