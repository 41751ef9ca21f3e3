import type { ProducerBatch } from 'kafkajs';
import type { MeasuredMessage } from '../record-codec.js';
import { PublishQueue } from './publish-queue.js';
import type { RenewedProducer } from './renewed-producer.js';

/** Requests as they came, by the number of their first record and of the one behind their last; those in `rejected` were not taken. */
function queueWhere(rejected: ReadonlyMap<number, string>) {
  const log: [number, number][] = [];
  let requests = 0;
  const producer = {
    async sendBatch({ topicMessages = [] }: ProducerBatch) {
      const number = requests++;
      const numbers = topicMessages.flatMap(({ messages }) => messages.map(({ value }) => Number(value)));
      await new Promise((resolve) => setTimeout(resolve, 5));
      const type = rejected.get(number);
      if (type !== undefined) throw Object.assign(new Error(type), { type });
      log.push([numbers[0]!, numbers.at(-1)! + 1]);
    },
  } as unknown as RenewedProducer;
  const counts = { clientRestarts: 0, lostRecords: 0, produceRequests: 0, publishedRecords: 0 };
  const queue = new PublishQueue({ producer, counts, publishMs: 10_000, waitingBytesAtMost: 8_000 * 100, onTrouble: () => undefined });
  return { queue, log };
}

const recordsFrom = (first: number, count: number): MeasuredMessage[] => Array.from({ length: count }, (_, number) => ({ message: { partition: 0, key: 'default/a', value: String(first + number) }, sizeBytes: 100 }));

it('when the first of two pieces is not taken, the second is not sent: sent again, all of it stands in its order', async () => {
  const { queue, log } = queueWhere(new Map([[0, 'NOT_ENOUGH_REPLICAS']]));
  await expect(queue.publish('windows', recordsFrom(0, 8_000))).rejects.toMatchObject({ retryable: true });
  expect(queue.isFull()).toBe(false);
  await queue.publish('windows', recordsFrom(0, 8_000));
  expect(log).toEqual([[0, 5_000], [5_000, 8_000]]);
  await queue.stop(100);
});

it('what others published behind a call that was given up is sent, and nothing of that call is counted as waiting', async () => {
  const { queue, log } = queueWhere(new Map([[0, 'NOT_ENOUGH_REPLICAS']]));
  const given = queue.publish('windows', recordsFrom(0, 6_000));
  const other = queue.publish('windows', recordsFrom(7_000, 1_000));
  await expect(given).rejects.toMatchObject({ retryable: true });
  await other;
  expect(log).toEqual([[7_000, 8_000]]);
  await queue.publish('windows', recordsFrom(0, 8_000));
  expect(log.slice(1)).toEqual([[0, 5_000], [5_000, 8_000]]);
  await queue.stop(100);
});
