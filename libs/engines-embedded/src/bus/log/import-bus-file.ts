/** Takes over the log of builds that kept it in one SQLite file, `bus.db`: a table for each topic, with the tables of contents and records that frames have. */
import { existsSync } from 'node:fs';
import { rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { partitionsOf } from '@opsloop/contracts';
import { EngineError, type Clock } from '@opsloop/ports';
import type { Sqlite } from '../../sqlite/open-database.js';
import { encodePositions, frameBytes, headBytes, rowOf, sealFrame, timeOf } from './frame.js';
import { isTopic } from './is-topic.js';
import { SegmentChain } from './segment-chain.js';
import { syncFolder } from './segment-file.js';

type Blob = Uint8Array | ArrayBuffer;

interface ImportOptions {
  readonly dataDir: string;
  /** Of the log: a folder a topic. */
  readonly folder: string;
  readonly segmentBytes: number;
  readonly clock: Clock;
  /** Told in a line each what was done. */
  tell(message: string): void;
}

/** It may be as large as the log: whoever has not gone back by then will not. */
const keptMs = 7 * 86_400_000;

/**
 * A topic is there whole or not at all; when all of them are, the file gets another name and is kept for a week.
 * Throws a non-retryable EngineError for one that an older build went on writing to: the log has gone another way since.
 */
export async function importBusFile({ dataDir, folder, segmentBytes, clock, tell }: ImportOptions): Promise<void> {
  const path = join(dataDir, 'bus.db');
  const kept = `${path}.imported`;
  await removeLater(kept, clock, tell);
  if (!existsSync(path)) return;
  const { openDatabase } = await import('../../sqlite/open-database.js');
  const database = openDatabase({ path, schemaVersion: 1, pageBytes: 8_192, checkpointBytes: 32 * 2 ** 20 });
  let written: string[];
  try {
    written = topicsOf(database).filter((topic) => lastRow(database, topic));
    const declared = written.filter(isTopic);
    for (const topic of declared) if (existsSync(join(folder, topic))) await assertTaken(database, topic, join(folder, topic), segmentBytes, path);
    for (const topic of declared) if (!existsSync(join(folder, topic))) await importWhole(database, topic, folder, segmentBytes);
  } finally {
    release(database);
  }
  if (written.length > 0) {
    await utimes(path, clock.now() / 1_000, clock.now() / 1_000);
    // An earlier one goes: what it held was taken over, too.
    await rename(path, kept);
    tell(`the log of an older Opsloop was taken over: ${kept} is not needed any more, and is removed by a start in a week or later`);
    for (const topic of written) if (!isTopic(topic)) tell(`this version knows no topic ${topic}: its records were not taken over, they are in ${kept} alone`);
  }
  for (const suffix of ['', '-wal', '-shm']) await rm(path + suffix, { force: true });
  await syncFolder(dataDir);
}

/** Closes it as one file that anybody may open: libsql would keep lock and log until it collects the statements. */
function release(database: Sqlite): void {
  try {
    database.prepare('PRAGMA journal_mode=DELETE').all();
    database.exec('PRAGMA locking_mode=NORMAL');
    // The next read obeys.
    topicsOf(database);
  } finally {
    database.close();
  }
}

async function removeLater(kept: string, clock: Clock, tell: (message: string) => void): Promise<void> {
  const found = await stat(kept).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? undefined : Promise.reject(error)));
  if (!found || clock.now() - found.mtimeMs < keptMs) return;
  await rm(kept);
  tell(`${kept}, whose records were taken over, was removed`);
}

/** By their tables: a build that ended early has left a file without any. */
function topicsOf(database: Sqlite): string[] {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'log %'").raw().all([]) as [string][];
  return tables.map(([name]) => name.slice('log '.length));
}

interface OldRow {
  readonly row: number;
  readonly timeMs: number;
  /** Table of contents and records, as frames have them. */
  readonly body: Buffer;
}

/** undefined: the topic has none. */
function lastRow(database: Sqlite, topic: string): OldRow | undefined {
  const [last] = database.prepare(`SELECT id, time_ms, toc, bytes FROM "log ${topic}" ORDER BY id DESC LIMIT 1`).raw().all([]) as [number, number, Blob, Blob][];
  return last && { row: last[0], timeMs: last[1], body: Buffer.concat([bufferOf(last[2]), bufferOf(last[3])]) };
}

/** A crash leaves topics that were taken over beside the file: their last rows are in both. */
async function assertTaken(database: Sqlite, topic: string, folder: string, segmentBytes: number, path: string): Promise<void> {
  const { row, timeMs, body } = lastRow(database, topic)!;
  const chain = new SegmentChain(folder, partitionsOf(topic), segmentBytes);
  await chain.open(() => undefined);
  const [frame] = await chain.read(row, 1);
  await chain.close();
  if (frame && rowOf(frame) === row && timeOf(frame) === timeMs && frame.subarray(headBytes(0), headBytes(0) + body.length).equals(body)) return;
  throw new EngineError(`${path} holds records of ${topic} up to ${new Date(timeMs).toISOString()} that are not in ${folder}: an older Opsloop took them after the log had been taken over. Start that version again until its services have worked them off, then move ${path} to another folder and start this one`, { retryable: false });
}

async function importWhole(database: Sqlite, topic: string, folder: string, segmentBytes: number): Promise<void> {
  const half = join(folder, 'importing');
  await rm(half, { recursive: true, force: true });
  await importTopic(database, topic, half, segmentBytes);
  await rename(half, join(folder, topic));
  await syncFolder(folder);
}

async function importTopic(database: Sqlite, topic: string, folder: string, segmentBytes: number): Promise<void> {
  const partitions = partitionsOf(topic);
  const table = `"log ${topic}"`;
  const groups = database.prepare('SELECT name, positions FROM groups WHERE topic = ?').raw().all([topic]) as [string, Blob][];
  const positions = encodePositions(new Map(groups.map(([name, blob]) => [name, new Float64Array(Uint8Array.from(bufferOf(blob)).buffer)])));
  const [first, last] = database.prepare(`SELECT min(id), max(id) FROM ${table}`).raw().all([])[0] as [number, number];
  const read = database.prepare(`SELECT time_ms, toc, bytes FROM ${table} WHERE id = ?`).raw();
  const chain = new SegmentChain(folder, partitions, segmentBytes);
  for (let row = first; row <= last; row++) {
    const [timeMs, toc, records] = read.all([row])[0] as [number, Blob, Blob];
    const beginsSegment = chain.beginsSegment(records.byteLength);
    const saved = beginsSegment ? positions : new Uint8Array(0);
    const frame = Buffer.from(new ArrayBuffer(frameBytes(partitions, records.byteLength, saved)));
    frame.set(bufferOf(toc), headBytes(0));
    frame.set(bufferOf(records), headBytes(partitions));
    frame.set(saved, headBytes(partitions) + records.byteLength);
    sealFrame(frame, { row, timeMs, partitions, positionsBytes: saved.length });
    await chain.append(frame, beginsSegment);
  }
  await chain.close();
}

/** libsql hands out blobs as Buffer or ArrayBuffer. */
function bufferOf(blob: Blob): Buffer {
  return blob instanceof Uint8Array ? Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength) : Buffer.from(blob);
}
