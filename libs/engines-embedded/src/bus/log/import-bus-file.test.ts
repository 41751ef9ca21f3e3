import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedBus, type EmbeddedBus } from '@opsloop/engines-embedded';
import { collectRecords, createSkewedClock, createTempDir, eventually, suiteTopic } from '@opsloop/testing';
import Database from 'libsql';

const partitions = 8;
const dir = createTempDir();
afterAll(() => dir.remove());
let count = 0;

const told: string[] = [];
beforeEach(() => {
  told.length = 0;
});

/** A data folder as builds with `bus.db` left it. */
function oldFolder(rows: number, groups: Readonly<Record<string, number>>): string {
  const dataDir = join(dir.path, String(count++));
  mkdirSync(dataDir);
  writeOldFile(dataDir, rows, groups);
  return dataDir;
}

/** Rows of one record each, all in partition 0, the first one deleted by retention. */
function writeOldFile(dataDir: string, rows: number, groups: Readonly<Record<string, number>> = {}, { topic = suiteTopic, startMs = 0 } = {}): void {
  const database = new Database(join(dataDir, 'bus.db'));
  database.exec('PRAGMA user_version=1');
  database.exec('CREATE TABLE topics (name TEXT PRIMARY KEY) WITHOUT ROWID');
  database.exec('CREATE TABLE groups (topic TEXT, name TEXT, positions BLOB, PRIMARY KEY (topic, name)) WITHOUT ROWID');
  database.exec(`CREATE TABLE "log ${topic}" (id INTEGER PRIMARY KEY, time_ms INTEGER, toc BLOB, bytes BLOB)`);
  database.prepare('INSERT INTO topics VALUES (?)').run([topic]);
  for (const [name, position] of Object.entries(groups)) database.prepare('INSERT INTO groups VALUES (?, ?, ?)').run([topic, name, Buffer.from(Float64Array.of(position, ...Array.from({ length: partitions - 1 }, () => 0)).buffer)]);
  const insert = database.prepare(`INSERT INTO "log ${topic}" VALUES (?, ?, ?, ?)`);
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
    insert.run([row, startMs + 1_000 * row, toc, record]);
  }
  database.close();
}

async function open(dataDir: string): Promise<EmbeddedBus> {
  const bus = createEmbeddedBus({ dataDir, clock: createSkewedClock(), maxBytes: 2 ** 30, tell: (message) => told.push(message) });
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

describe('after the import', () => {
  const kept = (dataDir: string) => join(dataDir, 'bus.db.imported');
  const importOnce = async (dataDir: string) => (await open(dataDir)).stop(5_000);

  test('the file is kept under another name for a week, and what was done is told in a line each time', async () => {
    const dataDir = oldFolder(40, { behind: 17 });
    await importOnce(dataDir);
    expect(new Database(kept(dataDir)).prepare(`SELECT count(*) FROM "log ${suiteTopic}"`).raw().all([])).toEqual([[39]]);
    expect(told).toEqual([`the log of an older Opsloop was taken over: ${kept(dataDir)} is not needed any more, and is removed by a start in a week or later`]);
    await importOnce(dataDir);
    expect([existsSync(kept(dataDir)), told.length]).toEqual([true, 1]);
    const weekAgo = Date.now() / 1_000 - 7 * 86_400 - 1;
    utimesSync(kept(dataDir), weekAgo, weekAgo);
    await importOnce(dataDir);
    expect([existsSync(kept(dataDir)), told[1]]).toEqual([false, `${kept(dataDir)}, whose records were taken over, was removed`]);
  });

  test('records that an older build took after a roll-back are not dropped: the start is refused until somebody has decided', async () => {
    const dataDir = oldFolder(40, { behind: 17 });
    await importOnce(dataDir);
    writeOldFile(dataDir, 3, {}, { startMs: Date.UTC(2026, 0, 2) });
    const refusal = { name: 'EngineError', retryable: false, message: `${join(dataDir, 'bus.db')} holds records of ${suiteTopic} up to 2026-01-02T00:00:03.000Z that are not in ${join(dataDir, 'bus', suiteTopic)}: an older Opsloop took them after the log had been taken over. Start that version again until its services have worked them off, then move ${join(dataDir, 'bus.db')} to another folder and start this one` };
    await expect(open(dataDir)).rejects.toMatchObject(refusal);
    await expect(open(dataDir)).rejects.toMatchObject(refusal);
    expect(existsSync(join(dataDir, 'bus.db'))).toBe(true);
    renameSync(join(dataDir, 'bus.db'), join(dir.path, 'elsewhere.db'));
    const bus = await open(dataDir);
    expect(await bus.nextPosition(suiteTopic, 0)).toBe(41);
    await bus.stop(5_000);
  });

  test('nothing is taken over of a file of which a part would be refused', async () => {
    const dataDir = oldFolder(40, {});
    await importOnce(dataDir);
    writeOldFile(dataDir, 3, {}, { topic: 'runs.v1', startMs: 1 });
    const database = new Database(join(dataDir, 'bus.db'));
    database.exec(`INSERT INTO topics VALUES ('${suiteTopic}'); CREATE TABLE "log ${suiteTopic}" AS SELECT * FROM "log runs.v1"`);
    database.close();
    await expect(open(dataDir)).rejects.toMatchObject({ retryable: false });
    expect(existsSync(join(dataDir, 'bus', 'runs.v1'))).toBe(false);
  });

  test('a file that an older build made and wrote nothing to is in nobody\'s way, and does not take the place of the one that is kept', async () => {
    const dataDir = oldFolder(40, {});
    await importOnce(dataDir);
    const before = readFileSync(kept(dataDir));
    for (const write of [() => writeOldFile(dataDir, 1), () => writeFileSync(join(dataDir, 'bus.db'), '')]) {
      write();
      await importOnce(dataDir);
      expect([existsSync(join(dataDir, 'bus.db')), readFileSync(kept(dataDir)).equals(before)]).toEqual([false, true]);
    }
  });

  test('what lies in the file\'s write-ahead log is taken over and kept, too', async () => {
    const dataDir = oldFolder(40, {});
    const script = `import Database from 'libsql'; const d = new Database(process.argv[1]); d.prepare('PRAGMA journal_mode=WAL').all(); d.exec('UPDATE "log ${suiteTopic}" SET time_ms = time_ms + 1'); process.kill(process.pid, 'SIGKILL');`;
    spawnSync(process.execPath, ['--input-type=module', '-e', script, join(dataDir, 'bus.db')], { cwd: import.meta.dirname });
    expect(existsSync(join(dataDir, 'bus.db-wal'))).toBe(true);
    await importOnce(dataDir);
    expect(existsSync(join(dataDir, 'bus.db-wal'))).toBe(false);
    expect(new Database(kept(dataDir)).prepare(`SELECT max(time_ms) FROM "log ${suiteTopic}"`).raw().get([])).toEqual([40_001]);
  });

  test('a topic that this version does not know is left in the file that is kept, and told', async () => {
    const dataDir = join(dir.path, String(count++));
    mkdirSync(dataDir);
    writeOldFile(dataDir, 4, {}, { topic: 'gone.v1' });
    await importOnce(dataDir);
    expect(told[1]).toBe(`this version knows no topic gone.v1: its records were not taken over, they are in ${kept(dataDir)} alone`);
    expect([existsSync(join(dataDir, 'bus.db')), existsSync(kept(dataDir))]).toEqual([false, true]);
  });
});
