import type { BatchContext, BusHandlers, BusRecord, Clock } from '@opsloop/ports';
import { readLimits } from './read-limits.js';
import type { ReaderSink } from './topic-reader.js';

export interface PartitionPumpOptions {
  /** Group, topic and partition, for warnings. */
  readonly name: string;
  readonly partition: number;
  readonly handlers: BusHandlers;
  readonly clock: Clock;
  /** False: others may have the partition; nothing is handed out then. */
  isCurrent(): boolean;
  /** `onAssigned` has succeeded: records may come, from `rewoundTo` on when the log has lost its end. */
  begin(sink: ReaderSink, rewoundTo: number | undefined): void;
  /** There is room for more. */
  wakeReader(): void;
  warn(message: string, error: unknown): void;
}

/** Hands the records of one partition to one member, one batch at a time. */
export interface PartitionPump {
  /** Aborts the signal, waits for the running handler, then tells `onLost`. */
  release(): Promise<void>;
}

const firstBackoffMs = 100;
const mostBackoffMs = 10_000;
const recheckMs = 50;

export function createPartitionPump(options: PartitionPumpOptions): PartitionPump {
  const controller = new AbortController();
  const queue = new RecordQueue();
  const running = run(options, queue, { signal: controller.signal });
  return {
    release() {
      controller.abort();
      queue.wake();
      return running;
    },
  };
}

async function run(options: PartitionPumpOptions, queue: RecordQueue, context: BatchContext): Promise<void> {
  const { handlers, partition, name, warn } = options;
  const { signal } = context;
  do {
    const rewoundTo = queue.takeRewind();
    await untilDone(options, 'its assignment', signal, async () => handlers.onAssigned?.(partition, rewoundTo !== undefined));
    if (!signal.aborted) options.begin(queue, rewoundTo);
    await handOut(options, queue, context);
    try {
      await handlers.onLost?.(partition);
    } catch (error) {
      warn(`${name}: giving it back failed`, error);
    }
  } while (!signal.aborted);
}

/** Until the partition is lost, or its log has lost its end and all that came before has been handed out. */
async function handOut(options: PartitionPumpOptions, queue: RecordQueue, context: BatchContext): Promise<void> {
  const { handlers, partition, isCurrent, clock } = options;
  const { signal } = context;
  while (!signal.aborted) {
    if (queue.isEmpty() && queue.isRewound()) return;
    if (queue.isEmpty()) await queue.filled(signal);
    else if (!isCurrent()) await clock.sleep(recheckMs, signal);
    else {
      const batch = queue.next();
      if (queue.hasRoom()) options.wakeReader();
      await untilDone(options, 'its handler', signal, () => handlers.onBatch(partition, batch, context));
      // A long backlog comes out of memory without a pause: others need the thread too.
      if (batch.length >= readLimits.batchRecords) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** Repeats what fails, with a growing wait, until it works or the partition is lost. */
async function untilDone({ name, warn, clock }: PartitionPumpOptions, what: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  for (let waitMs = firstBackoffMs; !signal.aborted; waitMs = Math.min(mostBackoffMs, waitMs * 2)) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) return;
      warn(`${name}: ${what} failed; trying again in ${waitMs} ms`, error);
      await clock.sleep(waitMs, signal);
    }
  }
}

/** Records that have come and are not handed out yet. */
class RecordQueue implements ReaderSink {
  #records: BusRecord[] = [];
  #first = 0;
  #bytes = 0;
  #rewoundTo: number | undefined;
  #wakeUp: (() => void) | undefined;

  hasRoom(): boolean {
    return this.#records.length - this.#first < readLimits.waitingRecords && this.#bytes < readLimits.waitingBytes;
  }

  isEmpty(): boolean {
    return this.#first === this.#records.length;
  }

  take(records: BusRecord[]): void {
    if (this.isEmpty()) {
      this.#records = records;
      this.#first = 0;
    } else for (const record of records) this.#records.push(record);
    for (const { value } of records) this.#bytes += value.length;
    this.wake();
  }

  rewind(nextOffset: number): void {
    this.#rewoundTo = nextOffset;
    this.wake();
  }

  isRewound(): boolean {
    return this.#rewoundTo !== undefined;
  }

  takeRewind(): number | undefined {
    const taken = this.#rewoundTo;
    this.#rewoundTo = undefined;
    return taken;
  }

  next(): BusRecord[] {
    let bytes = 0;
    let end = this.#first;
    while (end < this.#records.length && end - this.#first < readLimits.batchRecords && bytes < readLimits.batchBytes) bytes += this.#records[end++]!.value.length;
    const batch = this.#records.slice(this.#first, end);
    this.#bytes -= bytes;
    this.#first = end;
    // What was handed out must not stay in memory behind the rest.
    if (this.#first >= readLimits.batchRecords) {
      this.#records = this.#records.slice(this.#first);
      this.#first = 0;
    } else if (this.isEmpty()) {
      this.#records = [];
      this.#first = 0;
    }
    return batch;
  }

  filled(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted || !this.isEmpty() || this.isRewound()) resolve();
      else this.#wakeUp = resolve;
    });
  }

  wake(): void {
    this.#wakeUp?.();
    this.#wakeUp = undefined;
  }
}
