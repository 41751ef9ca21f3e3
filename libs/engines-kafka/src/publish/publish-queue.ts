/** What is published in one turn of the event loop, or while a request is under way, goes into the next request together. */
import { EngineError } from '@opsloop/ports';
import { toEngineError } from '../connection/kafka-failure.js';
import type { KafkaBusCounts } from '../kafka-bus-options.js';
import type { MeasuredMessage } from '../record-codec.js';
import type { RenewedProducer } from './renewed-producer.js';

export interface PublishQueueOptions {
  readonly producer: RenewedProducer;
  readonly counts: KafkaBusCounts;
  readonly publishMs: number;
  readonly waitingBytesAtMost: number;
  onTrouble(error: Error | undefined): void;
}

/** One call of publish. */
interface Call {
  unsent: number;
  readonly endMs: number;
  /** Resolved or rejected. */
  settled: boolean;
  settle(error?: EngineError): void;
}

interface Waiting extends MeasuredMessage {
  readonly call: Call;
}

/** The records of one partition, sent in their order: one request at a time. */
interface Lane {
  readonly topic: string;
  waiting: Waiting[];
  isBusy: boolean;
}

/** Of one partition in one request: far below what a broker takes, unless a single record is larger. */
const laneBytesAtMost = 4 * 2 ** 20;
const laneRecordsAtMost = 5_000;
/** A request that takes longer, because a leader is away, does not hold up the partitions that are not in it. */
const slowMs = 50;
const sweepMs = 250;

export class PublishQueue {
  readonly #options: PublishQueueOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #calls = new Set<Call>();
  #waitingBytes = 0;
  #requests = 0;
  #newestRequestMs = -Infinity;
  #isScheduled = false;
  #isStopped = false;
  #sweeper: NodeJS.Timeout | undefined;
  #inTrouble = false;

  constructor(options: PublishQueueOptions) {
    this.#options = options;
  }

  isFull(): boolean {
    return this.#waitingBytes >= this.#options.waitingBytesAtMost;
  }

  /** Resolves when all messages are acknowledged by every copy that must have them. `topic`: by its name in Kafka. */
  publish(topic: string, messages: readonly MeasuredMessage[]): Promise<void> {
    if (this.#isStopped) return Promise.reject(new EngineError('the bus has stopped', { retryable: true }));
    if (this.isFull()) return Promise.reject(new EngineError(`${this.#waitingBytes} bytes wait for Kafka: it does not keep up, or does not answer`, { retryable: true }));
    return new Promise((resolve, reject) => {
      const call: Call = {
        unsent: messages.length,
        endMs: performance.now() + this.#options.publishMs,
        settled: false,
        settle: (error) => {
          if (call.settled) return;
          call.settled = true;
          this.#calls.delete(call);
          if (error) reject(error);
          else resolve();
        },
      };
      if (messages.length === 0) return call.settle();
      this.#calls.add(call);
      for (const one of messages) this.#laneOf(topic, one.message.partition).waiting.push({ ...one, call });
      for (const { sizeBytes } of messages) this.#waitingBytes += sizeBytes;
      this.#sweeper ??= setInterval(() => this.#sweep(), sweepMs).unref();
      this.#schedule();
    });
  }

  /** Takes no more, and waits until what it has is sent or refused. */
  async stop(deadlineMs: number): Promise<void> {
    this.#isStopped = true;
    const endMs = performance.now() + deadlineMs;
    while (this.#calls.size > 0 && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const call of this.#calls) call.settle(new EngineError('the bus has stopped before the record was acknowledged', { retryable: true }));
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #laneOf(topic: string, partition: number): Lane {
    const key = `${topic} ${partition}`;
    let lane = this.#lanes.get(key);
    if (!lane) this.#lanes.set(key, (lane = { topic, waiting: [], isBusy: false }));
    return lane;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#sendWaiting();
    });
  }

