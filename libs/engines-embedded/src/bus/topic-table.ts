/** The rows of one topic. Lives in the worker thread. */
import { partitionsOf } from '@opsloop/contracts/topics';
import { inTransaction, type Sqlite, type SqliteValue } from '../sqlite/open-database.js';
import { nextPosition, recordCount, setNextPosition } from './frame.js';
import type { ReadReply } from './log-messages.js';
import { retentionOf } from './retention.js';

interface Statement {
  run(values: SqliteValue[]): unknown;
  all(values: SqliteValue[]): unknown[];
  get(values: SqliteValue[]): unknown;
}

/** One turn of deleting: short, because commits wait for it. */
const trimmedRowsAtMost = 512;
const trimmedBytesAtMost = 32 * 2 ** 20;

export class TopicTable {
  readonly topic: string;
  readonly partitions: number;
  /** Per partition the position of the next record. */
  readonly next: Float64Array;
  /** Per group the positions that it is done with. */
  readonly groups = new Map<string, Float64Array>();
  firstRow: number;
  lastRow: number;
  /** When the last row was committed. */
  readonly openedTimeMs: number;
  readonly #database: Sqlite;
  readonly #insert: Statement;
  readonly #read: Statement;
  readonly #probe: Statement;
  readonly #scan: Statement;
  readonly #remove: Statement;

  constructor(database: Sqlite, topic: string) {
    const name = tableName(topic);
    const prepare = (sql: string) => database.prepare(sql);
    this.topic = topic;
    this.partitions = partitionsOf(topic);
    this.#database = database;
    this.#insert = prepare(`INSERT INTO ${name} VALUES (?, ?, ?, ?)`);
    this.#read = prepare(`SELECT toc, bytes FROM ${name} WHERE id = ?`).raw();
    this.#probe = prepare(`SELECT toc, time_ms FROM ${name} WHERE id = ?`).raw();
    this.#scan = prepare(`SELECT id, time_ms, toc, length(bytes) FROM ${name} WHERE id < ? ORDER BY id LIMIT ${trimmedRowsAtMost}`).raw();
    this.#remove = prepare(`DELETE FROM ${name} WHERE id <= ?`);
    const first = prepare(`SELECT id FROM ${name} ORDER BY id LIMIT 1`).raw().get([]) as [number] | undefined;
    const last = prepare(`SELECT id, time_ms, toc FROM ${name} ORDER BY id DESC LIMIT 1`).raw().get([]) as [number, number, Uint8Array] | undefined;
    this.firstRow = first?.[0] ?? 1;
    this.lastRow = last?.[0] ?? 0;
    this.openedTimeMs = last?.[1] ?? 0;
    const toc = last && bufferOf(last[2]);
    this.next = Float64Array.from({ length: this.partitions }, (_, p) => (toc ? nextPosition(toc, p) : 1));
    for (const [group, positions] of prepare('SELECT name, positions FROM groups WHERE topic = ?').raw().all([topic]) as [string, Uint8Array][]) {
      this.groups.set(group, new Float64Array(Uint8Array.from(positions).buffer));
    }
  }

  static create(database: Sqlite, topic: string): void {
    database.exec(`CREATE TABLE ${tableName(topic)} (id INTEGER PRIMARY KEY, time_ms INTEGER, toc BLOB, bytes BLOB)`);
  }

  /** Gives the records their positions and writes them; they count only when `accept` follows the commit. */
  insert(toc: Buffer, bytes: Buffer, timeMs: number): void {
    for (let p = 0; p < this.partitions; p++) setNextPosition(toc, p, this.next[p]! + recordCount(toc, p));
    this.#insert.run([this.lastRow + 1, timeMs, toc, bytes]);
  }

  /** The row is on disk; answers with its number. */
  accept(toc: Buffer): number {
    for (let p = 0; p < this.partitions; p++) this.next[p] = nextPosition(toc, p);
    return ++this.lastRow;
  }

  read(fromRow: number, maxBytes: number): ReadReply {
    const rows: { id: number; toc: Uint8Array; bytes: Uint8Array }[] = [];
    let size = 0;
    for (let id = Math.max(fromRow, this.firstRow); id <= this.lastRow && size < maxBytes; id++) {
      const [toc, bytes] = this.#read.get([id]) as [Uint8Array, Uint8Array];
      rows.push({ id, toc, bytes });
      size += bytes.byteLength;
    }
    return { rows };
  }

  /** Binary search: what is asked of a row, once true, is true of all later ones. Behind the last row when it never is. */
  firstWhere(holds: (toc: Buffer, timeMs: number) => boolean): number {
    let low = this.firstRow;
    let high = this.lastRow + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [toc, timeMs] = this.#probe.get([middle]) as [Uint8Array, number];
      if (holds(bufferOf(toc), timeMs)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** What a new group has done with: everything before the first row that is kept. */
  oldestPositions(): Float64Array {
    const first = this.#probe.get([this.firstRow]) as [Uint8Array, number] | undefined;
    if (!first) return new Float64Array(this.partitions);
    const toc = bufferOf(first[0]);
    return Float64Array.from({ length: this.partitions }, (_, p) => nextPosition(toc, p) - recordCount(toc, p) - 1);
  }

  /**
   * Deletes what every group has passed and no reader may still ask for; when `full`, all that the groups have passed.
   * Never deletes the last row: it carries the numbers on. Answers whether there is more to delete.
   */
  trim(nowMs: number, full: boolean): boolean {
    const { keepMs, needsGroup } = retentionOf(this.topic);
    if (needsGroup && this.groups.size === 0) return false;
    const passed = Float64Array.from({ length: this.partitions }, (_, p) => Math.min(Infinity, ...[...this.groups.values()].map((positions) => positions[p]!)));
    const rows = this.#scan.all([this.lastRow]) as [number, number, Uint8Array, number][];
    let upTo = 0;
    let count = 0;
    let size = 0;
    for (const [id, timeMs, toc, bytes] of rows) {
      const young = timeMs > nowMs - keepMs && !(full && this.groups.size > 0);
      if (young || size > trimmedBytesAtMost || !everyPassed(bufferOf(toc), passed)) break;
      upTo = id;
      count++;
      size += bytes;
    }
    if (upTo === 0) return false;
    inTransaction(this.#database, () => this.#remove.run([upTo]));
    this.firstRow = upTo + 1;
    return count === trimmedRowsAtMost || size > trimmedBytesAtMost;
  }
}

function everyPassed(toc: Buffer, passed: Float64Array): boolean {
  for (let p = 0; p < passed.length; p++) if (nextPosition(toc, p) - 1 > passed[p]!) return false;
  return true;
}

function tableName(topic: string): string {
  return `"log ${topic}"`;
}

function bufferOf(bytes: Uint8Array | ArrayBuffer): Buffer {
  return bytes instanceof Uint8Array ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.from(bytes);
}
