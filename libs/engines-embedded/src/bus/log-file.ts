/** The log's tables. Lives in the worker thread; every method is synchronous, and all or nothing. */
import { join } from 'node:path';
import { partitionsOf } from '@opsloop/contracts';
import { inTransaction, numberOf, openDatabase, type Sqlite, type SqliteValue } from '../sqlite/open-database.js';
import { nextPosition, recordCount, setNextPosition } from './frame.js';
import type { GroupPositions, ReadReply, TopicHead } from './log-messages.js';
import { groupForgottenAfterMs, retentionOf } from './retention.js';

const pageBytes = 8_192;
const checkpointBytes = 32 * 2 ** 20;
/** One turn of deleting: short, because commits wait for it. */
const trimmedRowsAtMost = 512;
const trimmedBytesAtMost = 32 * 2 ** 20;

export interface NewRow {
  readonly topic: string;
  readonly toc: Buffer;
  readonly bytes: Buffer;
}

interface Statement {
  run(values: SqliteValue[]): unknown;
  all(values: SqliteValue[]): unknown[];
  get(values: SqliteValue[]): unknown;
}

interface TopicTable {
  readonly topic: string;
  readonly partitions: number;
  readonly next: Float64Array;
  readonly groups: Map<string, Float64Array>;
  firstRow: number;
  lastRow: number;
  readonly insert: Statement;
  readonly read: Statement;
  readonly probe: Statement;
  readonly scan: Statement;
  readonly remove: Statement;
}

export interface LogFile {
  heads(): TopicHead[];
  groups(): GroupPositions[];
  /** Assigns positions and row numbers; answers with the numbers. */
  append(rows: readonly NewRow[], timeMs: number, positions: readonly GroupPositions[]): number[];
  /** Makes the group known; a new one starts at the oldest record. */
  join(topic: string, group: string): Float64Array;
  /** The first row that holds this position or a later one of the partition; behind the last row when there is none. */
  locate(topic: string, partition: number, position: number): number;
  /** The first row that was committed at this time or later. */
  locateTime(topic: string, timeMs: number): number;
  read(topic: string, fromRow: number, maxBytes: number): ReadReply;
  /** Deletes what every group has passed and no reader may still ask for; when `full`, all that the groups have passed. */
  trim(nowMs: number, full: boolean): { more: boolean; forgotten: { topic: string; group: string }[] };
  usedBytes(): number;
  close(): void;
}

export function openLogFile(dataDir: string): LogFile {
  const database = openDatabase({ path: join(dataDir, 'bus.db'), schemaVersion: 1, pageBytes, checkpointBytes });
  database.exec('CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY) WITHOUT ROWID');
  database.exec('CREATE TABLE IF NOT EXISTS groups (topic TEXT, name TEXT, positions BLOB, PRIMARY KEY (topic, name)) WITHOUT ROWID');
  const savePositions = database.prepare('INSERT INTO groups VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET positions = excluded.positions');
  const tables = new Map<string, TopicTable>();
  for (const [name] of database.prepare('SELECT name FROM topics').raw().all([]) as [string][]) tables.set(name, openTopic(database, name));
  const joined = new Set<string>();
  let firstTrimMs: number | undefined;

  function table(topic: string): TopicTable {
    let one = tables.get(topic);
    if (!one) {
      inTransaction(database, () => {
        database.exec(`CREATE TABLE "log ${topic}" (id INTEGER PRIMARY KEY, time_ms INTEGER, toc BLOB, bytes BLOB)`);
        database.prepare('INSERT INTO topics VALUES (?)').run([topic]);
      });
      tables.set(topic, (one = openTopic(database, topic)));
    }
    return one;
  }

  function groups(): GroupPositions[] {
    return [...tables.values()].flatMap(({ topic, groups }) => [...groups].map(([group, positions]) => ({ topic, group, positions })));
  }

  function forget(nowMs: number): { topic: string; group: string }[] {
    firstTrimMs ??= nowMs;
    if (nowMs - firstTrimMs < groupForgottenAfterMs) return [];
    const stale = groups().filter(({ topic, group }) => !joined.has(`${topic} ${group}`));
    for (const { topic, group } of stale) {
      database.prepare('DELETE FROM groups WHERE topic = ? AND name = ?').run([topic, group]);
      table(topic).groups.delete(group);
    }
    return stale.map(({ topic, group }) => ({ topic, group }));
  }

  return {
    heads: () => [...tables.values()].map(({ topic, lastRow, next }) => ({ topic, lastRow, next })),
    groups,
    append(rows, timeMs, positions) {
      for (const { topic } of [...rows, ...positions]) table(topic);
      inTransaction(database, () => {
        for (const { topic, toc, bytes } of rows) {
          const one = table(topic);
          for (let p = 0; p < one.partitions; p++) setNextPosition(toc, p, one.next[p]! + recordCount(toc, p));
          one.insert.run([one.lastRow + 1, timeMs, toc, bytes]);
        }
        for (const { topic, group, positions: vector } of positions) savePositions.run([topic, group, bytesOf(vector)]);
      });
      // Only what is on disk counts: a failed commit leaves numbers and positions to the next one.
      for (const { topic, group, positions: vector } of positions) table(topic).groups.set(group, vector);
      return rows.map(({ topic, toc }) => {
        const one = table(topic);
        for (let p = 0; p < one.partitions; p++) one.next[p] = nextPosition(toc, p);
        return ++one.lastRow;
      });
    },
    join(topic, group) {
      const one = table(topic);
      joined.add(`${topic} ${group}`);
      const known = one.groups.get(group);
      if (known) return known;
      const oldest = oldestPositions(one);
      savePositions.run([topic, group, bytesOf(oldest)]);
      one.groups.set(group, oldest);
      return oldest;
    },
    locate: (topic, partition, position) => firstWhere(table(topic), (toc) => nextPosition(toc, partition) > position),
    locateTime: (topic, timeMs) => firstWhere(table(topic), (_toc, rowTimeMs) => rowTimeMs >= timeMs),
    read(topic, fromRow, maxBytes) {
      const rows: { id: number; toc: Uint8Array; bytes: Uint8Array }[] = [];
      let size = 0;
      const one = table(topic);
      for (let id = Math.max(fromRow, one.firstRow); id <= one.lastRow && size < maxBytes; id++) {
        const [toc, bytes] = one.read.get([id]) as [Uint8Array, Uint8Array];
        rows.push({ id, toc, bytes });
        size += bytes.byteLength;
      }
      return { rows };
    },
    trim(nowMs, full) {
      const forgotten = forget(nowMs);
      const more = [...tables.values()].map((one) => trimTopic(database, one, nowMs, full)).includes(true);
      return { more, forgotten };
    },
    usedBytes: () => (numberOf(database, 'PRAGMA page_count') - numberOf(database, 'PRAGMA freelist_count')) * pageBytes,
    close: () => void database.close(),
  };
}

