/** Fetches the records of some partitions of one topic: one request at a time to each broker that leads some of them. */
import type { BusRecord } from '@opsloop/ports';
import { whyUnreadable } from '../compression/compression-codecs.js';
import { connectToTopic, heardWithinMs } from '../connection/connect-to-topic.js';
import type { FetchedMessage, FetchRequest, KafkaCluster, KafkaConnection } from '../connection/kafka-connection.js';
import { failureOf } from '../connection/kafka-failure.js';
import type { KafkaBusCounts } from '../kafka-bus-options.js';
import { toRecords } from '../record-codec.js';
import { readLimits } from './read-limits.js';

export interface TopicReaderOptions {
  readonly connection: KafkaConnection;
  /** Its name in Kafka. */
  readonly topic: string;
  readonly counts: KafkaBusCounts;
  warn(message: string, error: unknown): void;
}

/** Where records of a partition go. */
export interface ReaderSink {
  /** False: it has enough; `wake` the reader when it wants more. */
  hasRoom(): boolean;
  take(records: BusRecord[]): void;
  /** The log has lost its end, and is not read any more until it is added again, from here. Who lacks this is read on without a word. */
  rewind?(nextOffset: number): void;
}

/** A record that was taken, by what tells it from another one at the same place. */
interface Mark {
  readonly offset: string;
  readonly sign: string;
  readonly takenMs: number;
}

interface Place {
  readonly sink: ReaderSink;
  nextOffset: number;
  /** Ascending. */
  readonly marks: Mark[];
  /** A broker has said that it is not there. */
  isDoubted: boolean;
}

/** A broker waits this long for records, and answers at once when there are some. */
const waitMs = 250;
const firstBackoffMs = 100;
const mostBackoffMs = 5_000;
/** After so many failures in a row the connections are replaced. */
const failuresAtMost = 6;
/** What a disk that loses its power had not written yet is younger than this by far. */
const markEveryMs = 5_000;
const marksAtMost = 120;
/** Records of transactions are not waited for: none of ours, and none of the agents', is in one. */
const readUncommitted = 0;

export class TopicReader {
  readonly #options: TopicReaderOptions;
  readonly #places = new Map<number, Place>();
  readonly #loops = new Map<string, Promise<void>>();
  readonly #sleepers = new Set<() => void>();
  #cluster: KafkaCluster;
  #isStopped = false;
  #failures = 0;
  #mending: Promise<void> | undefined;

  constructor(options: TopicReaderOptions) {
    this.#options = options;
    this.#cluster = options.connection.cluster();
  }

  /** The connections that are used now; others after a restart. */
  get cluster(): KafkaCluster {
    return this.#cluster;
  }

