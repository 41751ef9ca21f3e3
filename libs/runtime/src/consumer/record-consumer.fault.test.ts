import { EngineError, type Bus, type BusHandlers, type BusRecord } from '@opsloop/ports';
import { createLogger } from '../service/logger.js';
import { createOwnMetrics } from '../service/own-metrics.js';
import { recordConsumer } from './record-consumer.js';
import type { ServiceContext } from '../service/service-context.js';
import { createSystemClock } from '../service/system-clock.js';

const record = (position: number): BusRecord => ({ key: 'default/a', value: Buffer.from(String(position)), headers: {}, position, arrivalMs: 0 });

/** Hands two records to a consumer that can never handle the first. */
async function consume(topic: string, refusal?: EngineError) {
  let handlers: BusHandlers | undefined;
  const published: string[] = [];
  const committed: number[] = [];
  const handled: number[] = [];
  const bus: Bus = {
    async publish(to) {
      if (refusal) throw refusal;
      published.push(to);
    },
    async subscribe(_topic, _group, given) {
      handlers = given;
      return { commit: async (_partition, position) => void committed.push(position), stop: async () => undefined };
    },
    tail: async () => ({ stop: async () => undefined }), isFull: () => false, lag: async () => [], nextPosition: async () => 3,
  };
  const ownMetrics = createOwnMetrics();
  const context = { bus, clock: createSystemClock(), logger: createLogger('silent', 'test'), ownMetrics } as unknown as ServiceContext;
  const consumer = recordConsumer({
    context, topic, group: 'g',
    async handle({ position }) {
      if (position === 1) throw new Error('it can never succeed');
      handled.push(position);
    },
  });
  await consumer.start();
  await handlers!.onBatch(0, [record(1), record(2)], { signal: new AbortController().signal });
  const metrics = await ownMetrics.text();
  const isOne = (name: string) => metrics.includes(`opsloop_${name}{topic="${topic}",group="g"} 1`);
  return { published, committed, handled, counted: isOne('dead_letters_total'), lost: isOne('dead_letters_lost_total') };
}

test('a record that can never succeed goes to the dead letters, and its partition goes on', async () => {
  expect(await consume('numbers')).toEqual({ published: ['numbers.dlq'], committed: [2], handled: [2], counted: true, lost: false });
});

test('a dead letter that can never be kept is counted and left out: there are no dead letters of dead letters', async () => {
  expect(await consume('numbers.dlq')).toEqual({ published: [], committed: [2], handled: [2], counted: true, lost: false });
});

test('a dead letter that the bus refuses for good is counted as lost, and its partition goes on', async () => {
  expect(await consume('numbers', new EngineError('the brokers take no more than 1,000 bytes', { retryable: false }))).toEqual({ published: [], committed: [2], handled: [2], counted: true, lost: true });
});
