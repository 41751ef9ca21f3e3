/** The log as the main thread sees it: heads, positions of groups and the newest rows in memory, the rest asked of the worker. */
import { topics } from '@opsloop/contracts/topics';
import type { Clock, OutgoingRecord, TopicLag } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import { createWorkerLink, type WorkerLink } from '../worker/worker-link.js';
import { CommitQueue, type Shipment } from './commit-queue.js';
import { tocEntryBytes } from './frame.js';
import type { AppendReply, LogOpened, LogRequest, LogWorkerData, ReadReply, TrimReply } from './log-messages.js';
import { LogTopics } from './log-topics.js';
import { createLogRow, createRowCache, type LogRow } from './row-cache.js';
import { createRowMemory } from './row-memory.js';

export interface EmbeddedLogOptions extends LogWorkerData {
  readonly clock: Clock;
  /** Newest rows that stay in memory for readers at the tail. */
  readonly tailBytes: number;
  /** Called when the log fails after it worked, with the error, and with undefined when it works again. */
  onTrouble(error: Error | undefined): void;
}

const readBackBytes = 16 * 2 ** 20;
const readPageBytes = 2 ** 20;
const trimEveryMs = 1_000;
const trimAgainMs = 20;

export class EmbeddedLog {
  readonly #options: EmbeddedLogOptions;
  readonly #link: WorkerLink<LogRequest>;
  readonly #queue = new CommitQueue((shipment) => this.#append(shipment));
  readonly #topics = new LogTopics();
  readonly #memory = createRowMemory();
  readonly #tail;
  readonly #readBack = createRowCache(readBackBytes);
  readonly #loading = new Map<string, Promise<LogRow | undefined>>();
  #full = false;
  #failing: Error | undefined;
  #trimTimer: NodeJS.Timeout | undefined;
  #timeMs = 0;

