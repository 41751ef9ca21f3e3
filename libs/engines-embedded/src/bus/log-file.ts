/** The log's file: a table a topic, and the positions of groups. Lives in the worker thread; every call is all or nothing. */
import { join } from 'node:path';
import { inTransaction, numberOf, openDatabase, type Sqlite, type SqliteValue } from '../sqlite/open-database.js';
import type { GroupPositions, ReadReply, TopicHead } from './log-messages.js';
import { nextPosition } from './frame.js';
import { groupForgottenAfterMs } from './retention.js';
import { TopicTable } from './topic-table.js';

const pageBytes = 8_192;
const checkpointBytes = 32 * 2 ** 20;

export interface NewRow {
  readonly topic: string;
  readonly toc: Buffer;
  readonly bytes: Buffer;
}

export class LogFile {
  readonly #database: Sqlite;
  readonly #tables = new Map<string, TopicTable>();
  readonly #savePositions: { run(values: SqliteValue[]): unknown };
  readonly #joined = new Set<string>();
  #firstTrimMs: number | undefined;

  constructor(dataDir: string) {
    const database = openDatabase({ path: join(dataDir, 'bus.db'), schemaVersion: 1, pageBytes, checkpointBytes });
    this.#database = database;
    database.exec('CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY) WITHOUT ROWID');
    database.exec('CREATE TABLE IF NOT EXISTS groups (topic TEXT, name TEXT, positions BLOB, PRIMARY KEY (topic, name)) WITHOUT ROWID');
    this.#savePositions = database.prepare<unknown[]>('INSERT INTO groups VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET positions = excluded.positions');
    for (const [name] of database.prepare('SELECT name FROM topics').raw().all([]) as [string][]) this.#tables.set(name, new TopicTable(database, name));
  }

  heads(): TopicHead[] {
    return [...this.#tables.values()].map(({ topic, lastRow, next }) => ({ topic, lastRow, next }));
  }

  groups(): GroupPositions[] {
    return [...this.#tables.values()].flatMap(({ topic, groups }) => [...groups].map(([group, positions]) => ({ topic, group, positions })));
  }

  /** When the newest row was committed; 0: there is none. */
  lastTimeMs(): number {
    return Math.max(0, ...[...this.#tables.values()].map(({ openedTimeMs }) => openedTimeMs));
  }

  /** Assigns positions and row numbers; answers with the numbers. */
  append(rows: readonly NewRow[], timeMs: number, positions: readonly GroupPositions[]): number[] {
    for (const { topic } of [...rows, ...positions]) this.#table(topic);
    inTransaction(this.#database, () => {
      for (const { topic, toc, bytes } of rows) this.#table(topic).insert(toc, bytes, timeMs);
      for (const { topic, group, positions: vector } of positions) this.#savePositions.run([topic, group, bytesOf(vector)]);
    });
    // Only what is on disk counts: a failed commit leaves numbers and positions to the next one.
    for (const { topic, group, positions: vector } of positions) this.#table(topic).groups.set(group, vector);
    return rows.map(({ topic, toc }) => this.#table(topic).accept(toc));
  }

  /** Makes the group known; a new one starts at the oldest record. */
  join(topic: string, group: string): Float64Array {
    const table = this.#table(topic);
    this.#joined.add(`${topic} ${group}`);
    const known = table.groups.get(group);
    if (known) return known;
    const oldest = table.oldestPositions();
    this.#savePositions.run([topic, group, bytesOf(oldest)]);
    table.groups.set(group, oldest);
    return oldest;
  }

  /** The first row that holds this position or a later one of the partition; behind the last row when there is none. */
  locate(topic: string, partition: number, position: number): number {
    return this.#table(topic).firstWhere((toc) => nextPosition(toc, partition) > position);
  }

  /** The first row that was committed at this time or later. */
  locateTime(topic: string, timeMs: number): number {
    return this.#table(topic).firstWhere((_toc, rowTimeMs) => rowTimeMs >= timeMs);
  }

  read(topic: string, fromRow: number, maxBytes: number): ReadReply {
    return this.#table(topic).read(fromRow, maxBytes);
  }

  /** One turn of retention over all topics. */
  trim(nowMs: number, full: boolean): { more: boolean; forgotten: { topic: string; group: string }[] } {
    const forgotten = this.#forget(nowMs);
    const more = [...this.#tables.values()].map((table) => table.trim(nowMs, full)).includes(true);
    return { more, forgotten };
  }

  usedBytes(): number {
    return (numberOf(this.#database, 'PRAGMA page_count') - numberOf(this.#database, 'PRAGMA freelist_count')) * pageBytes;
  }

  close(): void {
    this.#database.close();
  }

  #table(topic: string): TopicTable {
    let table = this.#tables.get(topic);
    if (!table) {
      inTransaction(this.#database, () => {
        TopicTable.create(this.#database, topic);
        this.#database.prepare('INSERT INTO topics VALUES (?)').run([topic]);
      });
      this.#tables.set(topic, (table = new TopicTable(this.#database, topic)));
    }
    return table;
  }

  #forget(nowMs: number): { topic: string; group: string }[] {
    this.#firstTrimMs ??= nowMs;
    if (nowMs - this.#firstTrimMs < groupForgottenAfterMs) return [];
    const stale = this.groups().filter(({ topic, group }) => !this.#joined.has(`${topic} ${group}`));
    for (const { topic, group } of stale) {
      this.#database.prepare('DELETE FROM groups WHERE topic = ? AND name = ?').run([topic, group]);
      this.#table(topic).groups.delete(group);
    }
    return stale.map(({ topic, group }) => ({ topic, group }));
  }
}

function bytesOf(vector: Float64Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}
