/** The logs of all topics: a folder each. Tells whether there is room and whether the disk works. */
import { mkdir, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { partitionsOf, topics } from '@opsloop/contracts';
import type { Clock, OutgoingRecord, TopicLag } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import { createFaultPoint } from '../../worker/fault-point.js';
import { importBusFile } from './import-bus-file.js';
import { isTopic } from './is-topic.js';
import { claimFormat } from './log-format.js';
import { checkPartition } from './measure-record.js';
import { createRowCache } from './row-cache.js';
import { syncFolder } from './segment-file.js';
import { createTailRing } from './tail-ring.js';
import { toLogError } from './to-log-error.js';
import { TopicLog, type LogContext } from './topic-log.js';

export interface EmbeddedLogOptions {
  readonly dataDir: string;
  readonly maxBytes: number;
  readonly clock: Clock;
  /** Newest rows that stay in memory for readers at the tail. */
  readonly tailBytes: number;
  /** name:count, for fault tests. */
  readonly faultPoint: string | undefined;
  /** Called when the log fails after it worked, with the error, and with undefined when it works again. */
  onTrouble(error: Error | undefined): void;
  /** Told in a line each what the start did with the log of an older build. */
  tell(message: string): void;
}

const readBackBytes = 16 * 2 ** 20;
const upkeepEveryMs = 1_000;
const lastWriteMs = 1_000;
/** A log has this many segments at least before it is full: what is done with goes a segment at a time. */
const segmentsAtLeast = 64;
const leastSegmentBytes = 128 * 2 ** 10;
const mostSegmentBytes = 16 * 2 ** 20;
/** Full above the limit, and until it has fallen below this share of it: no flapping. */
const fullUntilShare = 0.95;
/**
 * Above the limit senders wait at the edge, and what is inside goes on: whoever frees the log may have to publish first.
 * What was under way at the edge, and what is made of it, finds room up to this share of the limit in each of its topics:
 * each for itself, since what is read of one must find room in the next one, however full its own is.
 */
const topicShareAtMost = 1.5;
const edgeTopics: readonly string[] = [topics.intake.name, topics.raw.name, topics.logs.name];
/** Space that is left to consumers, so that they can drain the log: this much, or a fiftieth of a small disk. */
const reserveBytes = 64 * 2 ** 20;

export class EmbeddedLog {
  readonly #options: EmbeddedLogOptions;
  readonly #folder: string;
  readonly #context: LogContext;
  readonly #topics = new Map<string, TopicLog>();
  #running = false;
  #full = false;
  #isDiskShort = false;
  #failing: EngineError | undefined;
  #upkeepTimer: NodeJS.Timeout | undefined;

  constructor(options: EmbeddedLogOptions) {
    const { dataDir, maxBytes, clock, tailBytes, faultPoint } = options;
    this.#options = options;
    this.#folder = join(dataDir, 'bus');
    this.#context = {
      clock,
      segmentBytes: Math.min(mostSegmentBytes, Math.max(leastSegmentBytes, Math.floor(maxBytes / segmentsAtLeast))),
      tail: createTailRing(tailBytes),
      readBack: createRowCache(readBackBytes),
      assertRunning: () => this.#assertRunning(),
      reach: createFaultPoint(faultPoint),
      committed: (error) => this.#committed(error),
      grown: () => this.#judgeSize(),
    };
  }

  async start(): Promise<void> {
    if (this.#running) return;
    const { dataDir, clock, tell } = this.#options;
    try {
      if (await mkdir(this.#folder, { recursive: true })) await syncFolder(dataDir);
      await claimFormat(this.#folder);
      await importBusFile({ dataDir, folder: this.#folder, segmentBytes: this.#context.segmentBytes, clock, tell });
      for (const name of await readdir(this.#folder)) if (isTopic(name)) await this.topic(name).open();
      await this.#judgeDisk();
    } catch (error) {
      throw toLogError(error, this.#folder);
    }
    this.#running = true;
    this.#upkeepTimer = setTimeout(() => void this.#upkeep(), upkeepEveryMs).unref();
  }

  async stop(deadlineMs: number): Promise<void> {
    clearTimeout(this.#upkeepTimer);
    this.#upkeepTimer = undefined;
    const closed = Promise.all([...this.#topics.values()].map((one) => one.close()));
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, deadlineMs).unref())]);
    // What still waits is refused now; a write that is under way gets time to end, since the next owner writes at the same place.
    this.#running = false;
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, lastWriteMs).unref())]);
  }

  /** Throws a non-retryable EngineError for a topic that contracts do not declare. */
  topic(name: string): TopicLog {
    let one = this.#topics.get(name);
    if (!one) {
      one = new TopicLog(name, partitionCount(name), join(this.#folder, name), this.#context);
      this.#topics.set(name, one);
    }
    return one;
  }

  publish(name: string, records: readonly OutgoingRecord[]): Promise<void> {
    try {
      const topic = this.topic(name);
      this.#assertRunning();
      if (this.#full && edgeTopics.includes(name) && topic.bytes > this.#options.maxBytes * topicShareAtMost && !records.every(isTick)) throw this.#fullError(name);
      return topic.publish(records);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  isFull(): boolean {
    return this.#full;
  }

  /** Why the log does not work just now. */
  trouble(): Error | undefined {
    return this.#failing ?? (this.#running ? undefined : notRunning());
  }

  lag(): TopicLag[] {
    return [...this.#topics.values()].flatMap((one) => one.lag());
  }

  nextPosition(name: string, partition: number): number {
    const topic = this.topic(name);
    this.#assertRunning();
    return topic.nextPosition(checkPartition(name, topic.partitions, partition));
  }

  #assertRunning(): void {
    if (!this.#running) throw notRunning();
  }

  #committed(error: EngineError | undefined): void {
    if (Boolean(error) !== Boolean(this.#failing)) this.#options.onTrouble(error);
    this.#failing = error;
  }

  /** Retention, room, and a look whether a disk that failed works again. */
  async #upkeep(): Promise<void> {
    const nowMs = this.#options.clock.now();
    await this.#judgeDisk().catch((error: unknown) => this.#committed(toLogError(error, this.#folder)));
    for (const one of this.#topics.values()) {
      try {
        await one.trim(nowMs, this.#full);
        if (this.#failing && !this.#isDiskShort) await one.probe();
      } catch {
        // It was told where it failed; the next turn tries again.
      }
    }
    if (this.#upkeepTimer) this.#upkeepTimer = setTimeout(() => void this.#upkeep(), upkeepEveryMs).unref();
  }

  async #judgeDisk(): Promise<void> {
    const { bavail, blocks, bsize } = await statfs(this.#folder);
    this.#isDiskShort = bavail * bsize < Math.min(reserveBytes, (blocks * bsize) / 50);
    this.#judgeSize();
  }

  #judgeSize(): void {
    const { maxBytes } = this.#options;
    let usedBytes = 0;
    for (const { bytes } of this.#topics.values()) usedBytes += bytes;
    this.#full = this.#isDiskShort || usedBytes > (this.#full ? maxBytes * fullUntilShare : maxBytes);
  }

  #fullError(name: string): EngineError {
    return new EngineError(`${name} alone holds more than ${topicShareAtMost} times OPSLOOP_BUS_MAX_BYTES (${this.#options.maxBytes}): it takes no more until consumers have caught up`, { retryable: true });
  }
}

function notRunning(): EngineError {
  return new EngineError('the embedded bus is not running', { retryable: true });
}

/** They take next to no room, and readers make the snapshots that free the log when they come. */
function isTick({ value }: OutgoingRecord): boolean {
  return value.length === 0;
}

function partitionCount(topic: string): number {
  try {
    return partitionsOf(topic);
  } catch (error) {
    throw new EngineError(error instanceof Error ? error.message : String(error), { retryable: false, cause: error });
  }
}
