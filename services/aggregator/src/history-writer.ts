/** History: windows of metrics.window into the metric store, many at a time. Alarms never wait for it. */
import { topics } from '@opsloop/contracts';
import type { BusRecord } from '@opsloop/ports';
import { batchConsumer, isRetryable, partGroup, type Part, type ServiceContext } from '@opsloop/runtime';
import { createWindowBatchDecoder } from '@opsloop/wire';
import { createResourceDirectory } from './resource-directory.js';
import { createWriteGate } from './write-gate.js';

export function createHistoryWriter(context: ServiceContext): Part {
  const decoder = createWindowBatchDecoder();
  const gate = createWriteGate(context);
  const directory = createResourceDirectory(context);
  /** By partition: up to which position records are written alone, to find the one that cannot be. */
  const suspects = new Map<number, number>();

  async function handleBatch(records: readonly BusRecord[], partition: number, signal: AbortSignal): Promise<void> {
    const last = records.at(-1)!.position;
    try {
      const decoded = records.filter(({ value }) => value.byteLength > 0).map(({ value, arrivalMs }) => ({ batch: decoder.decode(value), arrivalMs }));
      // Windows that are still open are no history.
      const closed = decoded.filter(({ batch }) => !batch.provisional);
      if (closed.length > 0) await gate.write(closed.map(({ batch }) => batch), { alone: last <= (suspects.get(partition) ?? -1), signal });
      for (const { batch, arrivalMs } of closed) directory.observe(batch, arrivalMs);
      // History without its resource cannot be asked for: the position moves only when both are kept.
      await directory.settle();
    } catch (error) {
      if (!isRetryable(error)) suspects.set(partition, Math.max(last, suspects.get(partition) ?? -1));
      throw error;
    }
  }

  return partGroup('history', [directory, batchConsumer({ context, topic: topics.window.name, group: 'history', handleBatch })]);
}
