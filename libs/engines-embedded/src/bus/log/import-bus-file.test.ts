import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedBus, type EmbeddedBus } from '@opsloop/engines-embedded';
import { collectRecords, createSkewedClock, createTempDir, eventually, suiteTopic } from '@opsloop/testing';
import Database from 'libsql';

const partitions = 8;
const dir = createTempDir();
afterAll(() => dir.remove());
let count = 0;

/** A data folder as builds with `bus.db` left it: rows of one record each, all in partition 0, the first one deleted by retention. */
function oldFolder(rows: number, groups: Readonly<Record<string, number>>): string {
  const dataDir = join(dir.path, String(count++));
  mkdirSync(dataDir);
  const database = new Database(join(dataDir, 'bus.db'));
  database.exec('PRAGMA user_version=1');
  database.exec('CREATE TABLE topics (name TEXT PRIMARY KEY) WITHOUT ROWID');
  database.exec('CREATE TABLE groups (topic TEXT, name TEXT, positions BLOB, PRIMARY KEY (topic, name)) WITHOUT ROWID');
  database.exec(`CREATE TABLE "log ${suiteTopic}" (id INTEGER PRIMARY KEY, time_ms INTEGER, toc BLOB, bytes BLOB)`);
  database.prepare('INSERT INTO topics VALUES (?)').run([suiteTopic]);
  for (const [name, position] of Object.entries(groups)) database.prepare('INSERT INTO groups VALUES (?, ?, ?)').run([suiteTopic, name, Buffer.from(Float64Array.of(position, ...Array.from({ length: partitions - 1 }, () => 0)).buffer)]);
  const insert = database.prepare(`INSERT INTO "log ${suiteTopic}" VALUES (?, ?, ?, ?)`);
  for (let row = 2; row <= rows; row++) {
    const toc = Buffer.alloc(16 * partitions);
    for (let p = 0; p < partitions; p++) {
      toc.writeDoubleLE(p === 0 ? row + 1 : 1, 16 * p);
      toc.writeUInt32LE(p === 0 ? 0 : 40, 16 * p + 8);
      toc.writeUInt32LE(p === 0 ? 1 : 0, 16 * p + 12);
    }
    // Value, key and header lengths, arrival; key; value at a multiple of 8.
    const record = Buffer.alloc(40);
    record.writeUInt32LE(3, 0);
    record.writeUInt16LE(9, 4);
    record.writeDoubleLE(1_000 * row, 8);
    record.write('default/a', 16);
    record.write(String(row).padStart(3, '0'), 32);
    insert.run([row, 1_000 * row, toc, record]);
  }
  database.close();
  return dataDir;
}

async function open(dataDir: string): Promise<EmbeddedBus> {
  const bus = createEmbeddedBus({ dataDir, clock: createSkewedClock(), maxBytes: 2 ** 30 });
  await bus.start();
  return bus;
}

test('records, positions and groups of the file are taken over, once', async () => {
  const dataDir = oldFolder(40, { behind: 17, done: 40 });
  for (let opened = 0; opened < 2; opened++) {
    const bus = await open(dataDir);
    expect(existsSync(join(dataDir, 'bus.db'))).toBe(false);
    const behind = await collectRecords(bus, suiteTopic, 'behind', { commit: false });
    await eventually('what the group had not done', () => behind.delivered.length === 23);
    expect(behind.delivered.map(({ record }) => [record.position, Buffer.from(record.value).toString(), record.arrivalMs])).toEqual(Array.from({ length: 23 }, (_, i) => [i + 18, String(i + 18).padStart(3, '0'), 1_000 * (i + 18)]));
    expect((await bus.lag()).filter(({ partition }) => partition === 0).map(({ group, records }) => [group, records])).toEqual([['behind', 23], ['done', 0]]);
    await bus.stop(5_000);
  }
  const bus = await open(dataDir);
  const done = await collectRecords(bus, suiteTopic, 'done');
  await bus.publish(suiteTopic, [{ key: 'default/a', value: Buffer.from('new'), partition: 0 }]);
  await eventually('the new record', () => done.delivered.length > 0);
  expect(done.delivered.map(({ record }) => record.position)).toEqual([41]);
  await bus.stop(5_000);
});

test('an import that was cut off is made again; topics that are there stay', async () => {
  const dataDir = oldFolder(40, { behind: 17 });
  const half = join(dataDir, 'bus', 'importing');
  mkdirSync(half, { recursive: true });
  writeFileSync(join(half, '0000000000000002.log'), Buffer.alloc(100, 1));
  const file = readFileSync(join(dataDir, 'bus.db'));
  let bus = await open(dataDir);
  await bus.publish(suiteTopic, [{ key: 'default/a', value: Buffer.from('new'), partition: 0 }]);
  await bus.stop(5_000);
  // As if the process had ended before it removed the file.
  writeFileSync(join(dataDir, 'bus.db'), file);
  bus = await open(dataDir);
  const behind = await collectRecords(bus, suiteTopic, 'behind');
  await eventually('old and new', () => behind.delivered.length === 24);
  expect([existsSync(half), existsSync(join(dataDir, 'bus.db'))]).toEqual([false, false]);
  await bus.stop(5_000);
});

test('what a newer build wrote is refused with one line, and left alone', async () => {
  const dataDir = oldFolder(3, {});
  const newer = new Database(join(dataDir, 'bus.db'));
  newer.exec('PRAGMA user_version=99');
  newer.close();
  await expect(open(dataDir)).rejects.toMatchObject({ retryable: false, message: expect.stringMatching(/bus.db was written by a newer Opsloop \(schema 99, this one knows 1\): .*OPSLOOP_DATA_DIR/) });
  expect(existsSync(join(dataDir, 'bus.db'))).toBe(true);
  const later = join(dir.path, 'later');
  mkdirSync(join(later, 'bus'), { recursive: true });
  writeFileSync(join(later, 'bus', 'format'), '2\n');
  await expect(open(later)).rejects.toMatchObject({ retryable: false, message: expect.stringMatching(/bus was written by a newer Opsloop \(format 2, this one knows 1\): .*OPSLOOP_DATA_DIR/) });
});