function openTopic(database: Sqlite, topic: string): TopicTable {
  const partitions = partitionsOf(topic);
  const name = `"log ${topic}"`;
  const prepare = (sql: string) => database.prepare(sql);
  const next = new Float64Array(partitions).fill(1);
  const last = prepare(`SELECT id, toc FROM ${name} ORDER BY id DESC LIMIT 1`).raw().get([]) as [number, Uint8Array] | undefined;
  const first = prepare(`SELECT id FROM ${name} ORDER BY id LIMIT 1`).raw().get([]) as [number] | undefined;
  if (last) for (let p = 0; p < partitions; p++) next[p] = nextPosition(bufferOf(last[1]), p);
  const groups = new Map<string, Float64Array>();
  for (const [group, positions] of prepare('SELECT name, positions FROM groups WHERE topic = ?').raw().all([topic]) as [string, Uint8Array][]) {
    groups.set(group, new Float64Array(Uint8Array.from(positions).buffer));
  }
  return {
    topic, partitions, next, groups,
    firstRow: first?.[0] ?? 1,
    lastRow: last?.[0] ?? 0,
    insert: prepare(`INSERT INTO ${name} VALUES (?, ?, ?, ?)`),
    read: prepare(`SELECT toc, bytes FROM ${name} WHERE id = ?`).raw(),
    probe: prepare(`SELECT toc, time_ms FROM ${name} WHERE id = ?`).raw(),
    scan: prepare(`SELECT id, time_ms, toc, length(bytes) FROM ${name} WHERE id < ? ORDER BY id LIMIT ${trimmedRowsAtMost}`).raw(),
    remove: prepare(`DELETE FROM ${name} WHERE id <= ?`),
  };
}

/** Binary search: what is asked of a row, once true, is true of all later ones. */
function firstWhere(one: TopicTable, holds: (toc: Buffer, timeMs: number) => boolean): number {
  let low = one.firstRow;
  let high = one.lastRow + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [toc, timeMs] = one.probe.get([middle]) as [Uint8Array, number];
    if (holds(bufferOf(toc), timeMs)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** What a new group has done with: everything before the first row that is kept. */
function oldestPositions(one: TopicTable): Float64Array {
  const first = one.probe.get([one.firstRow]) as [Uint8Array, number] | undefined;
  if (!first) return new Float64Array(one.partitions);
  const toc = bufferOf(first[0]);
  return Float64Array.from({ length: one.partitions }, (_, p) => nextPosition(toc, p) - recordCount(toc, p) - 1);
}

/** Never deletes the last row: it carries the numbers on. Answers whether there is more to delete. */
function trimTopic(database: Sqlite, one: TopicTable, nowMs: number, full: boolean): boolean {
  const { keepMs, needsGroup } = retentionOf(one.topic);
  if (needsGroup && one.groups.size === 0) return false;
  const passed = Float64Array.from({ length: one.partitions }, (_, p) => Math.min(Infinity, ...[...one.groups.values()].map((positions) => positions[p]!)));
  const rows = one.scan.all([one.lastRow]) as [number, number, Uint8Array, number][];
  let upTo = 0;
  let count = 0;
  let size = 0;
  for (const [id, timeMs, toc, bytes] of rows) {
    const young = timeMs > nowMs - keepMs && !(full && one.groups.size > 0);
    if (young || size > trimmedBytesAtMost || !everyPassed(bufferOf(toc), passed)) break;
    upTo = id;
    count++;
    size += bytes;
  }
  if (upTo === 0) return false;
  inTransaction(database, () => one.remove.run([upTo]));
  one.firstRow = upTo + 1;
  return count === trimmedRowsAtMost || size > trimmedBytesAtMost;
}

function everyPassed(toc: Buffer, passed: Float64Array): boolean {
  for (let p = 0; p < passed.length; p++) if (nextPosition(toc, p) - 1 > passed[p]!) return false;
  return true;
}

function bufferOf(bytes: Uint8Array | ArrayBuffer): Buffer {
  return bytes instanceof Uint8Array ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.from(bytes);
}

function bytesOf(vector: Float64Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

