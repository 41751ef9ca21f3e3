/** The embedded bus and documents alone: CPU of the whole process (main, worker and helper threads) for each record and write. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { topics } from '@opsloop/contracts';
import { createEmbeddedBus, createEmbeddedDocuments, type EmbeddedBus } from '@opsloop/engines-embedded';
import { createSkewedClock, createTempDir, eventually } from '@opsloop/testing';

export interface BusResult {
  /** Publishers, each with one record under way. */
  readonly publishers: number;
  readonly records: number;
  /** CPU for one record of 2.5 KB: published, synced, and handed to two groups. */
  readonly microsecondsPerRecord: number;
  readonly recordsPerSecond: number;
}

export interface DocumentsResult {
  /** Inserts of 700 bytes with three indexed fields, 200 under way. */
  readonly insertsPerCpuSecond: number;
  /** Compare-and-sets, 200 under way. */
  readonly replacesPerCpuSecond: number;
  /** One after the other: each waits for its own sync. */
  readonly loneReplaceMs: number;
}

const valueBytes = 2_500;
const keys = Array.from({ length: 300 }, (_, host) => `default/host-${host}`);

/** `metrics.window` has two groups in the product, too: one commits after each batch, one now and then. */
export async function measureBus(publishers: number, records = 100_000): Promise<BusResult> {
  const dir = createTempDir();
  const bus = createEmbeddedBus({ dataDir: dir.path, clock: createSkewedClock(), maxBytes: 2 ** 33 });
  await bus.start();
  const groups = [await countingGroup(bus, 'every-batch', 0), await countingGroup(bus, 'now-and-then', 3_000)];
  const warmUp = Math.ceil(records / 10);
  await publishAll(bus, publishers, warmUp);
  await eventually('the warm-up to arrive', () => groups.every(({ count }) => count() === warmUp), 30_000);
  const before = process.cpuUsage();
  const startMs = performance.now();
  await publishAll(bus, publishers, records);
  await eventually('all records to arrive', () => groups.every(({ count }) => count() === warmUp + records), 30_000);
  const wallMs = performance.now() - startMs;
  const cpuUs = cpuSince(before);
  await bus.stop(10_000);
  dir.remove();
  return { publishers, records, microsecondsPerRecord: cpuUs / records, recordsPerSecond: Math.round((1000 * records) / wallMs) };
}

async function countingGroup(bus: EmbeddedBus, name: string, commitEveryMs: number): Promise<{ count(): number }> {
  let count = 0;
  let committedMs = performance.now();
  const subscription = await bus.subscribe(topics.window.name, name, {
    async onBatch(partition, batch) {
      count += batch.length;
      if (performance.now() - committedMs < commitEveryMs) return;
      committedMs = performance.now();
      await subscription.commit(partition, batch.at(-1)!.position);
    },
  });
  return { count: () => count };
}

async function publishAll(bus: EmbeddedBus, publishers: number, records: number): Promise<void> {
  const value = new Uint8Array(valueBytes).fill(7);
  let next = 0;
  await Promise.all(Array.from({ length: publishers }, async () => {
    while (next < records) await bus.publish(topics.window.name, [{ key: keys[next++ % keys.length]!, value }]);
  }));
}

export async function measureDocuments(count = 20_000): Promise<DocumentsResult> {
  const dir = createTempDir();
  const dataDir = join(dir.path, 'data');
  mkdirSync(dataDir);
  const documents = createEmbeddedDocuments({ dataDir, clock: createSkewedClock() });
  await documents.start();
  const collection = documents.collection<{ id: string; tenant: string; state: string; atMs: number; text: string }>({ name: 'bench', indexes: [['tenant', 'state'], ['state', 'atMs']] });
  const doc = (i: number, state: string) => ({ id: `default/${i}`, tenant: 'default', state, atMs: i, text: 'x'.repeat(600) });
  const insertUs = await timed(count, 200, (i) => collection.insert(doc(i, 'new')));
  const replaceUs = await timed(count, 200, (i) => collection.replace(doc(i, 'done'), 1));
  const startMs = performance.now();
  await timed(200, 1, (i) => collection.replace(doc(i, 'again'), 2));
  const loneReplaceMs = (performance.now() - startMs) / 200;
  await documents.stop(10_000);
  dir.remove();
  return { insertsPerCpuSecond: Math.round(1e6 / insertUs), replacesPerCpuSecond: Math.round(1e6 / replaceUs), loneReplaceMs };
}

/** CPU of one call, microseconds. */
async function timed(count: number, atOnce: number, call: (i: number) => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  let next = 0;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (next < count) await call(next++);
  }));
  return cpuSince(before) / count;
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
