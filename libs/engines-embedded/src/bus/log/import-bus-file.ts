/** Takes over the log of builds that kept it in one SQLite file, `bus.db`: a table for each topic, with the tables of contents and records that frames have. */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { partitionsOf } from '@opsloop/contracts';
import type { Sqlite } from '../../sqlite/open-database.js';
import { encodePositions, frameBytes, headBytes, sealFrame } from './frame.js';
import { SegmentChain } from './segment-chain.js';
import { syncFolder } from './segment-file.js';

type Blob = Uint8Array | ArrayBuffer;

/** A topic is there whole or not at all; the file goes when all of them are. */
export async function importBusFile(dataDir: string, folder: string, segmentBytes: number): Promise<void> {
  const path = join(dataDir, 'bus.db');
  if (!existsSync(path)) return;
  const { openDatabase } = await import('../../sqlite/open-database.js');
  const database = openDatabase({ path, schemaVersion: 1, pageBytes: 8_192, checkpointBytes: 32 * 2 ** 20 });
  try {
    for (const [topic] of database.prepare('SELECT name FROM topics').raw().all([]) as [string][]) {
      if (existsSync(join(folder, topic))) continue;
      const half = join(folder, 'importing');
      await rm(half, { recursive: true, force: true });
      await importTopic(database, topic, half, segmentBytes);
      if (existsSync(half)) await rename(half, join(folder, topic));
      await syncFolder(folder);
    }
  } finally {
    database.close();
  }
  for (const suffix of ['', '-wal', '-shm']) await rm(path + suffix, { force: true });
}

async function importTopic(database: Sqlite, topic: string, folder: string, segmentBytes: number): Promise<void> {
  const partitions = partitionsOf(topic);
  const table = `"log ${topic}"`;
  const groups = database.prepare('SELECT name, positions FROM groups WHERE topic = ?').raw().all([topic]) as [string, Blob][];
  const positions = encodePositions(new Map(groups.map(([name, blob]) => [name, new Float64Array(Uint8Array.from(bufferOf(blob)).buffer)])));
  const [first, last] = database.prepare(`SELECT min(id), max(id) FROM ${table}`).raw().get([]) as [number | null, number | null];
  const read = database.prepare(`SELECT time_ms, toc, bytes FROM ${table} WHERE id = ?`).raw();
  const chain = new SegmentChain(folder, partitions, segmentBytes);
  for (let row = first ?? 1; row <= (last ?? 0); row++) {
    const [timeMs, toc, records] = read.get([row]) as [number, Blob, Blob];
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
