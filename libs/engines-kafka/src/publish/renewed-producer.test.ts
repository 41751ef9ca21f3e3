import type { ProducerBatch, RecordMetadata } from 'kafkajs';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import { RenewedProducer } from './renewed-producer.js';

const batch: ProducerBatch = { topicMessages: [] };

/** Clients that answer like this, the first one first. */
function producerOn(answers: readonly (() => Promise<RecordMetadata[]>)[], answerWithinMs: number) {
  const ended: number[] = [];
  let made = 0;
  const connection = {
    producer() {
      const number = made++;
      return { connect: async () => undefined, disconnect: async () => void ended.push(number), sendBatch: () => answers[number]!() };
    },
  } as unknown as KafkaConnection;
  const counts = { clientRestarts: 0, lostRecords: 0, produceRequests: 0, publishedRecords: 0 };
  return { producer: new RenewedProducer(connection, counts, answerWithinMs), counts, ended, made: () => made };
}

it('a request that never ends is given up in time, with its client: the next one goes to a new client', async () => {
  const { producer, counts, ended, made } = producerOn([() => new Promise(() => undefined), async () => []], 30);
  await expect(producer.sendBatch(batch)).rejects.toMatchObject({ retryable: true, message: 'no answer of Kafka within 30 ms' });
  await producer.sendBatch(batch);
  expect({ made: made(), ended, restarts: counts.clientRestarts }).toEqual({ made: 2, ended: [0], restarts: 1 });
});

it('two requests that fail on one client replace it once', async () => {
  const { producer, counts, made } = producerOn([() => Promise.reject(new Error('closed')), async () => []], 60_000);
  await expect(Promise.all([producer.sendBatch(batch), producer.sendBatch(batch)])).rejects.toThrow('closed');
  await producer.sendBatch(batch);
  expect({ made: made(), restarts: counts.clientRestarts }).toEqual({ made: 2, restarts: 1 });
});

it('a partition that no broker has answered for is not taken for sent, and the client is replaced', async () => {
  const answer = (partition: number): RecordMetadata => ({ topicName: 'windows', partition, errorCode: 0, baseOffset: '0' });
  const { producer, counts, made } = producerOn([async () => [answer(0)], async () => [answer(0), answer(7)]], 60_000);
  const both: ProducerBatch = { topicMessages: [{ topic: 'windows', messages: [0, 7].map((partition) => ({ partition, value: 'v' })) }] };
  await expect(producer.sendBatch(both)).rejects.toMatchObject({ retryable: true, message: 'no broker has taken the records of partition 7 of windows: its lead moved meanwhile' });
  await producer.sendBatch(both);
  expect({ made: made(), restarts: counts.clientRestarts }).toEqual({ made: 2, restarts: 1 });
});
