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
  const context = { signal };
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
      let batch = inMemory();
      if (!batch) await untilDone('reading', async () => void (batch = await readBack()));
      if (signal.aborted) return;
      if (!batch || batch.length === 0) await asleep();
      else await deliver(batch);
    }
  }

  async function deliver(batch: readonly BusRecord[]): Promise<void> {
    try {
      await handlers.onBatch(partition, batch, context);
    } catch (error) {
      if (signal.aborted) return;
      await retryLater('its handler', firstBackoffMs, error);
      await untilDone('its handler', () => handlers.onBatch(partition, batch, context), firstBackoffMs * 2);
    }
    position = batch.at(-1)!.position;
    // A long backlog comes out of memory without a pause: others need the thread too.
    if (batch.length >= recordsAtMost) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Repeats what fails, with a growing wait, until it works or the partition is lost. */
  async function untilDone(what: string, work: () => Promise<void>, backoffMs = firstBackoffMs): Promise<void> {
    for (let waitMs = backoffMs; !signal.aborted; waitMs = Math.min(mostBackoffMs, waitMs * 2)) {
      try {
        return await work();
      } catch (error) {
        if (!signal.aborted) await retryLater(what, waitMs, error);
      }
    }
  }

  function retryLater(what: string, waitMs: number, error: unknown): Promise<void> {
    warn(`${group} on ${topic} partition ${partition}: ${what} failed; trying again in ${waitMs} ms`, error);
    return clock.sleep(waitMs, signal);
  }

  /** The next batch as far as memory has it; empty: there is nothing; undefined: memory does not reach back so far. */
  function inMemory(): BusRecord[] | undefined {
    if (next === undefined) return undefined;
    const last = log.lastRow(topic);
    const records: BusRecord[] = [];
    let bytes = 0;
    while (next <= last && records.length < recordsAtMost && bytes < bytesAtMost) {
      const row = log.cached(topic, next);
      if (!row) return records.length > 0 ? records : undefined;
      next = row.id + 1;
      bytes += take(row, records);
    }
    return records;
  }

  /** Looks for its place, or brings a page of rows back into memory, and answers with what one of them holds. */
  async function readBack(): Promise<BusRecord[] | undefined> {
    next ??= await log.locate(topic, partition, position + 1);
    if (next > log.lastRow(topic)) return [];
    const row = await log.load(topic, next);
    if (signal.aborted) return [];
    const records: BusRecord[] = [];
    next = (row?.id ?? next) + 1;
    if (row) take(row, records);
    return records.length > 0 ? records : inMemory();
  }

  function take(row: LogRow, records: BusRecord[]): number {
    if (!row.has(partition)) return 0;
    let bytes = 0;
    for (const record of row.records(partition)) {
      if (record.position <= position) continue;
      records.push(record);
      bytes += record.value.length;
    }
    return bytes;
  }

  function asleep(): Promise<void> {
    return new Promise((resolve) => {
      // What came between the last look and now woke nobody.
      if (signal.aborted || next === undefined || log.lastRow(topic) >= next) resolve();
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
