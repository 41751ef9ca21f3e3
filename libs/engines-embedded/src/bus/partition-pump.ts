import type { BatchContext, BusHandlers, BusRecord, Clock } from '@opsloop/ports';
import type { LogRow } from './log/row-cache.js';
import type { TopicLog } from './log/topic-log.js';

export interface PartitionPumpOptions {
  readonly log: TopicLog;
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
  const controller = new AbortController();
  const cursor = new PartitionCursor(options, controller.signal);
  const running = run(options, cursor, { signal: controller.signal });
  return {
    wake: (row) => cursor.wake(row),
    async release() {
      controller.abort();
      cursor.wake();
      await running;
      try {
        await options.handlers.onLost?.(options.partition);
      } catch (error) {
        options.warn(`${nameOf(options)}: giving it back failed`, error);
      }
    },
  };
}

async function run(options: PartitionPumpOptions, cursor: PartitionCursor, context: BatchContext): Promise<void> {
  const { handlers, partition } = options;
  const { signal } = context;
  await untilDone(options, 'its assignment', signal, async () => handlers.onAssigned?.(partition));
  cursor.start();
  while (!signal.aborted) {
    let batch = cursor.inMemory();
    if (!batch) await untilDone(options, 'reading', signal, async () => void (batch = await cursor.readBack()));
    if (signal.aborted) return;
    if (!batch || batch.length === 0) await cursor.asleep();
    else await deliver(options, cursor, batch, context);
  }
}

async function deliver(options: PartitionPumpOptions, cursor: PartitionCursor, batch: readonly BusRecord[], context: BatchContext): Promise<void> {
  await untilDone(options, 'its handler', context.signal, () => options.handlers.onBatch(options.partition, batch, context));
  cursor.delivered(batch.at(-1)!.position);
  // A long backlog comes out of memory without a pause: others need the thread too.
  if (batch.length >= recordsAtMost) await new Promise((resolve) => setImmediate(resolve));
}

/** Repeats what fails, with a growing wait, until it works or the partition is lost. */
async function untilDone(options: PartitionPumpOptions, what: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  for (let waitMs = firstBackoffMs; !signal.aborted; waitMs = Math.min(mostBackoffMs, waitMs * 2)) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) return;
      options.warn(`${nameOf(options)}: ${what} failed; trying again in ${waitMs} ms`, error);
      await options.clock.sleep(waitMs, signal);
    }
  }
}

function nameOf({ group, log, partition }: PartitionPumpOptions): string {
  return `${group} on ${log.name} partition ${partition}`;
}

/** The place of a member in its partition. */
class PartitionCursor {
  readonly #options: PartitionPumpOptions;
  readonly #signal: AbortSignal;
  /** Last position that was handed out and taken. */
  #position = 0;
  /** The row to look at next. */
  #next: number | undefined;
  #wakeUp: (() => void) | undefined;

  constructor(options: PartitionPumpOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Behind what the group has committed. */
  start(): void {
    const { log, group, partition } = this.#options;
    this.#position = log.committed(group, partition);
  }

  delivered(position: number): void {
    this.#position = position;
  }

  /** The next batch as far as memory has it; empty: there is nothing; undefined: memory does not reach back so far. */
  inMemory(): BusRecord[] | undefined {
    if (this.#next === undefined) return undefined;
    const { log } = this.#options;
    const last = log.lastRow;
    const records: BusRecord[] = [];
    let bytes = 0;
    while (this.#next <= last && records.length < recordsAtMost && bytes < bytesAtMost) {
      const row = log.cached(this.#next);
      if (!row) return records.length > 0 ? records : undefined;
      this.#next = row.id + 1;
      bytes += this.#take(row, records);
    }
    return records;
  }

  /** Looks for its place, or brings a page of rows back into memory, and answers with what the first of them holds. */
  async readBack(): Promise<BusRecord[] | undefined> {
    const { log, partition } = this.#options;
    this.#next ??= await log.locate(partition, this.#position + 1);
    if (this.#next > log.lastRow) return [];
    const row = await log.load(this.#next);
    if (this.#signal.aborted) return [];
    const records: BusRecord[] = [];
    this.#next = (row?.id ?? this.#next) + 1;
    if (row) this.#take(row, records);
    return records.length > 0 ? records : this.inMemory();
  }

  asleep(): Promise<void> {
    return new Promise((resolve) => {
      const { log } = this.#options;
      // What came between the last look and now woke nobody.
      if (this.#signal.aborted || this.#next === undefined || log.lastRow >= this.#next) resolve();
      else this.#wakeUp = resolve;
    });
  }

  wake(row?: number): void {
    if (!this.#wakeUp) return;
    // The rows between hold nothing of this partition, and may have left memory.
    if (row !== undefined && this.#next !== undefined) this.#next = Math.max(this.#next, row);
    this.#wakeUp();
    this.#wakeUp = undefined;
  }

  #take(row: LogRow, records: BusRecord[]): number {
    const { partition } = this.#options;
    if (!row.has(partition)) return 0;
    let bytes = 0;
    for (const record of row.records(partition)) {
      if (record.position <= this.#position) continue;
      records.push(record);
      bytes += record.value.length;
    }
    return bytes;
  }
}