  async start(): Promise<void> {
    await connectToTopic(this.#cluster, this.#options.topic, heardWithinMs);
  }

  /** Reads the partition from this offset on. */
  add(partition: number, nextOffset: number, sink: ReaderSink): void {
    this.#places.set(partition, { sink, nextOffset, marks: [], isDoubted: false });
    this.#startLoops();
    this.wake();
  }

  remove(partition: number): void {
    this.#places.delete(partition);
  }

  /** A sink has room again. */
  wake(): void {
    for (const awake of this.#sleepers) awake();
    this.#sleepers.clear();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#places.clear();
    this.wake();
    // Ends the requests that wait for records, too.
    await this.#cluster.disconnect().catch(() => undefined);
    await Promise.allSettled([...this.#loops.values(), this.#mending]);
    // What was connecting meanwhile.
    await this.#cluster.disconnect().catch(() => undefined);
  }

  #startLoops(): void {
    if (this.#isStopped) return;
    for (const partition of this.#places.keys()) {
      const leader = this.#leaderOf(partition);
      if (leader !== undefined && !this.#loops.has(leader)) this.#loops.set(leader, this.#run(leader).finally(() => this.#endLoop(leader)));
    }
    // No leader is known at all: somebody must ask again.
    if (this.#places.size > 0 && this.#loops.size === 0) void this.#mend(new Error('no partition has a leader')).then(() => this.#startLoops());
  }

  /** What it led meanwhile, or somebody else leads now, is read on. */
  #endLoop(leader: string): void {
    this.#loops.delete(leader);
    if (this.#places.size > 0) this.#startLoops();
  }

  #leaderOf(partition: number): string | undefined {
    try {
      const leader = this.#cluster.findTopicPartitionMetadata(this.#options.topic).find(({ partitionId }) => partitionId === partition)?.leader;
      return leader === undefined || leader < 0 ? undefined : String(leader);
    } catch {
      return undefined;
    }
  }

  /** Ends when the broker leads nothing of what is read. */
  async #run(leader: string): Promise<void> {
    while (!this.#isStopped) {
      const led = [...this.#places.keys()].filter((partition) => this.#leaderOf(partition) === leader);
      if (led.length === 0) return;
      const open = led.filter((partition) => this.#places.get(partition)!.sink.hasRoom());
      if (open.length === 0) {
        await new Promise<void>((resolve) => this.#sleepers.add(resolve));
        continue;
      }
      try {
        await this.#fetch(leader, open);
        this.#failures = 0;
      } catch (error) {
        if (this.#isStopped) return;
        await this.#mend(error);
        this.#startLoops();
      }
    }
  }

  async #fetch(leader: string, partitions: readonly number[]): Promise<void> {
    const { topic } = this.#options;
    const asked = new Map(partitions.map((partition) => [partition, this.#places.get(partition)!]));
    const broker = await this.#cluster.findBroker({ nodeId: leader });
    const places = [...asked].map(([partition, { nextOffset }]) => ({ partition, fetchOffset: String(nextOffset), maxBytes: readLimits.answerBytes }));
    const { responses } = await broker.fetch(fetchRequest(topic, places));
    for (const { partitions: answered } of responses) {
      for (const { partition, messages } of answered) {
        const place = asked.get(partition);
        // It was taken away, or is read from elsewhere by now.
        if (!place || this.#places.get(partition) !== place) continue;
        place.isDoubted = false;
        this.#handOver(partition, place, messages);
      }
    }
    await this.#cluster.refreshMetadataIfNecessary();
    // A broker that leads no more answers as a copy, without an error: nothing else tells of a leader that is new here.
    this.#startLoops();
  }

  #handOver(partition: number, place: Place, messages: readonly FetchedMessage[]): void {
    if (messages.length === 0) return;
    // Answers begin with the batch that holds the place, so with records from before it.
    const wanted = messages.filter(({ isControlRecord, offset }) => !isControlRecord && Number(offset) >= place.nextOffset);
    const records = toRecords(this.#leaveOutUnreadable(partition, wanted));
    const last = messages.at(-1)!;
    place.nextOffset = Math.max(place.nextOffset, Number(last.offset) + 1);
    const takenMs = performance.now();
    if (takenMs - (place.marks.at(-1)?.takenMs ?? -Infinity) >= markEveryMs) place.marks.push({ offset: last.offset, sign: signOf(last), takenMs });
    if (place.marks.length > marksAtMost) place.marks.shift();
    if (records.length > 0) place.sink.take(records);
  }

  /** Nothing would ever get past what can never be read. */
  #leaveOutUnreadable(partition: number, messages: readonly FetchedMessage[]): readonly FetchedMessage[] {
    const unreadable = messages.filter((message) => whyUnreadable(message) !== undefined);
    if (unreadable.length === 0) return messages;
    const { topic, counts, warn } = this.#options;
    counts.lostRecords += unreadable.length;
    warn(`${topic} partition ${partition}: ${unreadable.length} records from position ${unreadable[0]!.offset} on cannot be decompressed (${whyUnreadable(unreadable[0]!)}); they are left out`, undefined);
    return messages.filter((message) => whyUnreadable(message) === undefined);
  }

  /** Waits, asks who leads now, and replaces the connections when nothing else helps. One at a time. */
  #mend(error: unknown): Promise<void> {
    this.#mending ??= this.#mendOnce(error).finally(() => (this.#mending = undefined));
    return this.#mending;
  }

  async #mendOnce(error: unknown): Promise<void> {
    const { topic, warn, counts } = this.#options;
    const failure = failureOf(error);
    if (failure.name === 'KafkaJSOffsetOutOfRange' && failure.partition !== undefined) {
      return this.#findPlace(failure.partition).catch((again: unknown) => warn(`${topic} partition ${failure.partition}: its place in the log cannot be found; trying again`, again));
    }
    const delayMs = Math.min(mostBackoffMs, firstBackoffMs * 2 ** this.#failures++);
    // A leader that moves is the usual case, and told only when it lasts.
    if (this.#failures > 1) warn(`reading ${topic} failed; trying again in ${delayMs} ms`, error);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (this.#isStopped) return;
    try {
      if (this.#failures % failuresAtMost === 0) {
        counts.clientRestarts++;
        await this.#cluster.disconnect().catch(() => undefined);
        this.#cluster = this.#options.connection.cluster();
        await connectToTopic(this.#cluster, topic, 0);
      } else {
        await this.#cluster.refreshMetadata();
      }
    } catch (again) {
      warn(`${topic}: the brokers do not say who leads; trying again`, again);
    }
  }

  /** The log does not reach back to the place any more, or ends before it. */
  async #findPlace(partition: number): Promise<void> {
    const { topic, counts, warn } = this.#options;
    const place = this.#places.get(partition);
    if (!place) return;
    await this.#cluster.refreshMetadata();
    const [oldest, end] = await Promise.all([offsetAt(this.#cluster, topic, partition, true), offsetAt(this.#cluster, topic, partition, false)]);
    const wanted = place.nextOffset;
    // A broker that does not lead any more may be mistaken: whoever leads now is asked, once more.
    if (wanted >= oldest && (wanted <= end || !place.isDoubted)) {
      place.isDoubted = true;
      return void (await new Promise((resolve) => setTimeout(resolve, firstBackoffMs)));
    }
    if (wanted > end) return this.#goBack(partition, place, oldest, end);
    place.nextOffset = oldest;
    counts.lostRecords += oldest - wanted;
    warn(`${topic} partition ${partition}: position ${wanted} is not there; going on at ${oldest}, ${oldest - wanted} records were deleted unread (OPSLOOP_KAFKA_RETENTION)`, undefined);
  }

  /**
   * The log has lost its end, and what has been published since stands where other records were: goes on behind the newest
   * record that is still as it was read, else at the oldest. Who only looks on does not need what is old.
   */
  async #goBack(partition: number, place: Place, oldest: number, end: number): Promise<void> {
    const { topic, counts, warn } = this.#options;
    const { sink, marks, nextOffset: wanted } = place;
    const kept = await this.#newestKept(partition, marks, end);
    if (this.#places.get(partition) !== place) return;
    const next = kept === undefined ? (sink.rewind ? oldest : end) : kept + 1;
    counts.lostRecords += wanted - end;
    warn(`${topic} partition ${partition}: the log ends at ${end}, before position ${wanted}: it has lost at least ${wanted - end} records at its end; going on at ${next}, so that nothing new is left out and some records come again. Send again what was lost, if somebody still has it`, undefined);
    if (!sink.rewind) {
      this.#places.set(partition, { sink, nextOffset: next, marks: [], isDoubted: false });
      return;
    }
    this.#places.delete(partition);
    sink.rewind(next);
  }

  async #newestKept(partition: number, marks: readonly Mark[], end: number): Promise<number | undefined> {
    const broker = await this.#cluster.findBroker({ nodeId: this.#leaderOf(partition)! });
    for (const { offset, sign } of marks.toReversed()) {
      if (Number(offset) >= end) continue;
      const { responses } = await broker.fetch(fetchRequest(this.#options.topic, [{ partition, fetchOffset: offset, maxBytes: 1 }]));
      const found = responses[0]?.partitions[0]?.messages.find((message) => message.offset === offset);
      if (found && signOf(found) === sign) return Number(offset);
    }
    return undefined;
  }
}

function signOf({ timestamp, key, value }: FetchedMessage): string {
  return `${timestamp} ${value?.length} ${key?.toString()}`;
}

function fetchRequest(topic: string, partitions: FetchRequest['topics'][number]['partitions']): FetchRequest {
  return { isolationLevel: readUncommitted, maxWaitTime: waitMs, minBytes: 1, maxBytes: readLimits.requestBytes, topics: [{ topic, partitions }] };
}

async function offsetAt(cluster: KafkaCluster, topic: string, partition: number, fromBeginning: boolean): Promise<number> {
  const [found] = await cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning }]);
  return Number(found!.partitions[0]!.offset);
}
