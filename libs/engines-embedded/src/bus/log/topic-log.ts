/** The log of one topic: what is published to it, where its groups stand, and its newest rows in memory. */
import type { Clock, OutgoingRecord, TopicLag } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import { CommitQueue, type Gathered } from './commit-queue.js';
import { decodePositions, encodeFrame, encodePositions, frameBytes, nextPosition, partitionsOf, recordCount, rowOf, timeOf } from './frame.js';
import { groupForgottenAfterMs, retentionOf } from './retention.js';
import { createLogRow, type LogRow, type RowCache } from './row-cache.js';
import { SegmentChain } from './segment-chain.js';
import type { TailRing } from './tail-ring.js';
import { toLogError } from './to-log-error.js';

/** What the topics of one log share. */
export interface LogContext {
  readonly clock: Clock;
  readonly segmentBytes: number;
  /** Newest rows, for readers at the tail. */
  readonly tail: TailRing;
  /** Rows that were read from files. */
  readonly readBack: RowCache;
  /** Throws a retryable EngineError while the log is not running. */
  assertRunning(): void;
  /** A point where fault tests kill the process. */
  reach(faultPoint: string): void;
  /** Told how each commit ended. */
  committed(error: EngineError | undefined): void;
  /** Told when the files have grown. */
  grown(): void;
}

/** Positions that are done with, per partition; 0: none. */
interface GroupState {
  readonly durable: Float64Array;
  /** Including those on their way to disk. */
  readonly wanted: Float64Array;
}

const readPageBytes = 2 ** 20;
/** Larger frames are built in memory of their own. */
const scratchBytesAtMost = 2 ** 20;
/** A segment that nobody needs any more, but takes records still, is replaced when it holds this much. */
const replacedBytesAtLeast = 256 * 2 ** 10;

export class TopicLog {
  readonly name: string;
  readonly partitions: number;
  readonly #folder: string;
  readonly #context: LogContext;
  readonly #queue: CommitQueue;
  #chain: SegmentChain;
  /** Per partition the position of the next record. */
  #next: Float64Array;
  #lastRow = 0;
  #timeMs = 0;
  readonly #groups = new Map<string, GroupState>();
  readonly #joined = new Set<string>();
  readonly #listeners = new Set<(row: LogRow | undefined) => void>();
  /** Where frames are built: there is one commit at a time. */
  #scratch = Buffer.alloc(0);
  readonly #loading = new Map<number, Promise<LogRow | undefined>>();
  #firstTrimMs: number | undefined;

  constructor(name: string, partitions: number, folder: string, context: LogContext) {
    this.name = name;
    this.partitions = partitions;
    this.#folder = folder;
    this.#context = context;
    this.#queue = new CommitQueue(name, partitions, (gathered) => this.#commit(gathered));
    this.#chain = this.#newChain();
    this.#next = new Float64Array(partitions).fill(1);
  }

