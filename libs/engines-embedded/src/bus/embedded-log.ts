/** The log as the main thread sees it: heads, positions of groups and the newest rows in memory, the rest asked of the worker. */
import { partitionsOf, topics } from '@opsloop/contracts';
import type { Clock, OutgoingRecord, TopicLag } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import { createWorkerLink } from '../worker/worker-link.js';
import { createCommitQueue, type Shipment } from './commit-queue.js';
import { tocEntryBytes } from './frame.js';
import type { AppendReply, LogOpened, LogRequest, LogWorkerData, ReadReply, TrimReply } from './log-messages.js';
import { createLogRow, createRowCache, type LogRow } from './row-cache.js';
import { createRowMemory } from './row-memory.js';

export interface EmbeddedLogOptions extends LogWorkerData {
  readonly clock: Clock;
  /** Newest rows that stay in memory for readers at the tail. */
  readonly tailBytes: number;
  /** Called when the log fails after it worked, with the error, and with undefined when it works again. */
  onTrouble(error: Error | undefined): void;
}

export interface EmbeddedLog {
  start(): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
  publish(topic: string, records: readonly OutgoingRecord[]): Promise<void>;
  isFull(): boolean;
  /** Why the log does not work just now. */
  trouble(): Error | undefined;
  partitions(topic: string): number;
  /** Number of the newest row of the topic; 0: none. */
  lastRow(topic: string): number;
  /** Position that the next record of the partition will get. */
  nextPosition(topic: string, partition: number): number;
  cached(topic: string, row: number): LogRow | undefined;
  /** Reads a row and its neighbours back; when it was deleted, the oldest one after it; undefined behind the last. */
  load(topic: string, row: number): Promise<LogRow | undefined>;
  locate(topic: string, partition: number, position: number): Promise<number>;
  locateTime(topic: string, timeMs: number): Promise<number>;
  join(topic: string, group: string): Promise<void>;
  committed(topic: string, group: string, partition: number): number;
  commit(topic: string, group: string, partition: number, position: number): Promise<void>;
  /** Calls back after each commit that touched the topic, and after a restart (with undefined: look again). */
  listen(topic: string, listener: (row: LogRow | undefined) => void): () => void;
  lag(): TopicLag[];
}

interface TopicState {
  readonly partitions: number;
  lastRow: number;
  next: Float64Array;
  readonly groups: Map<string, GroupState>;
  readonly listeners: Set<(row: LogRow | undefined) => void>;
}

interface GroupState {
  durable: Float64Array;
  wanted: Float64Array;
}

const readBackBytes = 16 * 2 ** 20;
const readPageBytes = 2 ** 20;
const trimEveryMs = 1_000;
const trimAgainMs = 20;

