import type { BusHandlers, BusRecord, Clock } from '@opsloop/ports';
import type { EmbeddedLog } from './embedded-log.js';
import type { LogRow } from './row-cache.js';

export interface PartitionPumpOptions {
  readonly log: EmbeddedLog;
  readonly topic: string;
  readonly group: string;
  readonly partition: number;
  readonly handlers: BusHandlers;
  readonly clock: Clock;
  warn(message: string, error: unknown): void;
}

/** Hands the records of one partition to one member, one batch at a time. */
export interface PartitionPump {
  /** There is something in this row; without one: look again. */
  wake(row?: number): void;
  /** Aborts the signal, waits for the running handler, then tells `onLost`. */
  release(): Promise<void>;
}

const recordsAtMost = 1_000;
const bytesAtMost = 4 * 2 ** 20;
const firstBackoffMs = 100;
const mostBackoffMs = 10_000;

export function createPartitionPump(options: PartitionPumpOptions): PartitionPump {
  const { log, topic, group, partition, handlers, clock, warn } = options;
  const controller = new AbortController();
  const { signal } = controller;
  /** Last position that was handed out and taken. */
  let position = 0;
  /** The row to look at next. */
  let next: number | undefined;
  let wakeUp: (() => void) | undefined;
  const running = run();

  async function run(): Promise<void> {
    await untilDone('its assignment', async () => handlers.onAssigned?.(partition));
    position = log.committed(topic, group, partition);
    while (!signal.aborted) {
      let batch: BusRecord[] = [];
      await untilDone('reading', async () => void (batch = await nextBatch()));
      if (batch.length > 0) await untilDone('its handler', () => handlers.onBatch(partition, batch, { signal }));
      else await asleep();
      position = batch.at(-1)?.position ?? position;
      // A long backlog comes out of memory without a pause: others need the thread too.
      if (batch.length >= recordsAtMost) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Repeats what fails, with a growing wait, until it works or the partition is lost. */
  async function untilDone(what: string, work: () => Promise<void>): Promise<void> {
    for (let backoffMs = firstBackoffMs; !signal.aborted; backoffMs = Math.min(mostBackoffMs, backoffMs * 2)) {
      try {
        return await work();
      } catch (error) {
        if (signal.aborted) return;
        warn(`${group} on ${topic} partition ${partition}: ${what} failed; trying again in ${backoffMs} ms`, error);
        await clock.sleep(backoffMs, signal);
      }
    }
  }

  async function nextBatch(): Promise<BusRecord[]> {
    const records: BusRecord[] = [];
    let bytes = 0;
    next ??= await log.locate(topic, partition, position + 1);
    while (next <= log.lastRow(topic) && records.length < recordsAtMost && bytes < bytesAtMost) {
      const row: LogRow | undefined = log.cached(topic, next) ?? (records.length > 0 ? undefined : await log.load(topic, next));
      if (!row || signal.aborted) break;
      next = row.id + 1;
      if (!row.has(partition)) continue;
      for (const record of row.records(partition)) {
        if (record.position <= position) continue;
        records.push(record);
        bytes += record.value.length;
      }
    }
    return records;
  }

  function asleep(): Promise<void> {
    return new Promise((resolve) => {
      // What came between the last look and now woke nobody.
      if (signal.aborted || (next !== undefined && log.lastRow(topic) >= next)) resolve();
      else wakeUp = resolve;
    });
  }

  return {
    wake(row) {
      if (!wakeUp) return;
      // The rows between hold nothing of this partition, and may have left memory.
      next = row ?? next;
      wakeUp();
      wakeUp = undefined;
    },
    async release() {
      controller.abort();
      wakeUp?.();
      await running;
      try {
        await handlers.onLost?.(partition);
      } catch (error) {
        warn(`${group} on ${topic} partition ${partition}: giving it back failed`, error);
      }
    },
  };
}