  /** Takes over what is on disk. */
  async open(): Promise<void> {
    this.#chain = this.#newChain();
    this.#groups.clear();
    await this.#chain.open((frame) => {
      const written = partitionsOf(frame);
      if (written !== this.partitions) throw new EngineError(`${this.#folder} was written with ${written} partitions, this Opsloop knows ${this.partitions}: start the version that wrote it again, or set OPSLOOP_DATA_DIR to another folder`, { retryable: false });
      for (let p = 0; p < this.partitions; p++) this.#next[p] = nextPosition(frame, p);
      this.#lastRow = rowOf(frame);
      this.#timeMs = timeOf(frame);
      for (const [group, vector] of decodePositions(frame)) this.#setPositions(group, vector);
    });
    for (const listener of this.#listeners) listener(undefined);
  }

  /** Finishes what was published. */
  async close(): Promise<void> {
    await this.#queue.drained();
    await this.#chain.close();
  }

  get bytes(): number {
    return this.#chain.bytes;
  }

  /** Number of the newest row; 0: none. */
  get lastRow(): number {
    return this.#lastRow;
  }

  /** Position that the next record of the partition will get. */
  nextPosition(partition: number): number {
    return this.#next[partition]!;
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    return this.#queue.publish(records, this.#context.clock.now());
  }

  /** Commits a row without records: tells whether the disk works. */
  async probe(): Promise<void> {
    await this.#queue.savePositions(new Map());
  }

  cached(row: number): LogRow | undefined {
    return this.#context.tail.get(this.name, row) ?? this.#context.readBack.get(this.name, row);
  }

  /** Reads a row and its neighbours back; when it was deleted, the oldest one after it; undefined behind the last. */
  load(row: number): Promise<LogRow | undefined> {
    let reading = this.#loading.get(row);
    if (!reading) {
      reading = this.#read(row).finally(() => this.#loading.delete(row));
      this.#loading.set(row, reading);
    }
    return reading;
  }

  /** The first row that holds this position or a later one of the partition; behind the last row when there is none. */
  async locate(partition: number, position: number): Promise<number> {
    const behind = this.#lastRow + 1;
    if (this.#next[partition]! <= position) return behind;
    return (await this.#search((head) => nextPosition(head, partition) > position)) ?? behind;
  }

  /** The first row that was committed at this time or later. */
  async locateTime(timeMs: number): Promise<number> {
    const behind = this.#lastRow + 1;
    return (await this.#search((head) => timeOf(head) >= timeMs)) ?? behind;
  }

  /** Makes the group known, durably; a new one starts at the oldest record. */
  async join(group: string): Promise<void> {
    this.#context.assertRunning();
    this.#joined.add(group);
    if (this.#groups.has(group)) return;
    const oldest = this.#chain.heads[0];
    const vector = Float64Array.from({ length: this.partitions }, (_, p) => (oldest ? doneBefore(oldest, p) : 0));
    await this.#queue.savePositions(new Map([[group, vector]]));
  }

  committed(group: string, partition: number): number {
    return this.#groups.get(group)?.durable[partition] ?? 0;
  }

  /** Durable when it resolves; a position below the committed one changes nothing. */
  async commit(group: string, partition: number, position: number): Promise<void> {
    const state = this.#groups.get(group);
    if (!state) throw new EngineError(`the group ${group} is not known on ${this.name}`, { retryable: false });
    if (!Number.isInteger(position) || position >= this.#next[partition]!) throw new EngineError(`${this.name} partition ${partition} has no position ${position} to commit`, { retryable: false });
    if (position <= state.durable[partition]!) return;
    this.#context.assertRunning();
    state.wanted[partition] = Math.max(state.wanted[partition]!, position);
    await this.#queue.savePositions(new Map([[group, state.wanted]]));
  }

  /** Calls back after each commit that brought records, and after a start (with undefined: look again). The row is good for the call alone. */
  listen(listener: (row: LogRow | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  lag(): TopicLag[] {
    return [...this.#groups].flatMap(([group, { durable }]) => Array.from({ length: this.partitions }, (_, partition) => ({ topic: this.name, group, partition, records: this.#next[partition]! - 1 - durable[partition]! })));
  }

  /** One turn of retention: removes segments that every group has passed and no reader may still ask for; when `full`, all that the groups have passed. */
  async trim(nowMs: number, full: boolean): Promise<void> {
    await this.#forgetGroups(nowMs);
    const { keepMs, needsGroup } = retentionOf(this.name);
    if (needsGroup && this.#groups.size === 0) return;
    // What only groups need goes by their positions alone: a clock that was set back would keep all that was written before.
    const keptFromMs = keepMs === 0 || (full && this.#groups.size > 0) ? Infinity : nowMs - keepMs;
    const passed = (p: number) => Math.min(Infinity, ...[...this.#groups.values()].map(({ durable }) => durable[p]!));
    const isPassed = (done: (p: number) => number) => this.#next.every((_, p) => done(p) <= passed(p));
    const isDone = (behind: Buffer) => timeOf(behind) <= keptFromMs && isPassed((p) => doneBefore(behind, p));
    if (this.#chain.bytes >= replacedBytesAtLeast && this.#timeMs <= keptFromMs && isPassed((p) => this.#next[p]! - 1)) {
      this.#chain.seal();
      await this.#queue.savePositions(new Map());
    }
    while (this.#chain.heads.length > 1 && isDone(this.#chain.heads[1]!)) await this.#chain.removeFirst();
  }

  #newChain(): SegmentChain {
    return new SegmentChain(this.#folder, this.partitions, this.#context.segmentBytes);
  }

  #setPositions(group: string, vector: Float64Array | null): void {
    const known = this.#groups.get(group);
    if (!vector) this.#groups.delete(group);
    else if (known) {
      known.durable.set(vector);
      vector.forEach((position, p) => (known.wanted[p] = Math.max(known.wanted[p]!, position)));
    } else this.#groups.set(group, { durable: vector.slice(), wanted: vector.slice() });
  }

  async #commit({ partitions, bytes, positions }: Gathered): Promise<void> {
    const { clock, tail, reach, committed, grown, assertRunning } = this.#context;
    assertRunning();
    // Taken now: what is wanted may grow while this is written.
    const vectors = new Map(Array.from(positions, ([group, vector]) => [group, vector && vector.slice()]));
    const { bytes: fileBytes } = this.#chain;
    let frame: Buffer;
    // Rows are searched by time: it must not go back with the clock. One without records is as old as those before it.
    const timeMs = bytes > 0 ? Math.max(this.#timeMs, clock.now()) : this.#timeMs;
    try {
      const beginsSegment = this.#chain.beginsSegment(bytes);
      const saved = encodePositions(beginsSegment ? new Map([...this.#durable(), ...vectors]) : vectors);
      frame = this.#takeScratch(frameBytes(this.partitions, bytes, saved));
      encodeFrame(frame, { row: this.#lastRow + 1, timeMs, next: this.#next, partitions, positions: saved });
      reach('bus.before-commit');
      await this.#chain.append(frame, beginsSegment);
      reach('bus.after-commit');
    } catch (error) {
      const failure = toLogError(error, this.#folder);
      committed(failure);
      throw failure;
    }
    for (let p = 0; p < this.partitions; p++) this.#next[p] = nextPosition(frame, p);
    this.#lastRow = rowOf(frame);
    this.#timeMs = timeMs;
    for (const [group, vector] of vectors) this.#setPositions(group, vector);
    committed(undefined);
    if (this.#chain.bytes > fileBytes) grown();
    tail.add(this.name, frame);
    if (bytes === 0) return;
    const row = createLogRow(this.name, frame);
    for (const listener of this.#listeners) listener(row);
  }

  #takeScratch(bytes: number): Buffer {
    if (bytes > scratchBytesAtMost) return Buffer.allocUnsafeSlow(bytes);
    if (bytes > this.#scratch.length) this.#scratch = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(bytes)));
    return this.#scratch.subarray(0, bytes);
  }

  *#durable(): Iterable<[string, Float64Array]> {
    for (const [group, { durable }] of this.#groups) yield [group, durable];
  }

  async #read(fromRow: number): Promise<LogRow | undefined> {
    try {
      const rows = (await this.#chain.read(fromRow, readPageBytes)).map((frame) => createLogRow(this.name, frame));
      for (const row of rows) this.#context.readBack.add(row);
      return rows[0];
    } catch (error) {
      throw toLogError(error, this.#folder);
    }
  }

  async #search(holds: (head: Buffer) => boolean): Promise<number | undefined> {
    try {
      return await this.#chain.firstWhere(holds);
    } catch (error) {
      throw toLogError(error, this.#folder);
    }
  }

  async #forgetGroups(nowMs: number): Promise<void> {
    this.#firstTrimMs ??= nowMs;
    if (nowMs - this.#firstTrimMs < groupForgottenAfterMs) return;
    const stale = [...this.#groups.keys()].filter((group) => !this.#joined.has(group));
    if (stale.length > 0) await this.#queue.savePositions(new Map(stale.map((group) => [group, null])));
  }
}

/** What lies before this row: the last position of the partition there. */
function doneBefore(head: Buffer, partition: number): number {
  return nextPosition(head, partition) - recordCount(head, partition) - 1;
}
