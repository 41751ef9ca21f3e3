/** The runner of handlers: the one layer that retries, and that sends to the dead letters what can never succeed. */
import { isDeadLetterTopic } from '@opsloop/contracts';
import type { BusRecord, Subscription } from '@opsloop/ports';
import { isRetryable, isWorthTelling, retryWhileDown } from '../part/backoff.js';
import { createBurial } from './create-burial.js';
import type { Part } from '../part/part.js';
import type { ServiceContext } from '../service/service-context.js';
import { toDeadLetter } from './to-dead-letter.js';

export interface BatchConsumerOptions {
  readonly context: ServiceContext;
  readonly topic: string;
  readonly group: string;
  /** Idempotent as a whole: it may see the same records again. */
  handleBatch(records: readonly BusRecord[], partition: number, signal: AbortSignal): Promise<void>;
}

export interface RecordConsumerOptions {
  readonly context: ServiceContext;
  readonly topic: string;
  readonly group: string;
  /** Idempotent: it may see the same record again. */
  handle(record: BusRecord, partition: number, signal: AbortSignal): Promise<void>;
}

/** One record at a time, in order of its partition. */
export function recordConsumer({ handle, ...options }: RecordConsumerOptions): Part {
  return batchConsumer({
    ...options,
    async handleBatch(records, partition, signal) {
      const { failing } = createPoisonGuard(options);
      for (const record of records) {
        if (signal.aborted) throw new Error('stopped in the middle of a batch: the rest is delivered again');
        await failing(record, partition, signal, () => handle(record, partition, signal));
      }
    },
  });
}

/** Whole batches; a batch that fails for good is taken apart to find the record that is to blame. */
export function batchConsumer(options: BatchConsumerOptions): Part {
  const { context, topic, group, handleBatch } = options;
  const { failing, retrying } = createPoisonGuard(options);
  let subscription: Subscription | undefined;

  async function onBatch(partition: number, records: readonly BusRecord[], signal: AbortSignal): Promise<void> {
    try {
      await retrying(signal, () => handleBatch(records, partition, signal));
    } catch (error) {
      if (signal.aborted || isRetryable(error) || records.length === 0) throw error;
      for (const record of records) await failing(record, partition, signal, () => handleBatch([record], partition, signal));
    }
    const last = records.at(-1);
    if (last) await retrying(signal, async () => subscription?.commit(partition, last.position));
  }

  return {
    name: `${group} on ${topic}`,
    async start() {
      subscription ??= await context.bus.subscribe(topic, group, { onBatch: (partition, records, { signal }) => onBatch(partition, records, signal) });
    },
    async stop() {
      await subscription?.stop();
      subscription = undefined;
    },
  };
}

function createPoisonGuard({ context, topic, group }: { context: ServiceContext; topic: string; group: string }) {
  const { clock, logger, ownMetrics } = context;
  const bury = createBurial({ context, topic, group });
  const retries = ownMetrics.counter('handler_retries_total', 'Batches tried again because an engine failed', ['topic', 'group']);
  const deadLetters = ownMetrics.counter('dead_letters_total', 'Records that can never succeed', ['topic', 'group']);

  function retrying<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return retryWhileDown(work, {
      clock,
      signal,
      onRetry(error, attempt) {
        retries.inc({ topic, group });
        if (isWorthTelling(attempt)) logger.warn({ err: error, topic, group, attempt }, 'an engine failed; the partition waits and tries again');
      },
    });
  }

  /** Runs `work` for one record; a failure that no retry can mend sends the record to the dead letters. */
  async function failing(record: BusRecord, partition: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    try {
      await retrying(signal, work);
    } catch (error) {
      if (signal.aborted || isRetryable(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      deadLetters.inc({ topic, group });
      // A dead letter has nowhere to go: it stays in its topic for as long as that keeps it.
      if (isDeadLetterTopic(topic)) return logger.error({ err: error, topic, group, partition, position: record.position }, 'a dead letter cannot be kept in the list; it is left out');
      logger.error({ err: error, topic, group, partition, position: record.position }, 'a record can never succeed; it goes to the dead letters');
      await bury([toDeadLetter(record, { topic, group, partition, reason })], (publish) => retrying(signal, publish));
    }
  }

  return { failing, retrying };
}
