import { EngineError, type OutgoingRecord } from '@opsloop/ports';
import { deadLetterTopic } from '@opsloop/contracts';
import type { ServiceContext } from '../service/service-context.js';

/**
 * Publishes dead letters of `topic`, one by one. What the bus can never take is told, counted and left out: nothing else
 * would get it out of the way of the records behind it. `retrying` repeats a publish while the bus is away.
 */
export function createBurial({ context, topic, group }: { context: ServiceContext; topic: string; group: string }) {
  const { bus, logger, ownMetrics } = context;
  const lost = ownMetrics.counter('dead_letters_lost_total', 'Dead letters that the bus refused for good', ['topic', 'group']);
  return async (letters: readonly OutgoingRecord[], retrying: (publish: () => Promise<void>) => Promise<void>): Promise<void> => {
    for (const letter of letters) {
      try {
        await retrying(() => bus.publish(deadLetterTopic(topic), [letter]));
      } catch (error) {
        if (!(error instanceof EngineError) || error.retryable) throw error;
        lost.inc({ topic, group });
        logger.error({ err: error, topic, group, partition: letter.partition, position: letter.headers?.['position'] }, 'a dead letter is refused for good; the record is left out');
      }
    }
  };
}
