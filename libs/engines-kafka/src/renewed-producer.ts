import type { Producer, ProducerBatch } from 'kafkajs';
import type { KafkaBusCounts } from './kafka-bus-options.js';
import type { KafkaConnection } from './kafka-connection.js';

/**
 * A producer that is replaced after each request that failed: the brokers may have taken records that the client counts as
 * not sent, and would refuse every number that follows.
 */
export class RenewedProducer {
  readonly #connection: KafkaConnection;
  readonly #counts: KafkaBusCounts;
  #current: Promise<Producer> | undefined;

  constructor(connection: KafkaConnection, counts: KafkaBusCounts) {
    this.#connection = connection;
    this.#counts = counts;
  }

  async connect(): Promise<void> {
    await this.#open();
  }

  async sendBatch(batch: ProducerBatch): Promise<void> {
    const opening = this.#open();
    const producer = await opening;
    try {
      await producer.sendBatch(batch);
    } catch (error) {
      if (this.#current === opening) {
        this.#current = undefined;
        this.#counts.clientRestarts++;
        // It waits for the requests that are still under way.
        void producer.disconnect().catch(() => undefined);
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
