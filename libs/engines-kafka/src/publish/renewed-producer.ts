import { EngineError } from '@opsloop/ports';
import type { Producer, ProducerBatch, RecordMetadata } from 'kafkajs';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import type { KafkaBusCounts } from '../kafka-bus-options.js';

/**
 * Longer than the client's own three tries take. A connection that breaks while it is being made anew can leave it with a
 * request that never ends, and all others to that broker behind it.
 */
const usualAnswerWithinMs = 20_000;

/**
 * A producer that is replaced after each request that failed: the brokers may have taken records that the client counts as
 * not sent, and would refuse every number that follows.
 */
export class RenewedProducer {
  readonly #connection: KafkaConnection;
  readonly #counts: KafkaBusCounts;
  readonly #answerWithinMs: number;
  #current: Promise<Producer> | undefined;

  constructor(connection: KafkaConnection, counts: KafkaBusCounts, answerWithinMs = usualAnswerWithinMs) {
    this.#connection = connection;
    this.#counts = counts;
    this.#answerWithinMs = answerWithinMs;
  }

  async connect(): Promise<void> {
    await this.#open();
  }

  /** Rejects with a retryable EngineError when no answer comes in time, or not for every partition. Each message names its partition. */
  async sendBatch(batch: ProducerBatch): Promise<void> {
    const opening = this.#open();
    try {
      refuseGaps(batch, await inTime(this.#answerWithinMs, opening.then((producer) => producer.sendBatch(batch))));
    } catch (error) {
      if (this.#current === opening) {
        this.#current = undefined;
        this.#counts.clientRestarts++;
        // It waits for the requests that are still under way.
        void opening.then((producer) => producer.disconnect()).catch(() => undefined);
      }
      throw error;
    }
  }

  async disconnect(): Promise<void> {
    const producer = await this.#current?.catch(() => undefined);
    this.#current = undefined;
    await producer?.disconnect();
  }

  #open(): Promise<Producer> {
    if (this.#current) return this.#current;
    const producer = this.#connection.producer();
    const opening = producer.connect().then(
      () => producer,
      async (error: unknown) => {
        if (this.#current === opening) this.#current = undefined;
        await producer.disconnect().catch(() => undefined);
        throw error;
      },
    );
    this.#current = opening;
    return opening;
  }
}

/**
 * The client tries again by broker, not by partition: a partition whose lead moves between two tries to a broker that has
 * answered for others already is never sent, and the client calls all of it sent.
 */
function refuseGaps({ topicMessages = [] }: ProducerBatch, answers: readonly RecordMetadata[]): void {
  const answered = new Set(answers.map(({ topicName, partition }) => `${topicName} ${partition}`));
  for (const { topic, messages } of topicMessages) {
    const left = messages.find(({ partition }) => !answered.has(`${topic} ${partition}`));
    if (left) throw new EngineError(`no broker has taken the records of partition ${left.partition} of ${topic}: its lead moved meanwhile`, { retryable: true });
  }
}

async function inTime<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new EngineError(`no answer of Kafka within ${limitMs} ms`, { retryable: true })), limitMs);
  });
  try {
    return await Promise.race([work, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