export function createEmbeddedLog(options: EmbeddedLogOptions): EmbeddedLog {
  const { dataDir, maxBytes, faultPoint, clock, tailBytes, onTrouble } = options;
  const workerData: LogWorkerData = { dataDir, maxBytes, faultPoint };
  const known = new Map<string, TopicState>();
  const tail = createRowCache(tailBytes);
  const readBack = createRowCache(readBackBytes);
  const loading = new Map<string, Promise<LogRow | undefined>>();
  let full = false;
  let failing: Error | undefined;
  let trimTimer: NodeJS.Timeout | undefined;
  let timeMs = 0;

  const link = createWorkerLink<LogRequest, LogOpened>({ name: 'the embedded bus', script: new URL('./log-worker.js', import.meta.url), workerData, onOpened, onDied: failed });
  const queue = createCommitQueue(append);
  const memory = createRowMemory();

  function state(topic: string): TopicState {
    let one = known.get(topic);
    if (!one) {
      const partitions = partitionCount(topic);
      one = { partitions, lastRow: 0, next: new Float64Array(partitions).fill(1), groups: new Map(), listeners: new Set() };
      known.set(topic, one);
    }
    return one;
  }

  function onOpened(opened: LogOpened): void {
    full = opened.full;
    for (const { topic, lastRow, next } of opened.heads) Object.assign(state(topic), { lastRow, next });
    for (const { topic, group, positions } of opened.groups) setPositions(topic, group, positions);
    if (failing) recovered();
    for (const one of known.values()) for (const listener of one.listeners) listener(undefined);
  }

  function setPositions(topic: string, group: string, positions: Float64Array): void {
    state(topic).groups.set(group, { durable: positions, wanted: positions.slice() });
  }

  function failed(error: Error): void {
    if (!failing) onTrouble(error);
    failing = error;
  }

  function recovered(): void {
    failing = undefined;
    onTrouble(undefined);
  }

  async function append(shipment: Shipment): Promise<void> {
    // Rows are searched by time: it must not go back with the clock.
    timeMs = Math.max(timeMs, clock.now());
    let reply: AppendReply;
    try {
      reply = await link.request<AppendReply>({ kind: 'append', timeMs, ...shipment });
    } catch (error) {
      failed(error as Error);
      throw error;
    }
    if (failing) recovered();
    full = reply.full;
    const rows = shipment.rows.map(({ topic, start, end }, i) => appended(topic, reply.rowIds[i]!, memory.copy(shipment.mailbox, start, end)));
    for (const row of rows) for (const listener of state(row.topic).listeners) listener(row);
  }

  function appended(topic: string, id: number, bytes: Buffer): LogRow {
    const one = state(topic);
    const tocBytes = one.partitions * tocEntryBytes;
    const toc = bytes.subarray(0, tocBytes);
    const row = createLogRow(topic, id, toc, bytes.subarray(tocBytes));
    for (let p = 0; p < one.partitions; p++) one.next[p] = toc.readDoubleLE(p * tocEntryBytes);
    one.lastRow = id;
    tail.add(row);
    return row;
  }

  async function read(topic: string, fromRow: number): Promise<LogRow | undefined> {
    const { rows } = await link.request<ReadReply>({ kind: 'read', topic, fromRow, maxBytes: readPageBytes });
    const found = rows.map(({ id, toc, bytes }) => createLogRow(topic, id, bufferOf(toc), bufferOf(bytes)));
    for (const row of found) readBack.add(row);
    return found[0];
  }

  async function trim(): Promise<void> {
    let againMs = trimEveryMs;
    try {
      const reply = await link.request<TrimReply>({ kind: 'trim', nowMs: clock.now() });
      full = reply.full;
      for (const { topic, group } of reply.forgotten) state(topic).groups.delete(group);
      if (reply.more) againMs = trimAgainMs;
    } catch {
      // A full disk or a restart: the next append tells it, the next turn tries again.
    }
    if (trimTimer) trimTimer = setTimeout(() => void trim(), againMs).unref();
  }

  return {
    async start() {
      await link.start();
      trimTimer ??= setTimeout(() => void trim(), trimEveryMs).unref();
    },
    async stop(deadlineMs) {
      clearTimeout(trimTimer);
      trimTimer = undefined;
      const endMs = performance.now() + deadlineMs;
      await Promise.race([queue.drained(), new Promise((resolve) => setTimeout(resolve, deadlineMs).unref())]);
      await link.stop(endMs - performance.now());
    },
    publish(topic, records) {
      let partitions: number;
      try {
        partitions = state(topic).partitions;
      } catch (error) {
        return Promise.reject(error);
      }
      if (full && topic === topics.raw.name) return Promise.reject(new EngineError(`the log holds more than OPSLOOP_BUS_MAX_BYTES (${maxBytes}), or its disk is almost full: ${topic} takes no more until consumers have caught up`, { retryable: true }));
      return queue.publish(topic, partitions, records, clock.now());
    },
    isFull: () => full,
    trouble: () => failing ?? (link.isOpen() ? undefined : new EngineError('the embedded bus is not running', { retryable: true })),
    partitions: (topic) => state(topic).partitions,
    lastRow: (topic) => state(topic).lastRow,
    nextPosition: (topic, partition) => state(topic).next[partition]!,
    cached: (topic, row) => tail.get(topic, row) ?? readBack.get(topic, row),
    load(topic, row) {
      const key = `${topic} ${row}`;
      let reading = loading.get(key);
      if (!reading) {
        reading = read(topic, row).finally(() => loading.delete(key));
        loading.set(key, reading);
      }
      return reading;
    },
    async locate(topic, partition, position) {
      const one = state(topic);
      if (one.next[partition]! <= position) return one.lastRow + 1;
      return link.request<number>({ kind: 'locate', topic, partition, position });
    },
    locateTime: (topic, time) => link.request<number>({ kind: 'locate-time', topic, timeMs: time }),
    async join(topic, group) {
      const positions = await link.request<Float64Array>({ kind: 'join', topic, group });
      if (!state(topic).groups.has(group)) setPositions(topic, group, positions);
    },
    committed: (topic, group, partition) => state(topic).groups.get(group)?.durable[partition] ?? 0,
    async commit(topic, group, partition, position) {
      const one = state(topic).groups.get(group);
      if (!one) throw new EngineError(`the group ${group} is not known on ${topic}`, { retryable: false });
      if (!Number.isInteger(position) || position >= state(topic).next[partition]!) throw new EngineError(`${topic} partition ${partition} has no position ${position} to commit`, { retryable: false });
      if (position <= one.durable[partition]!) return;
      one.wanted[partition] = Math.max(one.wanted[partition]!, position);
      await queue.savePositions({ topic, group, positions: one.wanted });
      one.durable[partition] = Math.max(one.durable[partition]!, position);
    },
    listen(topic, listener) {
      const { listeners } = state(topic);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    lag: () =>
      [...known].flatMap(([topic, { partitions, groups, next }]) =>
        [...groups].flatMap(([group, { durable }]) => Array.from({ length: partitions }, (_, partition) => ({ topic, group, partition, records: next[partition]! - 1 - durable[partition]! }))),
      ),
  };
}

function partitionCount(topic: string): number {
  try {
    return partitionsOf(topic);
  } catch (error) {
    throw new EngineError(error instanceof Error ? error.message : String(error), { retryable: false, cause: error });
  }
}

/** libsql hands out blobs as Buffer or ArrayBuffer; across threads they arrive as Uint8Array. */
function bufferOf(bytes: Uint8Array | ArrayBuffer): Buffer {
  return bytes instanceof Uint8Array ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.from(bytes);
}
