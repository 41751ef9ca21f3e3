import { EngineError } from '@opsloop/ports';
import { failureOf, toEngineError } from '../connection/kafka-failure.js';

export interface CommitQueueOptions {
  /** The next offsets to be read, by partition. */
  send(offsets: ReadonlyMap<number, number>): Promise<void>;
  mayCommit(partition: number): boolean;
}

interface Waiting {
  offset: number;
  readonly endMs: number;
  readonly callers: { resolve(): void; reject(error: EngineError): void }[];
}

/** While the group changes, commits wait for their place in it. */
const changing = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'NOT_COORDINATOR_FOR_GROUP', 'GROUP_LOAD_IN_PROGRESS', 'GROUP_COORDINATOR_NOT_AVAILABLE']);
const retryMs = 50;
const patienceMs = 10_000;

/** One request at a time; commits of all partitions that come meanwhile share the next one. */
export class CommitQueue {
  readonly #options: CommitQueueOptions;
  #waiting = new Map<number, Waiting>();
  #isSending = false;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
  }

  commit(partition: number, offset: number): Promise<void> {
    if (!this.#options.mayCommit(partition)) return Promise.reject(notOurs(partition));
    return new Promise((resolve, reject) => {
      this.#add(partition, { offset, endMs: performance.now() + patienceMs, callers: [{ resolve, reject }] });
      if (this.#isSending) return;
      this.#isSending = true;
      setImmediate(() => void this.#run());
    });
  }

  #add(partition: number, { offset, endMs, callers }: Waiting): void {
    const known = this.#waiting.get(partition);
    if (!known) this.#waiting.set(partition, { offset, endMs, callers });
    else {
      known.offset = Math.max(known.offset, offset);
      known.callers.push(...callers);
    }
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = this.#waiting;
      this.#waiting = new Map();
      for (const [partition, { callers }] of batch) {
        if (this.#options.mayCommit(partition)) continue;
        batch.delete(partition);
        for (const caller of callers) caller.reject(notOurs(partition));
      }
      if (batch.size > 0) await this.#send(batch);
    }
    this.#isSending = false;
  }

  async #send(batch: ReadonlyMap<number, Waiting>): Promise<void> {
    try {
      await this.#options.send(new Map([...batch].map(([partition, { offset }]) => [partition, offset])));
      for (const { callers } of batch.values()) for (const caller of callers) caller.resolve();
    } catch (error) {
      const maySoon = changing.has(failureOf(error).type ?? '');
      const nowMs = performance.now();
      for (const [partition, one] of batch) {
        if (maySoon && nowMs < one.endMs) this.#add(partition, one);
        else for (const caller of one.callers) caller.reject(toEngineError('the position could not be committed', error));
      }
      if (this.#waiting.size > 0) await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

function notOurs(partition: number): EngineError {
  return new EngineError(`partition ${partition} is not assigned to this member any more`, { retryable: true });
}