  constructor(options: EmbeddedLogOptions) {
    const { dataDir, maxBytes, faultPoint, tailBytes } = options;
    const workerData: LogWorkerData = { dataDir, maxBytes, faultPoint };
    this.#options = options;
    this.#tail = createRowCache(tailBytes);
    this.#link = createWorkerLink<LogRequest, LogOpened>({
      name: 'the embedded bus',
      script: new URL('./log-worker.js', import.meta.url),
      workerData,
      onOpened: (opened) => this.#opened(opened),
      onDied: (error) => this.#failed(error),
    });
  }

  async start(): Promise<void> {
    await this.#link.start();
    this.#trimTimer ??= setTimeout(() => void this.#trim(), trimEveryMs).unref();
  }

  async stop(deadlineMs: number): Promise<void> {
    clearTimeout(this.#trimTimer);
    this.#trimTimer = undefined;
    const endMs = performance.now() + deadlineMs;
    await Promise.race([this.#queue.drained(), new Promise((resolve) => setTimeout(resolve, deadlineMs).unref())]);
    await this.#link.stop(endMs - performance.now());
  }

  publish(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    let partitions: number;
    try {
      ({ partitions } = this.#topics.get(topic));
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#full && topic === topics.raw.name) return Promise.reject(this.#fullError(topic));
    return this.#queue.publish(topic, partitions, records, this.#options.clock.now());
  }

  isFull(): boolean {
    return this.#full;
  }

  /** Why the log does not work just now. */
  trouble(): Error | undefined {
    return this.#failing ?? (this.#link.isOpen() ? undefined : new EngineError('the embedded bus is not running', { retryable: true }));
  }

  partitions(topic: string): number {
    return this.#topics.get(topic).partitions;
  }

  /** Number of the newest row of the topic; 0: none. */
  lastRow(topic: string): number {
    return this.#topics.get(topic).lastRow;
  }

  /** Position that the next record of the partition will get. */
  nextPosition(topic: string, partition: number): number {
    return this.#topics.get(topic).next[partition]!;
  }

  cached(topic: string, row: number): LogRow | undefined {
    return this.#tail.get(topic, row) ?? this.#readBack.get(topic, row);
  }

  /** Reads a row and its neighbours back; when it was deleted, the oldest one after it; undefined behind the last. */
  load(topic: string, row: number): Promise<LogRow | undefined> {
    const key = `${topic} ${row}`;
    let reading = this.#loading.get(key);
    if (!reading) {
      reading = this.#read(topic, row).finally(() => this.#loading.delete(key));
      this.#loading.set(key, reading);
    }
    return reading;
  }

  /** The first row that holds this position or a later one of the partition; behind the last row when there is none. */
  async locate(topic: string, partition: number, position: number): Promise<number> {
    const { next, lastRow } = this.#topics.get(topic);
    return next[partition]! <= position ? lastRow + 1 : this.#link.request<number>({ kind: 'locate', topic, partition, position });
  }

  /** The first row that was committed at this time or later. */
  locateTime(topic: string, timeMs: number): Promise<number> {
    return this.#link.request<number>({ kind: 'locate-time', topic, timeMs });
  }

  /** Makes the group known, durably. */
  async join(topic: string, group: string): Promise<void> {
    const positions = await this.#link.request<Float64Array>({ kind: 'join', topic, group });
    if (!this.#topics.get(topic).groups.has(group)) this.#topics.setPositions(topic, group, positions);
  }

  committed(topic: string, group: string, partition: number): number {
    return this.#topics.get(topic).groups.get(group)?.durable[partition] ?? 0;
  }

  /** Durable when it resolves; a position below the committed one changes nothing. */
  async commit(topic: string, group: string, partition: number, position: number): Promise<void> {
    const { groups, next } = this.#topics.get(topic);
    const positions = groups.get(group);
    if (!positions) throw new EngineError(`the group ${group} is not known on ${topic}`, { retryable: false });
    if (!Number.isInteger(position) || position >= next[partition]!) throw new EngineError(`${topic} partition ${partition} has no position ${position} to commit`, { retryable: false });
    if (position <= positions.durable[partition]!) return;
    positions.wanted[partition] = Math.max(positions.wanted[partition]!, position);
    await this.#queue.savePositions({ topic, group, positions: positions.wanted });
    positions.durable[partition] = Math.max(positions.durable[partition]!, position);
  }

  /** Calls back after each commit that touched the topic, and after a restart (with undefined: look again). */
  listen(topic: string, listener: (row: LogRow | undefined) => void): () => void {
    const { listeners } = this.#topics.get(topic);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  lag(): TopicLag[] {
    return this.#topics.lag();
  }

  #opened(opened: LogOpened): void {
    this.#full = opened.full;
    this.#timeMs = Math.max(this.#timeMs, opened.timeMs);
    this.#topics.reset(opened);
    this.#recovered();
  }

  #failed(error: Error): void {
    if (!this.#failing) this.#options.onTrouble(error);
    this.#failing = error;
  }

  #recovered(): void {
    if (!this.#failing) return;
    this.#failing = undefined;
    this.#options.onTrouble(undefined);
  }

  async #append(shipment: Shipment): Promise<void> {
    // Rows are searched by time: it must not go back with the clock.
    this.#timeMs = Math.max(this.#timeMs, this.#options.clock.now());
    let reply: AppendReply;
    try {
      reply = await this.#link.request<AppendReply>({ kind: 'append', timeMs: this.#timeMs, ...shipment });
    } catch (error) {
      this.#failed(error as Error);
      throw error;
    }
    this.#recovered();
    this.#full = reply.full;
    const rows = shipment.rows.map(({ topic, start, end }, i) => this.#appended(topic, reply.rowIds[i]!, this.#memory.copy(shipment.mailbox, start, end)));
    for (const row of rows) for (const listener of this.#topics.get(row.topic).listeners) listener(row);
  }

  #appended(topic: string, id: number, bytes: Buffer): LogRow {
    const state = this.#topics.get(topic);
    const tocBytes = state.partitions * tocEntryBytes;
    const toc = bytes.subarray(0, tocBytes);
    const row = createLogRow(topic, id, toc, bytes.subarray(tocBytes));
    for (let p = 0; p < state.partitions; p++) state.next[p] = toc.readDoubleLE(p * tocEntryBytes);
    state.lastRow = id;
    this.#tail.add(row);
    return row;
  }

  async #read(topic: string, fromRow: number): Promise<LogRow | undefined> {
    const { rows } = await this.#link.request<ReadReply>({ kind: 'read', topic, fromRow, maxBytes: readPageBytes });
    const found = rows.map(({ id, toc, bytes }) => createLogRow(topic, id, bufferOf(toc), bufferOf(bytes)));
    for (const row of found) this.#readBack.add(row);
    return found[0];
  }

  async #trim(): Promise<void> {
    let againMs = trimEveryMs;
    try {
      const reply = await this.#link.request<TrimReply>({ kind: 'trim', nowMs: this.#options.clock.now() });
      this.#full = reply.full;
      for (const { topic, group } of reply.forgotten) this.#topics.get(topic).groups.delete(group);
      if (reply.more) againMs = trimAgainMs;
    } catch {
      // A full disk or a restart: the next append tells it, the next turn tries again.
    }
    if (this.#trimTimer) this.#trimTimer = setTimeout(() => void this.#trim(), againMs).unref();
  }

  #fullError(topic: string): EngineError {
    return new EngineError(`the log holds more than OPSLOOP_BUS_MAX_BYTES (${this.#options.maxBytes}), or its disk is almost full: ${topic} takes no more until consumers have caught up`, { retryable: true });
  }
}

/** libsql hands out blobs as Buffer or ArrayBuffer; across threads they arrive as Uint8Array. */
function bufferOf(bytes: Uint8Array | ArrayBuffer): Buffer {
  return bytes instanceof Uint8Array ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.from(bytes);
}
