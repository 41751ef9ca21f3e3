import { join } from 'node:path';
import { createEmbeddedDocuments, type EmbeddedDocuments } from '@opsloop/engines-embedded';
import type { CollectionSpec, Document } from '@opsloop/ports';
import { createSkewedClock, createTempDir } from '@opsloop/testing';
import Database from 'libsql';

interface Job extends Document {
  readonly dueAtMs?: number | null | readonly number[];
  readonly state?: string;
}

const older: CollectionSpec = { name: 'jobs', indexes: [['tenant']] };
const newer: CollectionSpec = { name: 'jobs', indexes: [['tenant'], ['dueAtMs']] };
const keyed: CollectionSpec = { name: 'jobs', unique: [['state']], indexes: [['tenant']] };
const others: CollectionSpec = { name: 'others' };
const job = (name: string, rest: Omit<Job, 'id' | 'tenant'>): Job => ({ id: `default/${name}`, tenant: 'default', ...rest });

let dir: ReturnType<typeof createTempDir>;
beforeEach(() => {
  dir = createTempDir();
});
afterEach(() => dir.remove());

async function withDocuments<T>(work: (documents: EmbeddedDocuments) => Promise<T>, specs: readonly CollectionSpec[] = []): Promise<T> {
  const documents = createEmbeddedDocuments({ dataDir: dir.path, clock: createSkewedClock(), specs });
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

describe('a collection that does not fit what is declared now', () => {
  const twice = /^collection jobs: document default\/b has the unique key \(state\) of document default\/a: remove one of them with the version that wrote them, then start this one$/;
  const noScalar = /^collection jobs, document default\/a: the field dueAtMs is declared for filters, so it must be [^:]*: change it or remove the document with the version that wrote it, then start this one$/;
  const withDuplicates = () => withOldBuild((old) => ['a', 'b'].forEach((name) => old.insert(job(name, { state: 'same' }))));
  const withList = () => withOldBuild((old) => old.insert(job('a', { dueAtMs: [1, 2] })));

  test.each([['a unique key over duplicates', withDuplicates, keyed, twice], ['a list in a field', withList, newer, noScalar]])('%s: its operations fail with the mend, those of others do not', async (_, prepare, spec, message) => {
    prepare();
    await withDocuments(async (documents) => {
      const [jobs, other] = [documents.collection<Job>(spec), documents.collection(others)];
      const together = await Promise.allSettled([jobs.get('default/a'), other.insert({ id: 'default/x', tenant: 'default' })]);
      expect(together.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
      await expect(jobs.get('default/a')).rejects.toMatchObject({ name: 'EngineError', retryable: false, message: expect.stringMatching(message) });
      expect((await other.get('default/x'))?.version).toBe(1);
    });
  });

  test.each([['a unique key over duplicates', withDuplicates, keyed, twice], ['a list in a field', withList, newer, noScalar]])('%s: a start that declares it is refused, and the older build goes on', async (_, prepare, spec, message) => {
    prepare();
    await expect(withDocuments(() => Promise.resolve(), [others, spec])).rejects.toMatchObject({ name: 'EngineError', retryable: false, message: expect.stringMatching(message) });
    withOldBuild((old) => ['a', 'b'].forEach((name) => old.replace(job(name, { state: name }))));
    await withDocuments(async (documents) => {
      expect((await documents.collection<Job>(spec).find({})).items).not.toEqual([]);
    }, [others, spec]);
  });
});
