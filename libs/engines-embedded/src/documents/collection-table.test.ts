import { join } from 'node:path';
import { createEmbeddedDocuments, type EmbeddedDocuments } from '@opsloop/engines-embedded';
import type { CollectionSpec, Document } from '@opsloop/ports';
import { createSkewedClock, createTempDir } from '@opsloop/testing';
import Database from 'libsql';

interface Job extends Document {
  readonly dueAtMs?: number | null;
  readonly state?: string;
}

const older: CollectionSpec = { name: 'jobs', indexes: [['tenant']] };
const newer: CollectionSpec = { name: 'jobs', indexes: [['tenant'], ['dueAtMs']] };
const keyed: CollectionSpec = { name: 'jobs', unique: [['state']], indexes: [['tenant']] };
const job = (name: string, rest: Omit<Job, 'id' | 'tenant'>): Job => ({ id: `default/${name}`, tenant: 'default', ...rest });

let dir: ReturnType<typeof createTempDir>;
beforeEach(() => {
  dir = createTempDir();
});
afterEach(() => dir.remove());

async function withDocuments<T>(work: (documents: EmbeddedDocuments) => Promise<T>): Promise<T> {
  const documents = createEmbeddedDocuments({ dataDir: dir.path, clock: createSkewedClock() });
  try {
    await documents.start();
    return await work(documents);
  } finally {
    await documents.stop(5_000);
  }
}

/** The statements of builds that know the fields of `older` alone, and nothing of what rows tell about their columns. */
function withOldBuild(work: (old: { insert(doc: Job): void; replace(doc: Job): void; claim(id: string): void }) => void): void {
  const file = new Database(join(dir.path, 'documents.db'));
  file.exec('CREATE TABLE IF NOT EXISTS "doc jobs" (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, lease_owner TEXT, lease_until INTEGER, lease_ms INTEGER, "f tenant", json TEXT NOT NULL, bytes BLOB)');
  file.exec('CREATE INDEX IF NOT EXISTS "index jobs tenant" ON "doc jobs" ("f tenant", id)');
  file.exec('PRAGMA user_version=1');
  // A prepared statement would hold the file beyond its closing.
  const write = (sql: string, ...values: readonly string[]) => file.exec(values.reduce((text, value) => text.replace('?', () => `'${value}'`), sql));
  work({
    insert: (doc) => void write('INSERT INTO "doc jobs" (id, version, "f tenant", json, bytes) VALUES (?, 1, ?, ?, NULL)', doc.id, doc.tenant, JSON.stringify(doc)),
    replace: (doc) => void write('UPDATE "doc jobs" SET version = version + 1, json = ?, "f tenant" = ?, lease_owner = NULL, lease_until = NULL WHERE id = ?', JSON.stringify(doc), doc.tenant, doc.id),
    claim: (id) => void write("UPDATE \"doc jobs\" SET version = version + 1, lease_owner = 'old', lease_until = 1, lease_ms = 1 WHERE id = ?", id),
  });
  file.close();
}

const namesOf = (items: readonly { readonly doc: Document }[]) => items.map(({ doc }) => doc.id.slice('default/'.length));
const dueUntil = async (documents: EmbeddedDocuments, lte: number) => namesOf((await documents.collection<Job>(newer).find({ dueAtMs: { lte } })).items);

test('what an older build wrote after a roll-back is found by the fields that it did not know', async () => {
  await withDocuments(async (documents) => {
    const jobs = documents.collection<Job>(newer);
    for (const name of ['a', 'b', 'c', 'd']) await jobs.insert(job(name, { dueAtMs: 5 }));
    await jobs.replace(job('d', { dueAtMs: 6 }), 1);
  });
  withOldBuild((old) => {
    old.replace(job('a', { dueAtMs: 99 }));
    old.replace(job('b', {}));
    old.claim('default/c');
    old.insert(job('e', { dueAtMs: 7 }));
  });
  await withDocuments(async (documents) => {
    expect(await dueUntil(documents, 10)).toEqual(['c', 'd', 'e']);
    const jobs = documents.collection<Job>(newer);
    expect(namesOf((await jobs.find({ dueAtMs: 99 })).items)).toEqual(['a']);
    expect(namesOf((await jobs.find({ dueAtMs: null })).items)).toEqual(['b']);
    expect(namesOf(await jobs.claim({ dueAtMs: { lte: 10 } }, { owner: 'new', leaseMs: 60_000, limit: 10 }))).toEqual(['c', 'd', 'e']);
  });
});

test('a file that older builds alone have written is found by new fields, and a second roll-back does no harm either', async () => {
  withOldBuild((old) => old.insert(job('a', { dueAtMs: 5 })));
  expect(await withDocuments((documents) => dueUntil(documents, 10))).toEqual(['a']);
  withOldBuild((old) => old.replace(job('a', { dueAtMs: 50 })));
  expect(await withDocuments((documents) => dueUntil(documents, 10))).toEqual([]);
  withOldBuild((old) => old.replace(job('a', { dueAtMs: 1 })));
  expect(await withDocuments((documents) => dueUntil(documents, 10))).toEqual(['a']);
});

test('a build of this kind that does not know a field yet leaves nothing stale behind either', async () => {
  await withDocuments((documents) => documents.collection<Job>(newer).insert(job('a', { dueAtMs: 5 })));
  await withDocuments(async (documents) => {
    const jobs = documents.collection<Job>(older);
    await jobs.replace(job('a', { dueAtMs: 99 }), 1);
    await jobs.insert(job('b', { dueAtMs: 5 }));
  });
  expect(await withDocuments((documents) => dueUntil(documents, 10))).toEqual(['b']);
});

test('a unique key that moved from one document to another under an older build is no duplicate', async () => {
  await withDocuments(async (documents) => {
    const jobs = documents.collection<Job>(keyed);
    for (const name of ['a', 'b']) await jobs.insert(job(name, { state: name }));
  });
  withOldBuild((old) => {
    old.replace(job('a', { state: 'b' }));
    old.replace(job('b', { state: 'a' }));
  });
  await withDocuments(async (documents) => {
    const jobs = documents.collection<Job>(keyed);
    expect(namesOf((await jobs.find({ state: 'a' })).items)).toEqual(['b']);
    expect(await jobs.insert(job('c', { state: 'b' }))).toBe('exists');
  });
});
