/** The bus on Kafka. Read this file first, then publish-queue (out), start-subscription and start-tail (in). */
import type { Bus, Subscription } from '@opsloop/ports';
import { createPartitioner, EngineError } from '@opsloop/ports';
import type { Admin } from 'kafkajs';
import { createKafkaConnection, type KafkaConnection } from './connection/kafka-connection.js';
import { toEngineError } from './connection/kafka-failure.js';
import { startSubscription } from './group/start-subscription.js';
import type { KafkaBusCounts, KafkaBusOptions } from './kafka-bus-options.js';
import type { Part } from './part.js';
import { PublishQueue } from './publish/publish-queue.js';
import { RenewedProducer } from './publish/renewed-producer.js';
import { startTail } from './read/start-tail.js';
import { checkPartition, toMessage } from './record-codec.js';
import { refuseStart } from './refuse-start.js';
import { readLag } from './topics/read-lag.js';
import { createTopicCatalog, type TopicCatalog } from './topics/topic-catalog.js';

export interface KafkaBus extends Bus, Part {
  /** Rejects while the brokers do not answer. */
  check(): Promise<void>;
  counts(): Readonly<KafkaBusCounts>;
}

const defaultPublishMs = 10_000;
const defaultWaitingBytes = 64 * 2 ** 20;
const disconnectAtLeastMs = 100;

interface Running {
  readonly producer: RenewedProducer;
  readonly admin: Admin;
  readonly catalog: TopicCatalog;
  readonly queue: PublishQueue;
}

/**
 * A bus on a Kafka cluster. `start` throws a non-retryable EngineError of one line, naming the setting and the mend, when
 * the cluster cannot be used as configured. Topics are created at their first use; keys go to the partitions that Kafka's
 * own clients choose. Values that subscribers get share the memory of up to half a MiB: copy what is kept for long.
 * Values given to `publish` must not change until it resolves.
 */
export function createKafkaBus(options: KafkaBusOptions): KafkaBus {
  const { clock, sessionMs, onHandlerFailure: warn = () => undefined } = options;
  const counts: KafkaBusCounts = { clientRestarts: 0, lostRecords: 0, produceRequests: 0, publishedRecords: 0 };
  const connection = createKafkaConnection(options);
  const partitionFor = createPartitioner();
  const readers = createReaderSet();
  let running: Running | undefined;

  function open(): Running {
    if (!running) throw new EngineError('the bus on Kafka does not run', { retryable: true });
    return running;
  }

  return {
    name: 'bus on Kafka',
    async start() {
      running ??= await connect(options, connection, counts);
    },
    async stop(deadlineMs) {
      if (!running) return;
      const endMs = performance.now() + deadlineMs;
      await within(deadlineMs, readers.stop());
      const last = running;
      running = undefined;
      if (last) await disconnect(last, Math.max(0, endMs - performance.now()));
    },
    async publish(topic, records) {
      const { catalog, queue } = open();
      const partitions = catalog.partitions(topic);
      const nowMs = clock.now();
      const messages = records.map((record) => toMessage(record, record.partition === undefined ? partitionFor(record.key, partitions) : checkPartition(topic, partitions, record.partition), nowMs));
      await catalog.ensure(topic);
      await queue.publish(catalog.nameOf(topic), messages);
    },
    async subscribe(topic, group, handlers) {
      if (group === '') throw new EngineError('a group needs a name', { retryable: false });
      const { catalog } = open();
      await catalog.ensure(topic);
      const place = { topic: catalog.nameOf(topic), group: catalog.groupOf(topic, group), partitions: catalog.partitions(topic) };
      return readers.keep<Subscription>(await startSubscription({ ...place, connection, sessionMs, handlers, counts, clock, warn }));
    },
    async tail(topic, from, onRecords) {
      const { catalog } = open();
      await catalog.ensure(topic);
      return readers.keep(await startTail({ connection, topic: catalog.nameOf(topic), partitions: catalog.partitions(topic), from, counts, onRecords, warn }));
    },
    isFull: () => running?.queue.isFull() ?? false,
    async lag() {
      const { admin, catalog } = open();
      return readLag(admin, catalog).catch((error: unknown) => Promise.reject(toEngineError('the lag cannot be read', error)));
    },
    async nextPosition(topic, partition) {
      const { admin, catalog } = open();
      checkPartition(topic, catalog.partitions(topic), partition);
      await catalog.ensure(topic);
      const offsets = await admin.fetchTopicOffsets(catalog.nameOf(topic)).catch((error: unknown) => Promise.reject(toEngineError(`the end of ${topic} cannot be found`, error)));
      const one = offsets.find((offset) => offset.partition === partition);
      if (!one) throw new EngineError(`Kafka does not say where partition ${partition} of ${topic} ends`, { retryable: true });
      return Number(one.high);
    },
    async check() {
      await open().admin.describeCluster().catch((error: unknown) => Promise.reject(toEngineError('Kafka does not answer', error)));
    },
    counts: () => counts,
  };
}

/** Refuses what cannot work; otherwise everything is connected. */
async function connect(options: KafkaBusOptions, connection: KafkaConnection, counts: KafkaBusCounts): Promise<Running> {
  const { publishMs = defaultPublishMs, waitingBytesAtMost = defaultWaitingBytes, onTrouble = () => undefined, onHandlerFailure = () => undefined } = options;
  const admin = connection.admin();
  const catalog = createTopicCatalog(admin, options);
  const producer = new RenewedProducer(connection, counts);
  try {
    await refuseStart(admin, options, catalog, onHandlerFailure);
    await producer.connect();
  } catch (error) {
    await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
    throw toEngineError('the bus on Kafka cannot start', error);
  }
  return { admin, producer, catalog, queue: new PublishQueue({ producer, counts, publishMs, waitingBytesAtMost, onTrouble }) };
}

async function disconnect({ admin, producer, queue }: Running, deadlineMs: number): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  await queue.stop(deadlineMs);
  await within(Math.max(disconnectAtLeastMs, endMs - performance.now()), Promise.allSettled([producer.disconnect(), admin.disconnect()]));
}

/** Subscriptions and followers that run; they stop with the bus at the latest. */
function createReaderSet() {
  const readers = new Set<{ stop(): Promise<void> }>();
  return {
    keep<T extends { stop(): Promise<void> }>(reader: T): T {
      readers.add(reader);
      const stop = async () => {
        await reader.stop();
        readers.delete(reader);
      };
      return { ...reader, stop };
    },
    stop: () => Promise.all([...readers].map((one) => one.stop())),
  };
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, ms).unref())]);
}