  #sendWaiting(): void {
    if (this.#requests > 0 && performance.now() - this.#newestRequestMs < slowMs) return;
    const taken: { lane: Lane; messages: Waiting[] }[] = [];
    for (const lane of this.#lanes.values()) if (!lane.isBusy && lane.waiting.length > 0) taken.push({ lane, messages: this.#takeSome(lane) });
    const some = taken.filter(({ messages }) => messages.length > 0);
    if (some.length > 0) void this.#send(some);
  }

  /**
   * The first records of a lane, as far as one request may hold them, without those that were given up: whoever published
   * them sends all of them again, and what is late among them must not come before what is early.
   */
  #takeSome(lane: Lane): Waiting[] {
    const { waiting } = lane;
    const taken: Waiting[] = [];
    let bytes = 0;
    let next = 0;
    for (; next < waiting.length && taken.length < laneRecordsAtMost; next++) {
      const one = waiting[next]!;
      if (one.call.settled) {
        this.#waitingBytes -= one.sizeBytes;
        continue;
      }
      if (taken.length > 0 && bytes + one.sizeBytes > laneBytesAtMost) break;
      bytes += one.sizeBytes;
      taken.push(one);
    }
    lane.waiting = waiting.slice(next);
    return taken;
  }

  async #send(taken: { lane: Lane; messages: Waiting[] }[]): Promise<void> {
    this.#requests++;
    this.#newestRequestMs = performance.now();
    for (const { lane } of taken) lane.isBusy = true;
    const byTopic = new Map<string, Waiting[]>();
    for (const { lane, messages } of taken) {
      const list = byTopic.get(lane.topic);
      if (list) list.push(...messages);
      else byTopic.set(lane.topic, messages.slice());
    }
    const groups = [...byTopic].map(([topic, messages]) => ({ topic, messages }));
    try {
      await this.#request(groups);
      this.#tellTrouble(undefined);
    } catch (error) {
      await this.#fail(groups, toEngineError('Kafka did not take the records', error));
    } finally {
      for (const { lane, messages } of taken) {
        lane.isBusy = false;
        for (const { sizeBytes } of messages) this.#waitingBytes -= sizeBytes;
      }
      this.#requests--;
      this.#sendWaiting();
    }
  }

  async #request(groups: readonly { topic: string; messages: readonly Waiting[] }[]): Promise<void> {
    const { producer, counts, publishMs } = this.#options;
    await producer.sendBatch({ acks: -1, timeout: Math.ceil(publishMs / 2), topicMessages: groups.map(({ topic, messages }) => ({ topic, messages: messages.map(({ message }) => message) })) });
    counts.produceRequests++;
    for (const { messages } of groups) {
      counts.publishedRecords += messages.length;
      for (const { call } of messages) if (--call.unsent === 0) call.settle();
    }
  }

  /** A record that can never be taken must not take its neighbours along: each is tried alone. */
  async #fail(groups: readonly { topic: string; messages: readonly Waiting[] }[], error: EngineError): Promise<void> {
    const all = groups.flatMap(({ topic, messages }) => messages.map((one) => ({ topic, messages: [one] })));
    if (error.retryable) this.#tellTrouble(error);
    if (error.retryable || all.length === 1) {
      for (const { messages } of all) messages[0]!.call.settle(error);
      return;
    }
    for (const one of all) {
      if (one.messages[0]!.call.settled) continue;
      await this.#request([one]).catch((alone: unknown) => one.messages[0]!.call.settle(toEngineError('Kafka did not take the record', alone)));
    }
  }

  #tellTrouble(error: EngineError | undefined): void {
    if (this.#inTrouble === (error !== undefined)) return;
    this.#inTrouble = error !== undefined;
    this.#options.onTrouble(error);
  }

  /** Refuses what has waited for too long, and lets go of what nobody waits for any more. */
  #sweep(): void {
    const nowMs = performance.now();
    for (const call of this.#calls) {
      if (call.endMs > nowMs) continue;
      const error = new EngineError(`Kafka has not acknowledged the records within ${this.#options.publishMs} ms`, { retryable: true });
      this.#tellTrouble(error);
      call.settle(error);
    }
    for (const [key, lane] of this.#lanes) {
      const left = lane.waiting.filter(({ call }) => !call.settled);
      if (left.length < lane.waiting.length) for (const { call, sizeBytes } of lane.waiting) if (call.settled) this.#waitingBytes -= sizeBytes;
      lane.waiting = left;
      if (left.length === 0 && !lane.isBusy) this.#lanes.delete(key);
    }
    this.#sendWaiting();
    if (this.#lanes.size > 0 || this.#calls.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}
