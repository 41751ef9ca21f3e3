/** The explicit step that makes indexes and fills in fields that were declared since. Safe to repeat, and to run twice at once. */
import type { CollectionSpec } from '@opsloop/ports';
import { EngineError } from '@opsloop/ports';
import type { Connection, Model, mongo } from 'mongoose';
import { modelOf } from './collection-schema.js';
import { connectMongo } from './connect-mongo.js';
import { fillIn } from './fill-in.js';
import { formatVersion, missingFields, readFormat, readRecord, writeFormat, writeRecord } from './schema-record.js';
import type { StoredDocument } from './stored-document.js';
import { toEngineError } from './to-engine-error.js';

/** An index of a large collection is one command, which is answered when it is made. */
const waitsForEver = 0;
const pieceDocuments = 100_000;

/**
 * Brings the database to the schema of these specifications and tells what it did, one line each, when it was done.
 * Services of an older version may run on: what they write afterwards is filled in by those of this one (create-late-filler).
 * Indexes that are not declared any more stay, and are named. Throws an EngineError of one line; what was told is done.
 */
export async function migrateMongo(url: string, specs: readonly CollectionSpec[], tell: (line: string) => void = () => undefined): Promise<void> {
  const connection = await connectMongo(url, waitsForEver);
  try {
    if ((await readFormat(connection)) === undefined) await refuseForeign(connection, specs);
    let lacked = false;
    for (const spec of specs) {
      if (await migrateCollection(connection, spec, tell)) lacked = true;
    }
    await writeFormat(connection);
    tell(`documents in ${connection.name} have format ${formatVersion}`);
    if (lacked) tell('older services may run on: what they write without new fields is filled in by services of this version, within minutes');
  } catch (error) {
    throw toEngineError('OPSLOOP_MONGODB_URL', error);
  } finally {
    await connection.close(true);
  }
}

/** Before the first migration nobody writes documents: what is there is somebody else's. */
async function refuseForeign(connection: Connection, specs: readonly CollectionSpec[]): Promise<void> {
  for (const { name } of specs) {
    const foreign = await connection.getClient().db(connection.name).collection<StoredDocument>(name).findOne({ json: { $exists: false } }, { projection: { _id: 1 } });
    if (foreign) throw new EngineError(`OPSLOOP_MONGODB_URL: the collection ${name} of the database ${connection.name} holds something else than documents of Opsloop: name another database`, { retryable: false });
  }
}

/** True when documents lacked something, or may have. */
async function migrateCollection(connection: Connection, spec: CollectionSpec, tell: (line: string) => void): Promise<boolean> {
  const at = `collection ${spec.name}`;
  try {
    const model = modelOf(connection, spec);
    await model.createCollection();
    const unused = await makeIndexes(model, at, tell);
    const record = await readRecord(connection, spec);
    const missing = missingFields(record, spec);
    let filled = 0;
    for await (const more of fillIn(connection, spec, pieceDocuments)) filled += more;
    if (filled > 0) tell(`${at}: declared fields filled in for ${filled} documents`);
    // A collection without a record is new: no older version writes to it.
    const lacked = filled > 0 || (record !== undefined && missing.fields.length + missing.unique.length > 0);
    await writeRecord(connection, spec, lacked);
    for (const index of unused) tell(`${at}: the index "${index}" is not needed any more: drop it when no older version runs`);
    return lacked;
  } catch (error) {
    throw toEngineError(at, error);
  }
}

/** Makes those that are missing; answers with the names of those that are not declared. */
async function makeIndexes(model: Model<StoredDocument>, at: string, tell: (line: string) => void): Promise<readonly string[]> {
  const { toCreate, toDrop } = await model.diffIndexes();
  const missing = new Set(toCreate.map((key) => JSON.stringify(key)));
  const made = model.schema.indexes().filter(([key]) => missing.has(JSON.stringify(key)));
  for (const [key, options] of made) {
    try {
      await model.collection.createIndex(key as Record<string, 1 | -1>, options as mongo.CreateIndexesOptions);
    } catch (error) {
      throw toEngineError(`${at}, index "${options.name}"`, error);
    }
  }
  if (made.length > 0) tell(`${at}: ${made.length} indexes made`);
  return toDrop;
}
